"""The contract of the EvseBoard port, kept by every adapter."""

import asyncio
from dataclasses import replace

import pytest

from ohmstead.core.charging.pilot import current_for
from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.evse import BoardCommands, BoardFault, PilotMode
from tests.contracts.adapters import BOARDS

pytestmark = pytest.mark.anyio
PATIENCE_S = 10.0
OFFER = BoardCommands(PilotMode.PWM, 26.67, permit_close=True)


@pytest.fixture(params=BOARDS)
async def rig(request):
    async with BOARDS[request.param]() as made:
        yield made


@pytest.mark.req("G-128", "EM-346")
async def test_a_board_says_what_it_is(rig):
    assert await rig.board.identify() == rig.world.identity


@pytest.mark.req("G-128")
async def test_a_look_shows_the_board_as_it_is_and_missing_as_none(rig):
    rig.world.snapshot = replace(
        rig.world.snapshot,
        pilot="C",
        pilot_mode=PilotMode.PWM,
        duty_percent=26.67,
        contactor_closed=True,
        currents_a=(15.98, 16.01, None),
        faults=BoardFault.OVER_TEMPERATURE | BoardFault.LOCK,
        present=BoardFault.OVER_TEMPERATURE | BoardFault.LOCK,
    )
    seen = await rig.board.read()
    told = rig.shows(rig.world.snapshot)
    same = {"at": seen.at}
    if told.uptime_s is not None:
        same |= {"uptime_s": seen.uptime_s, "lease_left_s": seen.lease_left_s}
    assert seen == replace(told, **same)
    assert seen.at.monotonic_s <= asyncio.get_running_loop().time()


@pytest.mark.req("G-131")
async def test_each_command_arrives_whole_and_renews_the_lease_where_there_is_one(rig):
    await rig.board.identify()
    for sent in (OFFER, OFFER, BoardCommands(PilotMode.STEADY, 0.0, permit_close=False, clear_faults=True)):
        await rig.board.command(sent)
        assert rig.world.commands[-1] == rig.obeys(sent)
    if rig.farewell is None:
        assert len(rig.world.commands) == rig.world.renewals == 3


@pytest.mark.req("G-128")
async def test_no_duty_becomes_more_current_than_it_stands_for(rig):
    await rig.board.identify()
    for duty in (10.0, 16.59, 26.66, 53.3):
        await rig.board.command(BoardCommands(PilotMode.PWM, duty, permit_close=True))
        assert rig.world.commands[-1].duty_percent <= duty
        assert current_for(rig.world.commands[-1].duty_percent) > current_for(duty) - 1.0


@pytest.mark.req("G-128")
async def test_a_lost_board_raises_in_bounded_time_and_comes_back_by_itself(rig):
    await rig.board.identify()
    await rig.board.command(OFFER)
    rig.lose()
    for call in (rig.board.identify(), rig.board.read(), rig.board.command(OFFER)):
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(DeviceError):
                await call
    rig.find()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await rig.board.command(OFFER)
                break
            except DeviceError:
                await asyncio.sleep(0.02)
    assert rig.world.commands[-1] == rig.obeys(OFFER)


async def test_a_closed_board_takes_no_more_commands(rig):
    await rig.board.identify()
    await rig.board.command(OFFER)
    await rig.board.close()
    assert rig.world.commands[-1] == (rig.farewell or OFFER)
    told = len(rig.world.commands)
    with pytest.raises(DeviceError):
        await rig.board.command(OFFER)
    assert len(rig.world.commands) == told
