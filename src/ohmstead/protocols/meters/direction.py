"""Which of two energy counters is the import: looks at a meter in, a verdict out (sources that differ, G-001).

While power flows in, the import grows and the export stands; while it flows out, the other way round. A table whose
sources name the two in opposite directions is settled by watching that, and swapped if its own direction was wrong.
"""

from dataclasses import dataclass, replace

from ohmstead.core.model.reasons import Reason
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.meters.table import ENERGIES, MeterTable

CLEAR_POWER_W = 50.0
"""Below this the sign of the power may change between two looks unseen."""
VOTES = 3
"""Looks that must agree, on top of those that do not, before a verdict."""


@dataclass(frozen=True, slots=True)
class Direction:
    """What was seen so far. ``votes`` counts up for the table's own direction and down for the other."""

    last: MeterValues | None = None
    votes: int = 0

    @property
    def swapped(self) -> bool:
        """Whether the counters have shown that they stand the other way round."""
        return self.votes <= -VOTES


def open_to_doubt(table: MeterTable) -> bool:
    """Whether the sources of ``table`` leave it to the counters which of them is which."""
    return any(c.decide == "counters" and c.point.quantity in ENERGIES for c in table.conflicts)


def watch(before: Direction, values: MeterValues) -> Direction:
    """The memory after seeing ``values``, as the table has them. A verdict once reached stays."""
    if abs(before.votes) >= VOTES or values.energy_import_j is None or values.energy_export_j is None:
        return before
    last = before.last
    if last is None:
        return Direction(values, before.votes)
    imported = values.energy_import_j - (last.energy_import_j or 0)
    exported = values.energy_export_j - (last.energy_export_j or 0)
    if imported == exported == 0:
        steady = _sign(values.power_w) == _sign(last.power_w)
        return before if steady else Direction(values, before.votes)
    flow = _sign(values.power_w) if _sign(values.power_w) == _sign(last.power_w) else 0
    vote = flow if imported > 0 == exported else -flow if exported > 0 == imported else 0
    return Direction(values, before.votes + vote)


def directed(table: MeterTable, direction: Direction, values: MeterValues) -> MeterValues:
    """``values`` with the counters the right way round, and a note if they had to be turned."""
    if not direction.swapped:
        return values
    source = next(c.source for c in table.conflicts if c.decide == "counters")
    note = Reason("meter.other_direction", {"meter": table.name, "source": source})
    return replace(
        values,
        energy_import_j=values.energy_export_j,
        energy_export_j=values.energy_import_j,
        notes=(*values.notes, note),
    )


def _sign(power_w: float | None) -> int:
    if power_w is None or abs(power_w) < CLEAR_POWER_W:
        return 0
    return 1 if power_w > 0 else -1
