"""SunSpec devices of a building: inverters, with what a battery holds, and meters."""

from abc import abstractmethod

from ohmstead.core.plant.battery import Battery
from ohmstead.core.plant.measurement import PlantMeasurement
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.registers import Image
from ohmstead.protocols.sunspec.device import InverterPlate, map_of
from ohmstead.protocols.sunspec.measuring import shown, turned
from ohmstead.protocols.sunspec.storage import BATTERY, DcPort, Storage, shown_port, shown_storage
from ohmstead.simulator.devices import LARGE, Device, Now, bytes_swapped, connected, meter_values
from ohmstead.simulator.settings import InverterSpec, SunspecMeterSpec, Trouble

_BEFORE = 2 + 68
"""Registers before the model that measures: the mark and model 1."""
_DC_V = 400.0
"""A usual voltage of batteries in homes, for their direct-current port."""
_WELL = 0


class SunspecDevice(Device):
    """A device with model 1 and one that measures."""

    def __init__(self, spec: InverterSpec | SunspecMeterSpec, now: Now, plate: str) -> None:
        """``plate`` is the model its plate names."""
        super().__init__((spec.key,), spec.wire, spec.unit, now)
        self._spec = spec
        self._plate = InverterPlate("Ohmstead", plate, "1.0", f"SIM-{spec.key}"[:32])
        self._offsets = (0, 0)

    def reset_counter(self) -> None:
        """Its lifetime energies start again at zero."""
        seen = self._now().measure(self._spec.point)
        self._offsets = (seen.energy_import_j, seen.energy_export_j)

    def _seen(self, seen: PlantMeasurement) -> MeterValues:
        """As a meter on its terminals shows the point."""
        imported, exported = seen.energy_import_j - self._offsets[0], seen.energy_export_j - self._offsets[1]
        return meter_values(seen, connected(self._spec.phases), imported, exported)

    def _others(self) -> list[tuple[int, ...]]:
        """The models after the one that measures."""
        return []

    @abstractmethod
    def _values(self) -> MeterValues:
        """What its registers show now."""

    def _show(self) -> Image:
        measuring = shown(self._spec.model, MeterValues() if self.trouble is Trouble.NAN else self._values())
        ((first, words),) = map_of(self._plate, (measuring, *self._others()))
        if self.trouble is Trouble.OVERFLOW:
            begin, end = _BEFORE + 2, _BEFORE + len(measuring)
            return ((first, (*words[:begin], *(LARGE for _ in words[begin:end]), *words[end:])),)
        if self.trouble is Trouble.WRONG_ORDER:
            return ((first, tuple(bytes_swapped(word) for word in words)),)
        return ((first, words),)


class InverterDevice(SunspecDevice):
    """An inverter; what it feeds is positive. Behind a battery's, models 713 and 714 say what that holds."""

    def __init__(self, spec: InverterSpec, now: Now) -> None:
        """Its plate names the simulation."""
        super().__init__(spec, now, "simulated inverter")

    def _values(self) -> MeterValues:
        seen = turned(self._seen(self._now().measure(self._spec.point)))
        fed, taken = seen.energy_export_j or 0, seen.energy_import_j
        factor = abs(seen.power_factor or 1.0)
        return MeterValues(
            power_w=seen.power_w,
            reactive_power_var=seen.reactive_power_var,
            power_factor=factor,
            frequency_hz=seen.frequency_hz,
            energy_import_j=self._rolled(fed),
            energy_export_j=taken,
            terminals=seen.terminals,
        )

    def _others(self) -> list[tuple[int, ...]]:
        battery = self._now().battery
        if battery is None or battery.settings.name != self._spec.point:
            return []
        if self.trouble is Trouble.NAN:
            return [shown_storage(Storage(None, None, None, None, None))]
        return [shown_storage(_storage(battery)), shown_port(_port(battery))]


class SunspecMeterDevice(SunspecDevice):
    """A meter; what flows to the loads is positive."""

    def __init__(self, spec: SunspecMeterSpec, now: Now) -> None:
        """Its plate names the simulation."""
        super().__init__(spec, now, "simulated meter")

    def _values(self) -> MeterValues:
        seen = self._seen(self._now().measure(self._spec.point))
        return MeterValues(
            power_w=seen.power_w,
            reactive_power_var=seen.reactive_power_var,
            power_factor=seen.power_factor,
            frequency_hz=seen.frequency_hz,
            energy_import_j=self._rolled(seen.energy_import_j or 0),
            energy_export_j=seen.energy_export_j,
            terminals=seen.terminals,
        )


def _storage(battery: Battery) -> Storage:
    return Storage(round(battery.capacity_j), round(battery.stored_j), battery.charge, 1.0, _WELL)


def _port(battery: Battery) -> DcPort:
    """Seen from the inverter: what the battery gives is injected."""
    power = -battery.cells_w
    return DcPort("battery", _DC_V, power / _DC_V, power, kind=BATTERY)
