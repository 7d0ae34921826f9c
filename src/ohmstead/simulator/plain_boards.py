"""Boards without a lease as register images: the board of the world behind the map of one that can be bought.

What they are told last stands, also when nobody speaks to them any more. Their errors end with the vehicle unplugged;
what they cannot sense (earth, the supply's order, heat, currents) they do not tell.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from math import inf

from ohmstead.core.model.evse import BoardCommands, BoardFault, BoardSnapshot, PilotMode
from ohmstead.core.plant.board import Board
from ohmstead.core.plant.pilot import duty_of, offered_a
from ohmstead.core.plant.settings import WorldSettings
from ohmstead.protocols.boards import evse_din
from ohmstead.protocols.boards import phoenix_ev_cc as phoenix
from ohmstead.protocols.boards.words import LOWEST_A, BoardStatus
from ohmstead.protocols.registers import Image
from ohmstead.simulator.devices import LARGE, Device, Now, bytes_swapped
from ohmstead.simulator.settings import BoardSpec, BuildingSettings, Trouble
from ohmstead.transport.modbus_server import RegisterRefused, ServedUnit

_SENSED = (
    BoardFault.PILOT_SHORT
    | BoardFault.DIODE
    | BoardFault.RESIDUAL_CURRENT
    | BoardFault.CONTACTOR_WELDED
    | BoardFault.CONTACTOR_STUCK_OPEN
    | BoardFault.PROXIMITY
)
_ADDRESS, _VALUE = 2, 3
_REGISTERLESS = "it measures nothing"


def told(current_a: float, permitted: bool) -> BoardCommands:
    """What such a board set to ``current_a`` does: it locks by itself, serves D, tests no earth."""
    duty = duty_of(current_a)
    mode = PilotMode.STEADY if duty == 100.0 else PilotMode.PWM
    return BoardCommands(mode, duty, permit_close=permitted, lock=True, ventilated=True, earth_test=False)


class PlainBoardDevice(Device):
    """One board; a kind says how its registers are laid out and what may be written."""

    boots_with = told(0.0, permitted=True)

    def __init__(self, spec: BoardSpec, now: Now) -> None:
        """The world must have the charger, with a board that has no lease."""
        super().__init__((spec.charger,), spec.wire, spec.unit, now)
        self._charger = now().board(spec.charger).settings
        self.cannot = {**self.cannot, Trouble.NAN: _REGISTERLESS, Trouble.ROLLOVER: _REGISTERLESS}
        self._uptime_s = 0.0
        self._commands = self.boots_with

    def served(self) -> ServedUnit:
        """As the server wants it."""
        return ServedUnit(self.unit, self._plate, self.image, self._write, switch=self._switch)

    def reset_counter(self) -> None:
        """It counts nothing."""

    def _board(self) -> Board:
        """The board now; one that has begun anew has forgotten what it was told."""
        board = self._now().board(self.key)
        if board.uptime_s < self._uptime_s:
            self._commands = self.boots_with
            self._forget()
        self._uptime_s = board.uptime_s
        if board.faults and (board.snapshot(self._now().instant).pilot == "A" or not board.faults & _SENSED):
            board.command(replace(self._commands, clear_faults=True))
        return board

    def _obey(self, commands: BoardCommands) -> None:
        self._commands = commands
        self._board().command(commands)

    def _status(self) -> tuple[BoardStatus, BoardSnapshot]:
        seen = self._board().snapshot(self._now().instant)
        pwm = seen.pilot_mode is PilotMode.PWM
        offered = offered_a(seen.pilot_mode, seen.duty_percent) if pwm else 0.0
        return BoardStatus(seen.pilot, pwm, offered, seen.proximity_a, seen.faults & _SENSED), seen

    def _show(self) -> Image:
        image = self._registers()
        if self.trouble is Trouble.OVERFLOW:
            return tuple((first, (LARGE,) * len(words)) for first, words in image)
        if self.trouble is Trouble.WRONG_ORDER:
            return tuple((first, tuple(map(bytes_swapped, words))) for first, words in image)
        return image

    def _plate(self) -> Image:
        """Its input registers."""
        return ()

    def _switch(self, coil: int, on: bool) -> None:
        raise RegisterRefused(_ADDRESS)

    @abstractmethod
    def _registers(self) -> Image:
        """Its holding registers now."""

    @abstractmethod
    def _write(self, register: int, words: tuple[int, ...]) -> None:
        """Obey a write. Raises RegisterRefused."""

    @abstractmethod
    def _forget(self) -> None:
        """Everything volatile is as after a start."""


class PhoenixDevice(PlainBoardDevice):
    """Phoenix Contact EV Charge Control Basic, enabled by its coil."""

    def __init__(self, spec: BoardSpec, now: Now) -> None:
        """As every plain board."""
        super().__init__(spec, now)
        self._preset_a = int(min(self._charger.rated_current_a, phoenix.HIGHEST_A))
        self._forget()

    def _forget(self) -> None:
        self._current_a, self._enabled = self._preset_a, False

    def _plate(self) -> Image:
        plate = phoenix.Plate(f"{phoenix.FAMILY}-CBC-SER-PCB", f"SIM{self.unit:04d}", "C1.2.3")
        return ((phoenix.PLATE.start, phoenix.encode_plate(plate)),)

    def _registers(self) -> Image:
        status, seen = self._status()
        words, errors = phoenix.encode_status(status, seen.duty_percent)
        tethered = int(self._charger.cable_rating_a is None)
        return (
            (phoenix.ENABLED_BY.start, (phoenix.ENABLED_BY_COIL,)),
            (phoenix.CASE.start, (tethered,)),
            (phoenix.CURRENT_REGISTER, (self._current_a,)),
            (phoenix.STATUS.start, words),
            (phoenix.ERRORS.start, (errors,)),
            (phoenix.PRESET.start, (self._preset_a,)),
        )

    def _write(self, register: int, words: tuple[int, ...]) -> None:
        if register != phoenix.CURRENT_REGISTER or len(words) != 1:
            raise RegisterRefused(_ADDRESS)
        if not LOWEST_A <= words[0] <= phoenix.HIGHEST_A:
            raise RegisterRefused(_VALUE)
        self._board()
        self._current_a = words[0]
        self._act()

    def _switch(self, coil: int, on: bool) -> None:
        if coil != phoenix.ENABLE_COIL:
            raise RegisterRefused(_ADDRESS)
        self._board()
        self._enabled = on
        self._act()

    def _act(self) -> None:
        """Without the coil there is no offer, and the contactor opens when the vehicle has dropped its load."""
        most_a = min(self._current_a, self._preset_a, self._charger.cable_rating_a or phoenix.HIGHEST_A)
        self._obey(told(most_a if self._enabled else 0.0, permitted=True))


class EvseDinDevice(PlainBoardDevice):
    """EVSE-WB/DIN of ev-power.eu. After a start it offers ``BOOT_A`` by itself."""

    BOOT_A = 10.0
    boots_with = told(BOOT_A, permitted=True)

    def __init__(self, spec: BoardSpec, now: Now) -> None:
        """As every plain board."""
        super().__init__(spec, now)
        reads_cable = self._charger.cable_rating_a is not None
        self._setup = evse_din.Setup(firmware=18, fine=True, reads_cable=reads_cable, boot_a=self.BOOT_A)
        self._forget()

    def _forget(self) -> None:
        self._current, self._stop = round(self.BOOT_A * self._setup.counts_per_a), 0

    def _registers(self) -> Image:
        status, seen = self._status()
        words, setup = evse_din.encode_status(status, (self._current, self._stop), self._setup, seen.contactor_closed)
        return ((evse_din.STATUS.start, words), (evse_din.SETUP.start, setup))

    def _write(self, register: int, words: tuple[int, ...]) -> None:
        if register not in (evse_din.CURRENT_REGISTER, evse_din.STOP_REGISTER) or len(words) != 1:
            raise RegisterRefused(_ADDRESS)
        self._board()
        if register == evse_din.STOP_REGISTER:
            self._stop = words[0] & evse_din.STOP
        elif words[0] > evse_din.HIGHEST_A * self._setup.counts_per_a:
            raise RegisterRefused(_VALUE)
        else:
            self._current = words[0]
        current_a = self._current / self._setup.counts_per_a
        self._obey(told(0.0 if self._stop else current_a, permitted=not self._stop))


PLAIN_BOARDS: Mapping[str, type[PlainBoardDevice]] = {"phoenix-ev-cc": PhoenixDevice, "evse-din": EvseDinDevice}
"""By the driver that speaks to them."""


def with_plain_boards(settings: BuildingSettings) -> WorldSettings:
    """The world of ``settings``, whose boards without a lease do by themselves what such boards do."""
    kinds = {spec.charger: PLAIN_BOARDS[spec.driver] for spec in settings.boards if spec.driver in PLAIN_BOARDS}
    chargers = tuple(
        replace(one, lease_s=inf, boots_with=kinds[one.name].boots_with) if one.name in kinds else one
        for one in settings.world.chargers
    )
    return replace(settings.world, chargers=chargers)
