"""What a board without a lease is told, and when: on the simulated boards, over the network inside the process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from ohmstead.core.model.evse import BoardCommands, PilotMode
from ohmstead.core.model.settings import BoardSettings
from ohmstead.core.plant.flaws import Flaw
from ohmstead.drivers.build import open_board
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import EvseBoard
from ohmstead.drivers.virtual_time import run_virtual
from ohmstead.simulator.building import Building
from ohmstead.simulator.settings import BoardSpec
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.pipe import HOST
from tests.end_to_end.house import SETTINGS

OFFER = BoardCommands(PilotMode.PWM, 26.66, permit_close=True)
NOTHING = BoardCommands(PilotMode.STEADY, 100.0, permit_close=False)
DRIVERS = ("phoenix-ev-cc", "evse-din")
Play = Callable[[Building, EvseBoard, Clock], Awaitable[None]]


def played(driver: str, play: Play) -> None:
    """``play`` with the simulated board and its driver on virtual time."""

    async def main(clock) -> None:
        house = Building(replace(SETTINGS, boards=(BoardSpec("garage", "bus", driver=driver),)))
        places = await house.start(HOST, beat_s=0.5)
        settings = BoardSettings(driver=driver, connect=places["garage"].connect)
        board = open_board("garage", settings, Buses(), clock)
        try:
            await board.identify()
            await play(house, board, clock)
        finally:
            await board.close()
            await house.stop()

    run_virtual(main, SETTINGS.world.start)


async def held(board: EvseBoard, clock: Clock, commands: BoardCommands, seconds: float) -> None:
    """Look and command twice a second, as the pilot loop does."""
    until = clock.now().monotonic_s + seconds
    while clock.now().monotonic_s < until:
        await board.read()
        await board.command(commands)


def drawn_a(house: Building) -> float:
    return house.sync().measure("garage").phases[0].current_a


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_board_that_has_begun_anew_is_put_right_within_a_second(driver):
    async def play(house, board, clock):
        await held(board, clock, NOTHING, 2.0)
        house.sync().board("garage").restart()
        await held(board, clock, NOTHING, 1.5)
        assert house.sync().board("garage").pilot_mode is PilotMode.STEADY
        await held(board, clock, OFFER, 8.0)
        assert drawn_a(house) == pytest.approx(16.0, abs=0.05)

    played(driver, play)


@pytest.mark.req("G-131")
@pytest.mark.parametrize("driver", DRIVERS)
def test_what_was_told_last_stands_when_the_host_falls_silent_and_ends_when_it_says_farewell(driver):
    async def play(house, board, clock):
        await held(board, clock, OFFER, 8.0)
        await asyncio.sleep(120.0)
        assert drawn_a(house) == pytest.approx(16.0, abs=0.05)
        await board.close()
        await asyncio.sleep(7.0)
        assert (drawn_a(house), house.sync().board("garage").contact) == (0.0, False)

    played(driver, play)


def test_an_evse_din_is_stopped_by_its_bit_only_while_the_car_asks():
    async def play(house, board, clock):
        registers = house.devices["garage"].image
        await held(board, clock, OFFER, 6.0)
        assert house.sync().board("garage").contact
        await board.command(NOTHING)
        assert dict(registers())[1000][4] == 1
        await held(board, clock, NOTHING, 4.0)
        assert (dict(registers())[1000][0], dict(registers())[1000][4]) == (0, 0)
        assert house.sync().board("garage").pilot_mode is PilotMode.STEADY

    played("evse-din", play)


@pytest.mark.parametrize("driver", DRIVERS)
def test_without_permission_pwm_is_no_offer_to_a_board_that_cannot_tell_them_apart(driver):
    async def play(house, board, clock):
        await held(board, clock, replace(OFFER, permit_close=False), 4.0)
        assert house.sync().board("garage").pilot_mode is PilotMode.STEADY
        assert (await board.read()).contactor_closed is False

    played(driver, play)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_car_without_a_diode_is_told_as_the_board_finds_it_and_forgotten_when_it_is_gone(driver):
    async def play(house, board, clock):
        house.sync().unplug("garage")
        await held(board, clock, NOTHING, 2.0)
        house.sync().charger("garage").hurt(Flaw.SHORTED_DIODE)
        house.sync().plug("garage")
        await held(board, clock, OFFER, 4.0)
        seen = await board.read()
        assert (seen.faults.names, seen.contactor_closed) == ("diode", False)
        house.sync().unplug("garage")
        await held(board, clock, NOTHING, 2.0)
        assert not (await board.read()).faults

    played(driver, play)
