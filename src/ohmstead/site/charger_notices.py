"""What chargers want people to know: the errors that hold, and a supply outside its normal band (G-037, G-040)."""

from collections.abc import Iterator, Mapping

from ohmstead.core.charging.evidence import BAND
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant

SETTLES_S = 10.0
"""A voltage is told when it has been outside, and as over when it has been inside, for so long."""
_TOLD_ELSEWHERE: frozenset[ErrorCode] = frozenset({"D2", "D9"})
"""By those who judge the meters."""
_VOLTAGE_ERRORS: frozenset[ErrorCode] = frozenset({"I3", "I4"})


class ChargerNotices:
    """Owner of what is remembered of each charger's voltage."""

    def __init__(self, settings: Settings, nominal_v: float) -> None:
        """``nominal_v`` is what a board measures between terminal and neutral."""
        self.configure(settings)
        self._least_v, self._most_v = (1 - BAND) * nominal_v, (1 + BAND) * nominal_v
        self._turned_at: dict[str, float] = {}
        self._outside: dict[str, Notice] = {}

    def configure(self, settings: Settings) -> None:
        """Call the chargers as ``settings`` do."""
        self._names = {name: one.name or name for name, one in settings.chargers.items()}

    def look(self, chargers: Mapping[str, ChargerReading], now: Instant) -> Iterator[Notice]:
        """All that holds now."""
        for name, reading in chargers.items():
            codes = {error.code for error in reading.errors}
            yield from (
                Notice(one.code, name, one.detail, "fault") for one in reading.errors if one.code not in _TOLD_ELSEWHERE
            )
            warning = self._voltage(name, reading, now)
            if warning is not None and not codes & _VOLTAGE_ERRORS:
                yield warning

    def _voltage(self, name: str, reading: ChargerReading, now: Instant) -> Notice | None:
        if reading.quality is not Quality.GOOD:
            return self._outside.get(name)
        volts = [one.voltage_v for one in reading.phases.values() if one.voltage_v is not None]
        worst_v = next((one for one in volts if not self._least_v <= one <= self._most_v), None)
        if (worst_v is not None) is (name in self._outside):
            self._turned_at.pop(name, None)
            return self._outside.get(name)
        if now.monotonic_s - self._turned_at.setdefault(name, now.monotonic_s) >= SETTLES_S:
            del self._turned_at[name]
            if worst_v is None:
                del self._outside[name]
            else:
                params = {"seen_v": worst_v, "least_v": self._least_v, "most_v": self._most_v}
                reason = Reason("notice.supply_voltage", {"charger": self._names.get(name, name), **params})
                self._outside[name] = Notice("supply_voltage", name, reason)
        return self._outside.get(name)
