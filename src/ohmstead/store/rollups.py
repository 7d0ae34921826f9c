"""Adding up ticks into 5 minutes. Coarser intervals are added up from finer rows by the database."""

from dataclasses import dataclass, replace

from ohmstead.core.model.series import Span
from ohmstead.store.values import Sample

SPAN_CODES = {Span.FIVE_MINUTES: 300, Span.HOUR: 3600, Span.DAY: 86_400}
"""How the spans are named in the table of roll-ups: their usual length in seconds."""

SECONDS = 1
"""How the table of sealed columns names the span of seconds."""

COUNTER_MAX_J = 2**62
POWER_MAX_W = 1e12
"""Beyond these (and for what is no number) a value cannot be true and is not added up."""

UNCONNECTED_MS = 1000
"""What a tick stands for when nothing is known of the time before it: one second."""


@dataclass(slots=True)
class Counted:
    """One counter over an interval: its value before, and its value at the last tick."""

    before: int | None
    now: int | None

    def see(self, value: int | None) -> None:
        """A tick's value. The first one ever seen is where counting begins."""
        if value is not None and abs(value) <= COUNTER_MAX_J:
            if self.before is None:
                self.before = value
            self.now = value

    @property
    def difference(self) -> int | None:
        """What flowed, ``None`` when the counter is not known."""
        return None if self.now is None or self.before is None else self.now - self.before


@dataclass(slots=True)
class Sum:
    """One channel over one open interval."""

    imported: Counted
    exported: Counted
    watt_ms: float = 0.0
    covered_ms: int = 0
    low_w: float | None = None
    high_w: float | None = None

    @classmethod
    def after(cls, counters: Sample | None) -> "Sum":
        """An empty interval that begins where ``counters`` stood."""
        known = counters or Sample()
        return cls(
            Counted(known.energy_import_j, known.energy_import_j),
            Counted(known.energy_export_j, known.energy_export_j),
        )

    def copy(self) -> "Sum":
        """The interval as it is now."""
        return replace(self, imported=replace(self.imported), exported=replace(self.exported))

    def see(self, sample: Sample, held_ms: int) -> None:
        """A tick whose power held for the ``held_ms`` before it."""
        self.imported.see(sample.energy_import_j)
        self.exported.see(sample.energy_export_j)
        power = sample.power_w
        if power is None or not abs(power) <= POWER_MAX_W:
            return
        self.watt_ms += power * held_ms
        self.covered_ms += held_ms
        self.low_w = power if self.low_w is None else min(self.low_w, power)
        self.high_w = power if self.high_w is None else max(self.high_w, power)

    def columns(self) -> dict[str, int | None]:
        """The interval as columns of the table of roll-ups."""
        return {
            "import_j": self.imported.difference,
            "import_end_j": self.imported.now,
            "export_j": self.exported.difference,
            "export_end_j": self.exported.now,
            "power_mean_mw": _kept(self.watt_ms / self.covered_ms) if self.covered_ms else None,
            "power_min_mw": None if self.low_w is None else _kept(self.low_w),
            "power_max_mw": None if self.high_w is None else _kept(self.high_w),
            "covered_ms": self.covered_ms,
        }


def _kept(power_w: float) -> int:
    """Power as the table keeps it: in mW, but to 0.1 W, as meters tell it; finer digits are noise that fills disks."""
    return round(power_w * 10) * 100
