from dataclasses import replace

import pytest

from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.drivers.power_box import PowerBoxCircuit
from ohmstead.protocols.power_box.codec import PowerBoxSetup, PowerBoxValues, Slot, SlotValues, encode
from ohmstead.protocols.power_box.table import Association
from ohmstead.texts import word
from ohmstead.transport.turns import Priority
from tests.drivers.lines import HandClock, TableLine

pytestmark = pytest.mark.anyio


class Board:
    """A distribution board: slots 1 to 3 on L1 to L3, slot 4 on L1 again, the others without a phase."""

    def __init__(self, slots=(0, 1, 2), role=Role.LOAD, phases=("L1", "L2", "L3")) -> None:
        placed = [Association(0), Association(1, reversed=True), Association(2), Association(0)]
        self.setup = PowerBoxSetup((*(Slot(a) for a in placed), *(Slot(),) * 24), "5400000007", (1, 44))
        rows = (SlotValues(PhaseReading(None, 1.0 + i, 100.0 * (i + 1)), 3_600_000 * i, 0) for i in range(28))
        self.values = PowerBoxValues(50.0, (230.0, 231.0, 232.0), tuple(rows))
        self.patches = {}
        self.line, self.clock = TableLine(self.answer), HandClock()
        self.circuit = PowerBoxCircuit(Wiring("oven", 61, role, phases), slots, self.line, self.clock)

    def answer(self, function, register, count):
        cells = {s + i: w for s, words in encode(self.setup, self.values) for i, w in enumerate(words)} | self.patches
        return [cells[register + i] for i in range(count)]


@pytest.mark.req("G-128", "G-001")
async def test_slots_are_summed_and_stand_on_the_phases_the_box_gives_them():
    reading = await Board().circuit.read()
    assert (reading.quality, reading.power_w, reading.frequency_hz) == (Quality.GOOD, 600.0, 50.0)
    assert (reading.energy_import_j, reading.energy_export_j) == (10_800_000, 0)
    assert reading.phases == {
        "L1": PhaseReading(230.0, 1.0, 100.0),
        "L2": PhaseReading(231.0, 2.0, 200.0),
        "L3": PhaseReading(232.0, 3.0, 300.0),
    }


async def test_two_slots_on_one_phase_are_added_and_phases_without_a_slot_are_left_out():
    reading = await Board(slots=(0, 3), phases=("L2", "L3", "L1")).circuit.read()
    assert reading.phases == {"L2": PhaseReading(230.0, 5.0, 500.0)}


async def test_only_its_own_slots_are_read_and_the_settings_now_and_then():
    board = Board(slots=(3,))
    await board.circuit.read()
    asked = len(board.line.bus.asked)
    await board.circuit.read()
    assert [a[2:4] for a in board.line.bus.asked[asked:]] == [(0, 10), (0x8C, 2), (0x386, 2), (0x3F8, 2), (0x300C, 4)]
    board.setup = replace(board.setup, slots=(*board.setup.slots[:3], Slot(Association(1)), *board.setup.slots[4:]))
    assert list((await board.circuit.read()).phases) == ["L1"]
    board.clock.monotonic_s += 61
    assert list((await board.circuit.read()).phases) == ["L2"]


async def test_a_slot_without_a_phase_makes_the_reading_bad_and_is_named():
    reading = await Board(slots=(0, 9)).circuit.read()
    assert (reading.quality, reading.power_w) == (Quality.BAD, None)
    for language in ("en", "it"):
        assert "10" in word(reading.problem, language)


async def test_a_slot_whose_phase_makes_no_sense_says_what_came():
    board = Board(slots=(1,))
    board.patches = {0x1001: 3}
    assert (await board.circuit.read()).problem.key == "power_box.association"


async def test_another_slots_missing_value_does_not_hurt():
    board = Board()
    board.values = replace(board.values, slots=(*board.values.slots[:3], *(SlotValues(),) * 25))
    assert (await board.circuit.read()).quality is Quality.GOOD


@pytest.mark.parametrize(
    "patch, key",
    [({0x1620: 5500}, "power_box.other_device"), ({0x1624: 43}, "power_box.old_firmware")],
)
async def test_what_is_no_power_box_or_an_old_one_says_so_and_is_asked_again(patch, key):
    board = Board()
    board.patches = patch
    with pytest.raises(DeviceGarbled) as caught:
        await board.circuit.read()
    assert caught.value.reason.key == key
    assert word(caught.value.reason, "it")
    board.patches = {}
    assert (await board.circuit.read()).power_w == 600.0


async def test_the_grid_goes_first_and_a_frozen_box_is_bad():
    board = Board(role=Role.GRID)
    for _ in range(8):
        reading = await board.circuit.read()
        board.clock.monotonic_s += 2
    assert board.line.bus.asked[-1][4:] == (0.5, Priority.FIRST)
    assert (reading.quality, reading.problem.key) == (Quality.BAD, "meter.frozen")
    await board.circuit.close()
    assert board.line.closed
