from dataclasses import replace

import pytest

from ohmstead.core.model.details import Quantity
from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import Battery, PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.drivers.sunspec import SunspecDevice
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.sunspec.device import InverterPlate, inverter_image, map_of
from ohmstead.protocols.sunspec.measuring import shown
from ohmstead.protocols.sunspec.models import encode, model
from ohmstead.texts import word
from ohmstead.transport.turns import Priority
from tests.drivers.lines import HandClock, TableLine

pytestmark = pytest.mark.anyio


class Roof:
    """An inverter whose map can be moved, changed, and taken away."""

    def __init__(self, base=40_000, phases=("L1", "L2", "L3")) -> None:
        self.base = base
        self.power_w = 4320.0
        self.patches: dict[int, int] = {}
        self.line = TableLine(self.answer)
        self.inverter = SunspecDevice(Wiring("roof", 3, Role.PRODUCTION, phases), self.line, HandClock())

    def answer(self, function, register, count):
        terminals = tuple(PhaseReading(230.0 + i, 6.0 + i) for i in range(3))
        values = MeterValues(self.power_w, 0.0, 1.0, 50.0, 36_000_000, None, terminals)
        ((start, words),) = inverter_image(InverterPlate("Ohmstead", "sim", "1", "PV"), values, self.base)
        cells = {start + i: word for i, word in enumerate(words)} | self.patches
        if any(register + i not in cells for i in range(count)):
            raise DeviceRefused(Reason("modbus.exception.2", {"where": "bus", "code": 2}))
        return [cells[register + i] for i in range(count)]


@pytest.mark.req("G-001")
@pytest.mark.parametrize("base", [40_000, 50_000, 0])
async def test_an_inverter_is_found_at_each_base_and_its_production_is_positive(base):
    reading = await Roof(base).inverter.read()
    assert (reading.device, reading.quality, reading.power_w) == ("roof", Quality.GOOD, 4320.0)
    assert reading.energy_import_j == 36_000_000


async def test_legs_become_the_phases_the_installer_named():
    reading = await Roof(phases=("L2", "L3", "L1")).inverter.read()
    assert {phase: values.voltage_v for phase, values in reading.phases.items()} == {"L2": 230, "L3": 231, "L1": 232}


async def test_the_search_is_done_once_and_each_poll_is_one_request():
    roof = Roof()
    await roof.inverter.read()
    asked = len(roof.line.bus.asked)
    roof.power_w = 43.2
    assert (await roof.inverter.read()).power_w == pytest.approx(43.2)
    assert [a[2:4] for a in roof.line.bus.asked[asked:]] == [(40_070, 27)]


async def test_a_map_that_moved_is_searched_anew():
    roof = Roof()
    await roof.inverter.read()
    roof.patches = {40_070: 120}
    with pytest.raises(DeviceGarbled):
        await roof.inverter.read()
    roof.patches = {}
    assert (await roof.inverter.read()).power_w == 4320.0


@pytest.mark.parametrize(
    "patches, key, says",
    [
        ({40_000: 0}, "sunspec.not_found", "no SunSpec map at register 40000, 50000 or 0"),
        ({40_070: 203}, "sunspec.no_inverter", "offers the models 1, 203; needed is one of 101, 102, 103, 111"),
        ({40_070: 103, 40_071: 20}, "sunspec.no_inverter", "needed is one of 101, 102, 103"),
        ({40_003: 0}, "sunspec.broken_map", "impossible length of 0"),
        ({40_003: 0xFFFF}, "sunspec.broken_map", "impossible length of 65535"),
    ],
)
async def test_what_is_no_three_phase_inverter_says_what_it_is(patches, key, says):
    roof = Roof()
    roof.patches = patches | ({40_092: 0xFFFF} if 40_071 in patches else {})
    with pytest.raises(DeviceGarbled) as caught:
        await roof.inverter.read()
    assert caught.value.reason.key == key
    assert says in word(caught.value.reason)
    assert word(caught.value.reason, "it")


async def test_an_endless_map_is_given_up():
    roof = Roof()
    roof.patches = {40_002 + i: (1 if i % 2 else 9) for i in range(1000)} | {40_002 + i * 3: 9 for i in range(300)}
    roof.patches |= {40_003 + i * 3: 1 for i in range(300)}
    with pytest.raises(DeviceGarbled, match=r"sunspec\.no_inverter"):
        await roof.inverter.read()
    assert len(roof.line.bus.asked) < 80


HOUSE = MeterValues(
    *(900.0, 50.0, 0.9, 50.0, 36_000_000, 7_200_000),
    terminals=tuple(PhaseReading(230.0 + i, 1.5 * i, 300.0 * i, 10.0, 0.9) for i in range(3)),
)


class Cellar:
    """An inverter with a meter behind it, in one map."""

    def __init__(self, role=Role.GRID, models=(103, 203), maker="Ohmstead", phases=("L1", "L2", "L3")) -> None:
        self.values, self.models, self.clock = HOUSE, models, HandClock()
        self.plate = InverterPlate(maker, "sim", "1", "M")
        self.line = TableLine(self.answer)
        self.device = SunspecDevice(Wiring("cellar", 3, role, phases), self.line, self.clock)

    def answer(self, function, register, count):
        roof = MeterValues(4320.0, 0.0, 1.0, 50.0, 36_000_000, None, (PhaseReading(230.0, 6.0),) * 3)
        inverters = (101, 102, 103, 113, 701)
        parts = [shown(number, roof if number in inverters else self.values) for number in self.models]
        ((start, words),) = map_of(self.plate, parts)
        if register < start or register + count > start + len(words):
            raise DeviceRefused(Reason("modbus.exception.2", {"where": "bus", "code": 2}))
        return words[register - start : register - start + count]


@pytest.mark.req("G-001", "G-128")
@pytest.mark.parametrize("meter", [201, 202, 203, 204, 211, 212, 213, 214])
async def test_a_meter_is_read_with_its_phases_by_the_role_of_the_device(meter):
    cellar = Cellar(models=(103, meter), phases=("L2", "L3", "L1"))
    reading = await cellar.device.read()
    legs = {201: 1, 211: 1, 202: 2, 212: 2}.get(meter, 3)
    assert (reading.quality, reading.power_w) == (Quality.GOOD, pytest.approx(900.0))
    assert (reading.energy_import_j, reading.energy_export_j) == (36_000_000, 7_200_000)
    assert list(reading.phases) == ["L2", "L3", "L1"][:legs]
    assert reading.phases["L2"] == PhaseReading(230.0, 0.0, 0.0, pytest.approx(10.0), pytest.approx(0.9))


@pytest.mark.parametrize("models, power_w", [((203, 103), 4320.0), ((701,), 4320.0), ((101, 203), 4320.0)])
async def test_a_producer_is_read_from_the_inverters_models(models, power_w):
    assert (await Cellar(Role.PRODUCTION, models).device.read()).power_w == pytest.approx(power_w)


async def test_the_most_telling_model_is_taken():
    cellar = Cellar(models=(201, 203))
    await cellar.device.read()
    await cellar.device.read()
    assert cellar.line.bus.asked[-1][3] == 55
    assert len((await cellar.device.read()).phases) == 3


async def test_a_map_without_a_meter_says_so():
    with pytest.raises(DeviceGarbled) as caught:
        await Cellar(models=(103,)).device.read()
    assert caught.value.reason.key == "sunspec.no_meter"
    for language in ("en", "it"):
        assert "1, 103" in word(caught.value.reason, language)


async def test_the_grid_meter_goes_first_and_fast():
    grid, load = Cellar(), Cellar(Role.LOAD)
    await grid.device.read()
    await load.device.read()
    assert grid.line.bus.asked[-1][4:] == (0.5, Priority.FIRST)
    assert load.line.bus.asked[-1][4:] == (1.0, Priority.LAST)


async def test_a_maker_who_counts_export_as_positive_is_turned_round():
    reading = await Cellar(maker="SolarEdge").device.read()
    assert (reading.power_w, reading.energy_import_j) == (pytest.approx(-900.0), 36_000_000)
    assert reading.phases["L3"].power_w == pytest.approx(-600.0)


async def test_counters_that_contradict_the_sign_of_the_power_turn_it_round():
    cellar = Cellar()
    for step in range(5):
        cellar.values = replace(HOUSE, energy_export_j=7_200_000 + 36_000 * step)
        reading = await cellar.device.read()
    assert reading.power_w == pytest.approx(-900.0)
    assert [note.key for note in reading.notes] == ["sunspec.other_sign"]
    assert reading.energy_export_j == 7_344_000


async def test_a_meter_that_stands_still_is_bad_and_an_inverter_that_does_is_not():
    grid, roof = Cellar(), Cellar(Role.PRODUCTION)
    for _ in range(8):
        readings = [await c.device.read() for c in (grid, roof)]
        grid.clock.monotonic_s += 2.0
        roof.clock.monotonic_s += 2.0
    assert [reading.quality for reading in readings] == [Quality.BAD, Quality.GOOD]
    assert readings[0].problem.key == "meter.frozen"


PORTS = {"NPrt": 3, "DCA_SF": -2, "DCV_SF": -1, "DCW_SF": 0, "DCWH_SF": 0, "Tmp_SF": -1}


class Hybrid:
    """Panels on two ports and a battery on the third of one inverter; model 103 shows their sum."""

    def __init__(
        self, role, storages=((713, {"SoC": 62.5, "SoH": 96, "WHRtg": 10_200, "WH_SF": 0, "Pct_SF": -1}),)
    ) -> None:
        self.storages, self.battery_w, self.factor, self.clock = list(storages), -1800.0, 0, HandClock()
        self.ports, self.inverter = True, True
        self.line = TableLine(self.answer)
        self.device = SunspecDevice(Wiring("hybrid", 1, role, ("L1", "L2", "L3")), self.line, self.clock)

    def models(self):
        sums = MeterValues(4200.0 + self.battery_w, 0.0, 1.0, 50.0, 36_000_000, None, (PhaseReading(230.0, 6.0),) * 3)
        ports = {
            **PORTS,
            "DCW_SF": self.factor,
            "Prt.0.PrtTyp": 0,
            "Prt.0.DCW": 2600,
            "Prt.0.DCWhInj": 5000,
            "Prt.0.DCWhAbs": 0,
            "Prt.0.DCV": 410.5,
            "Prt.1.PrtTyp": 0,
            "Prt.1.DCW": 1600,
            "Prt.1.DCWhInj": 3000,
            "Prt.1.DCWhAbs": 0,
            "Prt.2.PrtTyp": 1,
            "Prt.2.DCW": self.battery_w,
            "Prt.2.DCWhInj": 700,
            "Prt.2.DCWhAbs": 900,
        }
        found = [shown(103, sums)] if self.inverter else []
        found += [encode(model(714), ports)] if self.ports else []
        return [*found, *(encode(model(number), values) for number, values in self.storages)]

    def answer(self, function, register, count):
        ((start, words),) = map_of(InverterPlate("Ohmstead", "sim", "1", "H"), self.models())
        if register < start or register + count > start + len(words):
            raise DeviceRefused(Reason("modbus.exception.2", {"where": "bus", "code": 2}))
        return words[register - start : register - start + count]


@pytest.mark.req("G-001", "G-128")
@pytest.mark.parametrize("battery_w", [-1800.0, 0.0, 950.0])
async def test_a_battery_gives_its_power_its_energies_and_what_it_holds(battery_w):
    hybrid = Hybrid(Role.BATTERY)
    hybrid.battery_w = battery_w
    reading = await hybrid.device.read()
    assert (reading.quality, reading.power_w) == (Quality.GOOD, battery_w)
    assert (reading.energy_import_j, reading.energy_export_j) == (700 * 3600, 900 * 3600)
    assert reading.battery == Battery(62.5, 96.0, 10_200 * 3600, None)
    assert [note.key for note in reading.notes] == ["sunspec.ports"]


async def test_panels_beside_a_battery_are_read_alone_so_that_nothing_counts_twice():
    reading = await Hybrid(Role.PRODUCTION).device.read()
    assert (reading.power_w, reading.energy_import_j) == (4200.0, 8000 * 3600)
    assert reading.details[Quantity.DC_POWER_W] == {"DC1": 2600.0, "DC2": 1600.0}
    assert reading.details[Quantity.DC_VOLTAGE_V] == {"DC1": 410.5}
    assert reading.battery is None


async def test_a_scale_factor_that_changes_is_taken_with_the_value_of_the_same_moment():
    hybrid = Hybrid(Role.BATTERY)
    hybrid.battery_w = -1800.0
    assert (await hybrid.device.read()).power_w == -1800.0
    hybrid.battery_w, hybrid.factor = -18_000.0, 1
    assert (await hybrid.device.read()).power_w == -18_000.0


async def test_what_a_battery_holds_is_asked_for_a_few_times_a_minute():
    hybrid = Hybrid(Role.BATTERY)
    await hybrid.device.read()
    asked = len(hybrid.line.bus.asked)
    for _ in range(30):
        hybrid.clock.monotonic_s += 1.0
        await hybrid.device.read()
    assert len(hybrid.line.bus.asked) == asked + 30 + 3


class Coupled(Hybrid):
    """A battery with an inverter to itself, which counts both ways in model 701; its cells carry the losses too."""

    def models(self):
        alternating = MeterValues(-1800.0, 0.0, 1.0, 50.0, 2_520_000, 3_240_000, (PhaseReading(230.0, 2.6),) * 3)
        cells = {**PORTS, "NPrt": 1, "Prt.0.PrtTyp": 1, "Prt.0.DCW": -1710, "Prt.0.DCWhInj": 740, "Prt.0.DCWhAbs": 855}
        return [shown(701, alternating), encode(model(714), cells), encode(model(713), {"SoC": 62.5, "Pct_SF": -1})]


async def test_a_battery_with_its_own_inverter_is_read_where_the_house_meets_it():
    reading = await Coupled(Role.BATTERY).device.read()
    assert reading.power_w == pytest.approx(-1800.0)
    assert (reading.energy_import_j, reading.energy_export_j) == (2_520_000, 3_240_000)
    assert reading.battery.charge_percent == 62.5


async def test_a_battery_without_ports_is_read_from_its_inverter():
    hybrid = Hybrid(Role.BATTERY)
    hybrid.ports = False
    reading = await hybrid.device.read()
    assert (reading.power_w, reading.battery.charge_percent) == (pytest.approx(2400.0), 62.5)


async def test_a_battery_bank_alone_gives_power_charge_and_a_fault_of_its_own():
    bank = {"W": 1500, "W_SF": 0, "ChaSt": 4, "SoC": 71, "SoC_SF": 0, "State": 99}
    hybrid = Hybrid(Role.BATTERY, [(802, bank)])
    hybrid.ports = hybrid.inverter = False
    reading = await hybrid.device.read()
    assert (reading.quality, reading.power_w, reading.battery.charge_percent) == (Quality.GOOD, -1500, 71)
    assert [note.key for note in reading.notes] == ["sunspec.battery_fault"]


async def test_a_battery_that_does_not_say_what_flows_is_bad_and_says_so():
    hybrid = Hybrid(Role.BATTERY)
    hybrid.ports = hybrid.inverter = False
    reading = await hybrid.device.read()
    assert (reading.quality, reading.power_w) == (Quality.BAD, None)
    for language in ("en", "it"):
        assert "bus" in word(reading.problem, language)


async def test_values_that_a_port_does_not_implement_are_missing():
    hybrid = Hybrid(Role.BATTERY)
    plain = hybrid.models

    def without():
        sums, _, store = plain()
        return [sums, encode(model(714), {**PORTS, "Prt.2.PrtTyp": 1}), store]

    hybrid.models = without
    reading = await hybrid.device.read()
    assert (reading.quality, reading.power_w, reading.energy_import_j) == (Quality.BAD, None, None)


@pytest.mark.parametrize("number", [103, 203, 701])
async def test_all_that_a_model_tells_is_read_at_a_slower_turn(number):
    role = Role.GRID if number == 203 else Role.PRODUCTION
    cellar = Cellar(role, (number,))
    points = {"VA": 1005.5, "VA_SF": -1, "V_SF": -1, "W": 900, "W_SF": 0, "Hz": 50, "Hz_SF": -2, "TotWh_SF": 0}
    between = {103: "PPVphAB", 203: "PhVphAB", 701: "VL1L2"}[number]
    words = encode(model(number), {**points, between: 398.5, "ACType": 2, "TotWhImpPhA": 5000, "TotWhInjL1": 5000})
    ((start, image),) = map_of(cellar.plate, [words])
    cellar.line.bus.answer = lambda _, register, count: image[register - start : register - start + count]
    details = (await cellar.device.read()).details
    assert details[Quantity.APPARENT_POWER_VA] == {"total": 1005.5}
    assert details[Quantity.VOLTAGE_V] == {"L1-L2": 398.5}
    assert details.get(Quantity.ENERGY_IMPORT_J) == (None if number == 103 else {"L1": 18_000_000})
