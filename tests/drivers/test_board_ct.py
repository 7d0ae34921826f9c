"""The transformers of a board over its bus: only where they are, and dated to when they measured."""

import pytest

from ohmstead.core.model.errors import DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.evse import GridCt
from ohmstead.drivers.board_ct import BoardCt
from ohmstead.protocols.evse_board import Capability, encode_identity
from ohmstead.protocols.evse_board_ct import encode_ct
from ohmstead.texts import word
from tests.contracts.samples import IDENTITY
from tests.drivers.lines import HandClock, TableLine, image_answer

pytestmark = pytest.mark.anyio


class Bench:
    """A board whose remote is set by hand."""

    def __init__(self, capabilities: Capability = Capability.REMOTE_CT) -> None:
        self.capabilities = capabilities
        self.ct = GridCt("heard", 7, 0.4, (5.0, None, None))
        self.patch: dict[int, int] = {}
        self.clock = HandClock()
        self.line = TableLine(image_answer(self.image))
        self.meter = BoardCt("grid", "remote", ("L2", "L3", "L1"), 9, self.line, self.clock)

    def image(self):
        block = list(encode_ct(self.ct))
        for at, value in self.patch.items():
            block[at] = value
        return ((100, encode_identity(IDENTITY, self.capabilities)), (240, block))

    @property
    def asked(self):
        return [asked[:4] for asked in self.line.bus.asked]


@pytest.mark.req("G-133")
async def test_a_board_that_does_not_show_the_input_is_never_asked_for_it():
    bench = Bench(Capability.GRID_CT | Capability.CURRENTS)
    for _ in range(3):
        with pytest.raises(DeviceRefused) as caught:
            await bench.meter.read()
    assert caught.value.reason.key == "board_ct.none.remote"
    with pytest.raises(DeviceRefused):
        await bench.meter.pair()
    assert set(bench.asked) == {(9, 4, 100, 40)}
    assert bench.line.bus.written == []


@pytest.mark.req("G-133", "EV-183")
async def test_a_value_is_dated_to_when_it_was_measured_and_does_not_become_fresh_by_being_repeated():
    bench = Bench()
    first = await bench.meter.read()
    assert bench.clock.now().since(first.at) == pytest.approx(0.4)
    assert (first.phases["L2"].current_a, set(first.phases), first.power_w) == (5.0, {"L2"}, None)
    bench.clock.monotonic_s += 2.0
    assert (await bench.meter.read()).at == first.at, "the same sample, whatever age it claims"
    bench.clock.monotonic_s += 2.0
    with pytest.raises(DeviceUnreachable) as caught:
        await bench.meter.read()
    assert "4" in word(caught.value.reason)
    bench.ct = GridCt("heard", 8, 0.1, (6.0, None, None))
    assert bench.clock.now().since((await bench.meter.read()).at) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("ct", "key"),
    [
        (GridCt("unpaired", 0, None, (None, None, None)), "board_ct.unpaired"),
        (GridCt("pairing", 0, None, (None, None, None)), "board_ct.pairing"),
        (GridCt("lost", 0, None, (None, None, None)), "board_ct.never"),
        (GridCt("lost", 3, 20.0, (5.0, 5.0, 5.0)), "board_ct.silent"),
    ],
)
async def test_what_the_link_lacks_is_said(ct: GridCt, key: str):
    bench = Bench()
    bench.ct = ct
    with pytest.raises(DeviceUnreachable) as caught:
        await bench.meter.read()
    assert caught.value.reason.key == key
    for language in ("en", "it"):
        assert "tcp://bus:502 unit 9" in word(caught.value.reason, language)


async def test_a_torn_block_is_no_reading():
    bench = Bench()
    bench.patch[31] = 99
    with pytest.raises(DeviceGarbled) as caught:
        await bench.meter.read()
    assert "torn" in word(caught.value.reason)


@pytest.mark.req("EV-183")
async def test_pairing_is_one_write_of_both_registers():
    bench = Bench()
    await bench.meter.pair()
    assert [(unit, register, tuple(words)) for unit, register, words in bench.line.bus.written] == [(9, 20, (1, 1))]
