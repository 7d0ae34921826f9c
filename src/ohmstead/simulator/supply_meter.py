"""The grid operator's meter of a building: what flows, by quarter hours too, as telegrams of its P1 port."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.readings import PhaseReading, Supply, UtilityCounter
from ohmstead.core.plant.measurement import PlantMeasurement
from ohmstead.core.plant.world import World
from ohmstead.protocols.p1.values import P1Values
from ohmstead.protocols.p1.writing import Written, telegram
from ohmstead.simulator.devices import Equipment, Now
from ohmstead.simulator.settings import SupplyMeterSpec, Trouble

QUARTER_S = 900
SKEW = timedelta(hours=1)
_NO_REGISTERS = "a telegram has no registers, units or transactions"


class SupplyMeter(Equipment):
    """Speaks every ``rhythm_s``; phases are those of the supply."""

    def __init__(self, spec: SupplyMeterSpec, timezone: str, now: Now) -> None:
        """Raises KeyError for gas or water that the building does not have."""
        super().__init__((spec.key,), spec.wire, 1, now)
        self.cannot = dict.fromkeys(
            (
                Trouble.OVERFLOW,
                Trouble.WRONG_ORDER,
                Trouble.OTHER_UNIT,
                Trouble.OTHER_TRANSACTION,
                Trouble.EXCEPTION,
                Trouble.FLOOD,
            ),
            _NO_REGISTERS,
        )
        self.rhythm_s = spec.rhythm_s
        self._spec = spec
        self._zone = ZoneInfo(timezone)
        self._utilities = [now().utilities[name] for name in spec.utilities]
        self._offsets = (0, 0)
        self._quarter = -1
        self._quarter_j = 0
        self._peak: tuple[float, datetime] | None = None
        self._shown: bytes | None = None

    def reset_counter(self) -> None:
        """Its energy counters start again at zero."""
        seen = self._now().measure(self._spec.point)
        self._offsets = (seen.energy_import_j, seen.energy_export_j)

    def telegram(self) -> bytes:
        """What it says now."""
        if self.trouble is not Trouble.FROZEN or self._shown is None:
            self._shown = self._made()
        return self._shown

    def _made(self) -> bytes:
        world = self._now()
        ahead = SKEW if self.trouble is Trouble.CLOCK_SKEW else timedelta()
        local = (world.instant.utc + ahead).astimezone(self._zone)
        summer = bool(local.dst())
        seen = P1Values() if self.trouble is Trouble.NAN else self._values(world, local)
        peak_at = self._peak[1] if self._peak else None
        return telegram(Written(local, summer, f"SIM-{self.key}", seen, peak_at))

    def _values(self, world: World, local: datetime) -> P1Values:
        seen = world.measure(self._spec.point)
        demand_w = self._demand(seen, world.instant.utc.timestamp(), local)
        rows = {phase: seen.phases[PHASES.index(phase)] for phase in self._spec.phases}
        utilities = tuple(UtilityCounter(one.settings.kind, one.volume_m3) for one in self._utilities)
        return P1Values(
            power_w=seen.power_w,
            energy_import_j=self._rolled(seen.energy_import_j - self._offsets[0]),
            energy_export_j=seen.energy_export_j - self._offsets[1],
            phases={p: PhaseReading(row.voltage_v, abs(row.current_a), row.power_w) for p, row in rows.items()},
            supply=Supply(demand_w, self._peak[0] if self._peak else None, utilities),
        )

    def _demand(self, seen: PlantMeasurement, now_s: float, local: datetime) -> float:
        """Mean import of the running quarter of an hour over the whole quarter, and the month's highest kept."""
        quarter, energy_j = int(now_s // QUARTER_S), seen.energy_import_j
        if quarter != self._quarter:
            if self._quarter >= 0:
                self._keep((energy_j - self._quarter_j) / QUARTER_S, local)
            self._quarter, self._quarter_j = quarter, energy_j
        return (energy_j - self._quarter_j) / QUARTER_S

    def _keep(self, mean_w: float, local: datetime) -> None:
        ended = local - timedelta(seconds=local.timestamp() % QUARTER_S)
        other_month = self._peak is not None and self._peak[1].month != ended.month
        if self._peak is None or other_month or mean_w > self._peak[0]:
            self._peak = (mean_w, ended)
