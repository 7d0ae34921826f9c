from dataclasses import replace

import pytest

from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.evse import BoardCommands, PilotMode
from ohmstead.drivers.modbus_board import ModbusBoard
from ohmstead.protocols.evse_board import BoardFrame, Capability, encode_frame, encode_identity
from ohmstead.texts import word
from tests.contracts.samples import IDENTITY, SNAPSHOT
from tests.drivers.lines import HandClock, TableLine, image_answer

pytestmark = pytest.mark.anyio
STOP = BoardCommands(PilotMode.STEADY, 0.0, permit_close=False)


class Bench:
    """A board whose frames are set by hand."""

    def __init__(self) -> None:
        self.frame, self.uptime_s, self.lease = 100, 60.0, 41
        self.patch: dict[int, int] = {}
        self.clock = HandClock()
        self.line = TableLine(image_answer(self.image))
        self.board = ModbusBoard(9, self.line, self.clock)

    def image(self):
        words = list(encode_frame(BoardFrame(replace(SNAPSHOT, uptime_s=self.uptime_s), self.frame, self.lease)))
        for at, word_ in self.patch.items():
            words[at] = word_
        return ((0, words), (100, encode_identity(IDENTITY, Capability.NONE)))

    def pass_time(self, seconds, frames):
        self.clock.monotonic_s += seconds
        self.uptime_s += seconds
        self.frame = (self.frame + frames) & 0xFFFF


async def refused(bench, key):
    with pytest.raises(DeviceGarbled) as caught:
        await bench.board.read()
    assert caught.value.reason.key == key
    assert "tcp://bus:502 unit 9" in word(caught.value.reason)
    assert "tcp://bus:502 unit 9" in word(caught.value.reason, "it")


async def test_one_request_fetches_a_snapshot_dated_to_when_it_was_asked():
    bench = Bench()
    await bench.board.identify()
    snapshot = await bench.board.read()
    assert [asked[:4] for asked in bench.line.bus.asked[1:]] == [(9, 4, 0, 32)]
    assert snapshot.at == bench.clock.now()


async def test_the_lease_counter_goes_on_from_what_the_board_accepted_last():
    bench = Bench()
    bench.lease = 0xFFFE
    await bench.board.command(STOP)
    await bench.board.command(STOP)
    assert [words[5] for _, _, words in bench.line.bus.written] == [0xFFFF, 0]
    assert all((unit, register, len(words)) == (9, 0, 10) for unit, register, words in bench.line.bus.written)


async def test_frames_that_go_on_are_fresh_even_over_the_wrap():
    bench = Bench()
    bench.frame = 0xFFF0
    await bench.board.read()
    for _ in range(10):
        bench.pass_time(0.1, 2)
        await bench.board.read()


async def test_a_frame_seen_twice_within_half_a_second_is_fine():
    bench = Bench()
    await bench.board.read()
    bench.pass_time(0.4, 0)
    await bench.board.read()


async def test_a_frame_that_stands_still_is_refused_although_the_uptime_runs():
    bench = Bench()
    for _ in range(5):
        await bench.board.read()
        bench.pass_time(0.125, 0)
    await refused(bench, "board.frozen")
    bench.pass_time(0.1, 1)
    await bench.board.read()


async def test_an_old_frame_played_again_is_refused():
    bench = Bench()
    old = (bench.frame, bench.uptime_s)
    await bench.board.read()
    bench.pass_time(5, 100)
    await bench.board.read()
    bench.clock.monotonic_s += 0.1
    bench.frame, bench.uptime_s = old
    await refused(bench, "board.replayed")


async def test_a_frame_ahead_of_the_clock_is_refused_and_outlaws_none_after_it():
    bench = Bench()
    await bench.board.read()
    bench.pass_time(0.1, 1)
    right = bench.uptime_s
    bench.uptime_s += 2**20
    await refused(bench, "board.leapt")
    bench.uptime_s = right
    bench.pass_time(0.1, 1)
    await bench.board.read()


@pytest.mark.parametrize("shift_s, key", [(3600.0, "board.leapt"), (-50.0, "board.replayed")])
async def test_frames_of_another_time_are_believed_when_they_go_on_at_the_pace_of_the_clock(shift_s, key):
    bench = Bench()
    bench.uptime_s = 100.0
    await bench.board.read()
    bench.uptime_s += shift_s
    for _ in range(20):
        bench.pass_time(0.1, 1)
        await refused(bench, key)
    bench.pass_time(0.11, 1)
    await bench.board.read()


async def test_frames_of_another_time_that_stand_still_are_never_believed():
    bench = Bench()
    await bench.board.read()
    bench.uptime_s += 3600
    for _ in range(40):
        await refused(bench, "board.leapt")
        bench.clock.monotonic_s += 0.1


async def test_a_restarted_board_is_believed():
    bench = Bench()
    await bench.board.read()
    bench.clock.monotonic_s += 3
    bench.frame, bench.uptime_s = 2, 1.5
    assert (await bench.board.read()).uptime_s == 1.5


@pytest.mark.parametrize("patch", [{0: 2}, {31: 1}, {4: 0}])
async def test_what_is_no_frame_of_the_profile_is_refused(patch):
    bench = Bench()
    bench.patch = patch
    await refused(bench, "board.not_profile")


async def test_another_device_is_no_board():
    bench = Bench()
    bench.line.bus.answer = lambda function, register, count: [0] * count
    with pytest.raises(DeviceGarbled, match="register 100 holds 0"):
        await bench.board.identify()
