"""Rigs of the boards without a lease: registers on a real server, read back as what the board was told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from ohmstead.core.charging.pilot import current_for, duty_for
from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.settings import BoardSettings
from ohmstead.drivers.build import open_board
from ohmstead.drivers.clock import SystemClock
from ohmstead.protocols.boards import evse_din, phoenix_ev_cc
from ohmstead.protocols.boards.words import BoardStatus
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.modbus_server import ServedUnit
from tests.contracts.far_side import hands, served
from tests.contracts.ports import BoardRig, BoardWorld
from tests.contracts.samples import SNAPSHOT

STOPPED = BoardCommands(PilotMode.STEADY, 100.0, permit_close=False)
PHOENIX_TELLS = BoardFault.LOCK | BoardFault.PROXIMITY | BoardFault.DIODE | BoardFault.RESIDUAL_CURRENT
DIN_TELLS = BoardFault.DIODE | BoardFault.RESIDUAL_CURRENT


def _did(current_a: float, permitted: bool) -> BoardCommands:
    mode = PilotMode.PWM if current_a else PilotMode.STEADY
    return BoardCommands(mode, duty_for(current_a), permit_close=permitted)


def _status(shown: BoardSnapshot, tells: BoardFault, a_step: float) -> BoardStatus:
    pwm = shown.pilot_mode is PilotMode.PWM
    offered = int(current_for(shown.duty_percent) / a_step + 1e-6) * a_step if pwm else 0.0
    return BoardStatus(shown.pilot, pwm, offered, shown.proximity_a, shown.faults & tells)


def _plain(shown: BoardSnapshot, status: BoardStatus, closed: bool) -> BoardSnapshot:
    nothing = (None, None, None)
    return replace(
        shown,
        duty_percent=duty_for(status.offered_a) if status.pwm else shown.duty_percent,
        contactor_closed=closed,
        currents_a=nothing,
        voltages_v=nothing,
        power_w=None,
        energy_j=None,
        faults=status.faults,
        present=status.faults,
        lease_left_s=None,
        uptime_s=None,
    )


@asynccontextmanager
async def phoenix_board() -> AsyncIterator[BoardRig]:
    plate = phoenix_ev_cc.Plate("EV-CC-AC1-M3-CBC-SER-HS", "2034567890", "C1.20.3")
    identity = BoardIdentity(0, "Phoenix Contact", plate.designation, plate.serial, plate.firmware, 32.0, 3)
    world, told = BoardWorld(identity, SNAPSHOT), {"amps": 32, "enabled": 0}

    def act() -> None:
        world.commands.append(_did(told["amps"] * told["enabled"], bool(told["enabled"])))

    def write(register: int, words: tuple[int, ...]) -> None:
        assert (register, len(words)) == (phoenix_ev_cc.CURRENT_REGISTER, 1)
        told["amps"] = words[0]
        act()

    def switch(coil: int, on: bool) -> None:
        assert coil == phoenix_ev_cc.ENABLE_COIL
        told["enabled"] = int(on)
        act()

    def holdings():
        words, errors = phoenix_ev_cc.encode_status(_status(world.snapshot, PHOENIX_TELLS, 1.0), 26.67)
        known = ((4000, (3,)), (4009, (1,)), (22000, (told["amps"],)))
        return (*known, (24000, words), (24025, (errors,)), (24027, (32,)))

    unit = ServedUnit(5, lambda: ((1000, phoenix_ev_cc.encode_plate(plate)),), holdings, write, switch=switch)
    async with served(unit) as (server, address):
        settings = BoardSettings(driver="phoenix-ev-cc", connect=address, unit=5)
        board = open_board("garage", settings, Buses(), SystemClock())
        yield BoardRig(
            *(board, world, *hands(server)),
            obeys=lambda sent: _did(float(int(current_for(sent.duty_percent))), True) if sent.permit_close else STOPPED,
            shows=lambda shown: _plain(shown, _status(shown, PHOENIX_TELLS, 1.0), closed=False),
            farewell=STOPPED,
        )
        await board.close()


@asynccontextmanager
async def evse_din_board(fine: bool) -> AsyncIterator[BoardRig]:
    setup = evse_din.Setup(18, fine, reads_cable=False, boot_a=13.0)
    identity = BoardIdentity(0, "ev-power.eu", "EVSE-WB/DIN", "", "18", 80.0, 3, starts_with_a=13.0)
    world, told = BoardWorld(identity, SNAPSHOT), {1000: 13 * setup.counts_per_a, 1004: 0}
    step = 1 / setup.counts_per_a

    def write(register: int, words: tuple[int, ...]) -> None:
        assert len(words) == 1
        told[register] = words[0]
        stopped = bool(told[1004] & evse_din.STOP)
        offers = told[1000] >= 6 * setup.counts_per_a and not stopped
        world.commands.append(_did(told[1000] * step if offers else 0.0, offers))

    def holdings():
        status = _status(world.snapshot, DIN_TELLS, step)
        words, options = evse_din.encode_status(status, (told[1000], told[1004]), setup, closed=False)
        return ((1000, words), (2000, options))

    async with served(ServedUnit(5, holdings=holdings, write=write)) as (server, address):
        board = open_board("garage", BoardSettings(driver="evse-din", connect=address, unit=5), Buses(), SystemClock())

        def obeyed(sent: BoardCommands) -> BoardCommands:
            return (
                _did(int(current_for(sent.duty_percent) / step + 1e-6) * step, True) if sent.permit_close else STOPPED
            )

        yield BoardRig(
            *(board, world, *hands(server)),
            obeys=obeyed,
            shows=lambda shown: _plain(shown, _status(shown, DIN_TELLS, step), shown.pilot == "C"),
            farewell=STOPPED,
        )
        await board.close()
