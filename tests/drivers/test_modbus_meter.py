import pytest

from ohmstead.core.model.details import Place, Quantity
from ohmstead.core.model.errors import DeviceRefused, DeviceUnreachable
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.modbus_meter import ModbusMeter, Wiring
from ohmstead.protocols.meters.catalogue import load
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.texts import word
from ohmstead.transport.turns import Priority
from tests.drivers.lines import HandClock, TableLine, image_answer

pytestmark = pytest.mark.anyio


class House:
    """A three-phase circuit whose terminals differ."""

    def __init__(self, key="eastron-sdm630", role=Role.LOAD, phases=("L1", "L2", "L3")) -> None:
        self.table = load(key)
        self.voltage_v, self.frequency_hz = 230.0, 50.0
        self.line = TableLine(image_answer(self.image))
        self.clock = HandClock()
        self.meter = ModbusMeter(Wiring("oven", 7, role, phases), self.table, self.line, self.clock)

    def image(self):
        phase = [PhaseReading(self.voltage_v, amps, amps * 230, 0.0, 1.0) for amps in (1.0, 2.0, 3.0)]
        return encode(
            self.table,
            MeterValues(1380.0, 0.0, 1.0, self.frequency_hz, 3_600_000, 0, tuple(phase[: self.table.phases])),
        )

    async def watch(self, seconds, every=1.0):
        """Read once each ``every`` seconds; the last Reading."""
        reading = await self.meter.read()
        for _ in range(round(seconds / every)):
            self.clock.monotonic_s += every
            reading = await self.meter.read()
        return reading


async def test_terminals_become_the_phases_the_installer_named():
    reading = await House(phases=("L3", "L1", "L2")).meter.read()
    assert {phase: values.current_a for phase, values in reading.phases.items()} == {"L3": 1, "L1": 2, "L2": 3}


async def test_a_single_phase_meter_gives_its_values_to_its_one_phase():
    reading = await House("eastron-sdm120", phases=("L2",)).meter.read()
    assert reading.phases == {"L2": PhaseReading(230.0, 1.0, 1380.0, 0.0, 1.0)}
    assert reading.power_w == 1380.0


async def test_a_phase_that_is_not_wired_is_left_out():
    reading = await House(phases=("L2", "L3")).meter.read()
    assert list(reading.phases) == ["L2", "L3"]


async def test_the_grid_meter_goes_first_and_fast():
    grid, other = House(role=Role.GRID), House()
    await grid.meter.read()
    await other.meter.read()
    assert grid.line.bus.asked[0][4:] == (0.5, Priority.FIRST)
    assert other.line.bus.asked[0][4:] == (1.0, Priority.LAST)


async def test_a_meter_is_read_in_its_planned_blocks():
    house = House("abb-b23")
    await house.meter.read()
    assert [asked[:4] for asked in house.line.bus.asked] == [(7, 3, 0x5000, 8), (7, 3, 0x5B00, 62)]


async def test_a_grid_meter_that_stands_still_is_bad_and_shows_nothing_after_ten_seconds():
    house = House(role=Role.GRID)
    assert (await house.watch(10)).quality is Quality.GOOD
    reading = await house.watch(1)
    assert (reading.quality, reading.power_w, reading.energy_import_j, reading.phases) == (Quality.BAD, None, None, {})
    assert word(reading.problem) == (
        "oven has shown exactly the same values for 11 s, voltage and frequency included. "
        "Restart the meter or the gateway that answers for it."
    )


async def test_another_meter_that_stands_still_is_bad_after_a_minute():
    house = House()
    assert (await house.watch(60)).quality is Quality.GOOD
    assert (await house.watch(1)).quality is Quality.BAD


async def test_one_moving_register_is_life_and_ends_the_standstill():
    house = House(role=Role.GRID)
    await house.watch(20)
    house.voltage_v += 0.01
    assert (await house.watch(0)).quality is Quality.GOOD
    assert (await house.watch(10)).quality is Quality.GOOD


async def test_a_few_looks_far_apart_prove_nothing():
    assert (await House(role=Role.GRID).watch(300, every=100)).quality is Quality.GOOD


async def test_without_mains_standing_still_is_right():
    house = House(role=Role.GRID)
    house.voltage_v, house.frequency_hz = 0.0, None
    assert (await house.watch(100)).quality is Quality.GOOD


async def test_closing_gives_the_line_back():
    house = House()
    await house.meter.close()
    assert house.line.closed


async def test_a_frequency_in_the_other_sources_scale_is_read_and_noted():
    house = House("lovato-dmg610")
    plain = house.image

    def tenfold():
        return [(at, [4997 if at + i == 0x32 else w for i, w in enumerate(words)]) for at, words in plain()]

    house.line.bus.answer = image_answer(tenfold)
    reading = await house.meter.read()
    assert (reading.quality, reading.frequency_hz) == (Quality.GOOD, pytest.approx(49.97))
    assert [note.key for note in reading.notes] == ["meter.other_source"]


async def test_energy_counters_that_stand_the_other_way_round_are_turned_when_that_has_shown():
    house = House("phoenix-empro")
    counted = 0

    def turned():
        phase = PhaseReading(230.0 + counted % 7, 2.0, 460.0, 0.0, 1.0)
        return encode(house.table, MeterValues(1380.0, 0.0, 1.0, 50.0, 0, 3600 * counted, (phase,) * 3))

    house.line.bus.answer = image_answer(turned)
    for counted in range(1, 6):  # noqa: B007 — the meter's answers count along
        reading = await house.meter.read()
    assert (reading.energy_import_j, reading.energy_export_j) == (5 * 3600, 0)
    assert [note.key for note in reading.notes] == ["meter.other_direction"]


def detailed(house):
    """The same house behind a meter that tells more."""
    phase = [PhaseReading(230.0, amps, amps * 230, 0.0, 1.0) for amps in (1.0, 2.0, 3.0)]
    more: dict[Quantity, dict[Place, float]] = {
        Quantity.VOLTAGE_V: {"L1-L2": 398.0, "L2-L3": 399.0, "L3-L1": 400.0},
        Quantity.CURRENT_A: {"N": 0.5},
        Quantity.ENERGY_IMPORT_J: {"L1": 3_600_000},
        Quantity.THD_CURRENT_PERCENT: {"L3": 12.5},
    }
    return encode(
        house.table, MeterValues(1380.0, 0.0, 1.0, house.frequency_hz, 3_600_000, 0, tuple(phase), details=more)
    )


@pytest.mark.req("G-128")
async def test_what_a_meter_tells_besides_comes_at_a_slower_turn_named_as_the_site_names_it():
    house = House(phases=("L2", "L3", "L1"))
    house.line.bus.answer = image_answer(lambda: detailed(house))
    assert (await house.meter.read()).details == {}
    details = (await house.watch(5)).details
    assert details[Quantity.VOLTAGE_V] == {"L2-L3": 398.0, "L3-L1": 399.0, "L1-L2": 400.0}
    assert details[Quantity.CURRENT_A] == {"N": 0.5}
    assert details[Quantity.ENERGY_IMPORT_J] == {"L2": 3_600_000}
    assert details[Quantity.THD_CURRENT_PERCENT] == {"L1": 12.5}


async def test_a_read_never_waits_for_more_than_one_request_besides_the_power():
    house = House(role=Role.GRID)
    asked = house.line.bus.asked
    extra = []
    for _ in range(600):
        before = len(asked)
        house.frequency_hz = 50.0 + len(asked) % 7 / 100
        await house.meter.read()
        extra.append(len(asked) - before - len(house.table.blocks))
        house.clock.monotonic_s += 0.1
    assert max(extra) == 1
    assert sum(extra) == 6 * len(house.table.detail_blocks)


async def test_what_nobody_asked_for_on_its_line_is_noted_and_the_values_count():
    house = House()
    house.line.bus.stray = Reason("modbus.unasked", {"where": "bus:502", "came": "04 02"})
    reading = await house.meter.read()
    assert reading.quality is Quality.GOOD
    assert [note.key for note in reading.notes] == ["modbus.unasked"]
    assert "bus:502" in word(reading.notes[0])
    house.line.bus.stray = None
    assert (await house.watch(1)).notes == ()


async def test_registers_that_a_meter_refuses_are_noted_rarely_asked_for_and_hurt_nothing():
    house = House()
    whole = house.line.bus.answer

    def without_distortion(function, register, count):
        if register == 0xC8:
            raise DeviceRefused(Reason("modbus.exception.2", {"where": "x"}))
        return whole(function, register, count)

    house.line.bus.answer = without_distortion
    reading = await house.watch(50)
    assert (reading.quality, reading.power_w) == (Quality.GOOD, 1380.0)
    assert [note.key for note in reading.notes] == ["meter.not_given"]
    assert word(reading.notes[0]).startswith("Eastron SDM630 does not give registers 200 to 251")
    assert sum(register == 0xC8 for _, _, register, *_ in house.line.bus.asked) == 1


async def test_a_meter_that_is_silent_is_not_asked_for_more_until_it_gives_its_power_again():
    house = House()
    await house.watch(5)
    whole, silent = house.line.bus.answer, Reason("modbus.no_answer", {"where": "x"})

    def nothing(*_):
        raise DeviceUnreachable(silent)

    house.line.bus.answer = nothing
    house.clock.monotonic_s += 60
    with pytest.raises(DeviceUnreachable):
        await house.meter.read()
    before = len(house.line.bus.asked)
    house.clock.monotonic_s += 60
    with pytest.raises(DeviceUnreachable):
        await house.meter.read()
    assert len(house.line.bus.asked) == before + 1
    house.line.bus.answer = whole
    house.voltage_v += 1
    assert (await house.meter.read()).quality is Quality.GOOD


async def test_a_detail_that_cannot_be_true_is_left_out_and_noted_and_the_power_stays_good():
    house = House()
    plain = house.image

    def wild():
        return (*((at, words) for at, words in plain() if at != 0xC8), (0xC8, [0x4B00] * 52))

    house.line.bus.answer = image_answer(wild)
    reading = await house.watch(5)
    assert reading.quality is Quality.GOOD
    assert Quantity.VOLTAGE_V not in reading.details
    assert {note.key for note in reading.notes} == {"meter.detail"}


async def test_a_meter_in_the_wrong_word_order_says_so_once_and_nothing_about_what_else_it_shows():
    house = House()
    image, turned = (lambda: detailed(house)), False

    def answer(*request):
        words = image_answer(image)(*request)
        return [word for pair in zip(words[1::2], words[::2], strict=True) for word in pair] if turned else words

    house.line.bus.answer = answer
    assert (await house.watch(5)).details
    turned = True
    for _ in range(30):
        house.voltage_v += 0.1
        reading = await house.watch(1)
        assert (reading.quality, reading.notes, reading.details) == (Quality.BAD, (), {})
        assert reading.problem is not None
        assert reading.problem.key == "meter.implausible_order"
    turned = False
    reading = await house.watch(5)
    assert (reading.quality, reading.notes) == (Quality.GOOD, ())
    assert reading.details[Quantity.CURRENT_A] == {"N": 0.5}
