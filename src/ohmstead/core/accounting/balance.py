"""What came from where over a day, a week or a month: self-consumption and self-sufficiency, from counters alone.

In come the joules that each device and charger counted; out goes one balance (EM-244, EM-246). Sources are the grid
(import − export), production, and the battery (discharged − charged); what they add up to was consumed.

- Self-consumption: the share of the production that was not exported.
- Self-sufficiency: the share of the consumption that was not imported.

A battery that was charged before counts as own; what it loses counts as consumed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ohmstead.core.model.quantities import Role

TOLERANCE_SHARE = 0.05
"""Meters are not equally exact: by so much of the consumption may circuits measure more and the rest still be 0."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one device counted; ``role`` is ``None`` for a charger. A direction it does not count is ``None``."""

    role: Role | None
    import_j: int | None
    export_j: int | None

    @property
    def net_j(self) -> int | None:
        """Import less export."""
        return None if self.import_j is None else self.import_j - (self.export_j or 0)


@dataclass(frozen=True, slots=True)
class Balance:
    """Joules of one stretch of time. ``None`` where a needed counter is missing, or there is no such device."""

    grid_import_j: int | None = None
    grid_export_j: int | None = None
    production_j: int | None = None
    battery_charged_j: int | None = None
    battery_discharged_j: int | None = None
    consumption_j: int | None = None
    unmeasured_j: int | None = None
    """What no circuit and no charger measured."""
    self_used_j: int | None = None
    """Of the production, what was not exported."""
    own_j: int | None = None
    """Of the consumption, what was not imported."""

    @property
    def self_consumption_percent(self) -> float | None:
        """``self_used_j`` of the production; ``None`` when nothing was produced."""
        return _percent(self.self_used_j, self.production_j)

    @property
    def self_sufficiency_percent(self) -> float | None:
        """``own_j`` of the consumption; ``None`` when nothing was consumed."""
        return _percent(self.own_j, self.consumption_j)


def balance(counted: Iterable[Counted]) -> Balance:
    """The balance of what each device counted over the same stretch of time."""
    parts = tuple(counted)
    roles = {part.role for part in parts}
    own = bool(roles & {Role.PRODUCTION, Role.BATTERY})
    grid_in = _sum(part.import_j for part in parts if part.role is Role.GRID)
    # a meter that counts no export stands where nothing can be exported, unless there is something to export
    grid_out = _sum(part.export_j if own else part.export_j or 0 for part in parts if part.role is Role.GRID)
    made = _sum(part.net_j for part in parts if part.role is Role.PRODUCTION)
    charged = _sum(part.export_j for part in parts if part.role is Role.BATTERY)
    discharged = _sum(part.import_j for part in parts if part.role is Role.BATTERY)
    net = [grid_in, None if grid_out is None else -grid_out]
    net += [made] if Role.PRODUCTION in roles else []
    net += [discharged, None if charged is None else -charged] if Role.BATTERY in roles else []
    consumed = _sum(net)
    used = _sum([0, *(part.net_j for part in parts if part.role is None or part.role is Role.LOAD)])
    return Balance(
        grid_import_j=grid_in,
        grid_export_j=grid_out,
        production_j=made,
        battery_charged_j=charged,
        battery_discharged_j=discharged,
        consumption_j=consumed,
        unmeasured_j=_rest(consumed, used),
        self_used_j=None if made is None or grid_out is None else _within(made - grid_out, made),
        own_j=None if not own or consumed is None or grid_in is None else _within(consumed - grid_in, consumed),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    """``None`` when one is missing, or there is none."""
    total: int | None = None
    for value in values:
        if value is None:
            return None
        total = (total or 0) + value
    return total


def _within(value: int, most: int) -> int:
    return max(0, min(value, most))


def _rest(consumed: int | None, used: int | None) -> int | None:
    if consumed is None or used is None:
        return None
    rest = consumed - used
    if rest >= 0:
        return rest
    return 0 if -rest <= TOLERANCE_SHARE * max(0, consumed) else None


def _percent(part: int | None, whole: int | None) -> float | None:
    return None if part is None or whole is None or whole <= 0 else 100 * part / whole
