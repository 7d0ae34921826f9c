"""Setting a Power Box up from the command line, against one that is served over a real socket."""

from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.power_box.codec import BusDevice, PowerBoxSetup, PowerBoxValues, Slot, SlotValues, encode
from ohmstead.protocols.power_box.table import Association
from ohmstead.transport.modbus_server import ModbusServer, RegisterRefused, ServedUnit

pytestmark = pytest.mark.anyio

BUS = (BusDevice(5400, "5400000007", (1, 44), ()), BusDevice(5500, "5500000031", (1, 2), (0, 1, 2, 3)))


class Box:
    """A box that remembers what is written; ``stubborn`` takes writes of the phase map and keeps what it had.

    One that is ``forgetful`` saves nothing.
    """

    def __init__(self) -> None:
        slots = (Slot(Association(0), "SCT02 50 A"), Slot(Association(1, reversed=True), "closed CT"), *(Slot(),) * 26)
        rows = (SlotValues(PhaseReading(None, 1.5 + i, 100.25 * (i + 1)), 0, 0) for i in range(28))
        setup = PowerBoxSetup(slots, "5400000007", (1, 44))
        values = PowerBoxValues(50.0, (230.0, 231.0, 232.0), tuple(rows))
        self.cells = {at + i: w for at, words in encode(setup, values, BUS) for i, w in enumerate(words)}
        self.cells |= dict.fromkeys((*range(0x900, 0x91C), 0xFDE8), 0)
        self.written: list[tuple[int, tuple[int, ...]]] = []
        self.stubborn = self.forgetful = False

    def image(self):
        return tuple((at, (self.cells[at],)) for at in sorted(self.cells))

    def write(self, register: int, words: tuple[int, ...]) -> None:
        if self.forgetful and register == 0xFDE8:
            raise RegisterRefused(2)
        if register not in (*range(0x900, 0x91C), *range(0x1000, 0x101C), *range(0x1100, 0x111C), 0xFDE8):
            raise RegisterRefused(2)
        self.written.append((register, words))
        if not (self.stubborn and register < 0x1100):
            self.cells |= dict(enumerate(words, register))


@asynccontextmanager
async def served(box: Box):
    server = ModbusServer([ServedUnit(61, holdings=box.image, write=box.write)])
    await server.start()
    try:
        yield f"tcp://127.0.0.1:{server.port}"
    finally:
        await server.stop()


async def typed(*words: str):
    runner = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
    return await anyio.to_thread.run_sync(partial(runner.invoke, app, ["power-box", *words]))


@pytest.mark.req("G-128")
async def test_what_hangs_on_a_box_and_how_its_slots_are_installed_is_shown():
    async with served(Box()) as where:
        said = await typed("show", where)
    assert said.exit_code == 0, said.output
    assert "Power Box 5400000007, firmware 1.44" in said.output
    assert "CT Hub 5500000031, firmware 1.2, slots 1, 2, 3, 4" in said.output
    lines = [line.split() for line in said.output.splitlines()]
    assert ["1", "L1", "SCT02", "50", "A", "1.50", "100.2"] in lines
    assert ["2", "L2", "reversed", "closed", "CT", "2.50", "200.5"] in lines
    assert any(line[:2] == ["3", "none"] for line in lines)


async def test_a_transformer_shows_itself_and_stops():
    box = Box()
    async with served(box) as where:
        assert (await typed("identify", where, "--slot", "3")).exit_code == 0
        assert (await typed("identify", where, "--slot", "3", "--off")).exit_code == 0
    assert box.written == [(0x902, (1,)), (0x902, (0,))]


@pytest.mark.req("G-128")
async def test_a_phase_its_direction_and_a_transformer_are_written_read_back_and_saved():
    box = Box()
    async with served(box) as where:
        said = await typed("set", where, "--slot", "4", "--phase", "L3", "--reversed", "--ct", "SCT03 100 A")
        assert said.exit_code == 0, said.output
        shown = (await typed("show", where)).output
    assert box.written == [(0x1003, (64,)), (0xFDE8, (1,)), (0x1103, (9,)), (0xFDE8, (1,))]
    assert ["4", "L3", "reversed", "SCT03", "100", "A"] in [line.split()[:6] for line in shown.splitlines()]


async def test_a_slot_is_taken_off_its_phase():
    box = Box()
    async with served(box) as where:
        assert (await typed("set", where, "--slot", "1", "--phase", "none")).exit_code == 0
    assert box.cells[0x1000] == 0


async def test_a_box_that_keeps_something_else_is_told_and_nothing_is_saved():
    box = Box()
    box.stubborn = True
    async with served(box) as where:
        said = await typed("set", where, "--slot", "1", "--phase", "L2")
    assert said.exit_code == 2
    assert "slot 1 was to become 2 and shows 1; nothing was saved" in said.output
    assert box.written == [(0x1000, (2,))]


async def test_a_box_that_refuses_to_save_is_told_and_what_it_shows_too():
    box = Box()
    box.forgetful = True
    async with served(box) as where:
        said = await typed("set", where, "--slot", "1", "--phase", "L2")
    assert said.exit_code == 2
    assert "slot 1 is set as wanted, but the box refused to keep it over a power cut" in said.output


async def test_another_device_is_not_written_to():
    box = Box()
    box.cells[0x1620] = 5500
    async with served(box) as where:
        said = await typed("set", where, "--slot", "1", "--phase", "L2")
    assert (said.exit_code, box.written) == (2, [])
    assert "is no Power Box" in said.output


@pytest.mark.parametrize(
    "words, said",
    [
        (("--slot", "1"), "nothing to set; allowed: --phase, --ct or both"),
        (("--slot", "1", "--phase", "L4"), "got 'L4'; allowed: L1, L2, L3, none"),
        (("--slot", "1", "--phase", "none", "--reversed"), "allowed: a phase beside it: L1, L2, L3"),
        (("--slot", "1", "--ct", "SCT99"), "got 'SCT99'; allowed: SCT01 50/100/200 A"),
        (("--slot", "29", "--phase", "L1"), "--slot"),
    ],
)
async def test_what_cannot_be_is_refused_before_the_box_is_asked(words, said):
    answer = await typed("set", "tcp://127.0.0.1:1", *words)
    assert answer.exit_code == 2
    assert said in answer.output
