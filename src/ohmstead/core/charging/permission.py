"""How much the pilot may offer now: the live grant, bounded once more by what this charger knows itself.

The wishes of people act here without waiting for the next decision, and a grant that was not renewed leaves the
fallback current, never more than was granted (G-021, G-023).
"""

from dataclasses import dataclass

from ohmstead.core.charging import phases
from ohmstead.core.charging.authorization import AuthorizationMemory
from ohmstead.core.charging.evidence import derated_a
from ohmstead.core.charging.vehicle import SIMPLIFIED_A, VehicleMemory
from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.evse import BoardSnapshot
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant


@quick
@dataclass(frozen=True, slots=True)
class Permission:
    """``limited_by`` is the name of the limit behind it, as in a grant."""

    current_a: float
    limited_by: str
    reason: Reason


def permission(
    grant: Grant | None,
    options: ChargerOptions,
    charger: ChargerSettings,
    board: BoardSnapshot,
    vehicle: VehicleMemory,
    authorization: AuthorizationMemory,
    now: Instant,
) -> Permission:
    """The current that may be offered now, in ampere per phase; below 6 A none is."""
    if not options.enabled:
        return Permission(0.0, "not_enabled", Reason("limit.not_enabled"))
    if authorization.session is not None and not authorization.granted:
        name = "rejected" if authorization.verdict == "rejected" else "authorization"
        return Permission(0.0, name, Reason(f"limit.{name}"))
    if options.paused:
        return Permission(0.0, "paused", Reason("limit.paused"))
    if grant is None:
        return Permission(0.0, "starting", Reason("charger.starting"))
    if phases.doubtful(grant, board):
        return Permission(0.0, "phases", Reason("limit.phases"))
    bounds_a = (
        charger.max_current_a,
        board.proximity_a,
        vehicle.cable_a,
        options.user_limit_a,
        options.session_limit_a,
        derated_a(board.temperature_c, charger.max_current_a),
        SIMPLIFIED_A if vehicle.simplified else None,
    )
    most_a = min([bound_a for bound_a in bounds_a if bound_a is not None])
    if grant.expires.monotonic_s > now.monotonic_s:
        return Permission(min(grant.current_a, most_a), grant.limited_by, grant.reason)
    fallback_a = min(grant.current_a, charger.fallback_current_a, most_a)
    return Permission(fallback_a, "grid_meter_stale", Reason("charger.control_silent"))
