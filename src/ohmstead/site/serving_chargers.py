"""A charger of the site for other energy managers: its registers, and who may write them (G-067, G-128).

What is written becomes a limit (``site.managing``) or a command through the one door; a request is checked whole before
anything of it is done. As everywhere nothing old is shown: when no tick has come for a while, each request is answered
with exception 4.
"""

from collections.abc import Callable

from ohmstead import __version__
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.serving import LINE, ServeSettings
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.drivers.clock import Clock
from ohmstead.protocols import charger_keba, charger_map
from ohmstead.protocols.charger_map import ChargerPicture, ChargerWrite, WriteRefused
from ohmstead.protocols.registers import Image
from ohmstead.site.managing import Managing
from ohmstead.site.options import first_options
from ohmstead.transport.modbus_server import RegisterRefused, ServedUnit, Write

LIVE_S = 3.0
"""A snapshot older than three ticks is no news."""
BUSY = 3
"""Modbus exception for a command that is refused now."""


class Steering:
    """What a served charger may do in the house."""

    def __init__(
        self,
        managing: Managing,
        check: Callable[[Command], object],
        apply: Callable[[Command], None],
        act: Callable[[], None],
        settings: Callable[[], Settings],
    ) -> None:
        """``check`` and ``apply`` raise CommandRefused, ``apply`` carries a command out, ``act`` decides at once.

        ``settings`` gives those that hold.
        """
        self.managing, self.check, self.apply, self.act, self.settings = managing, check, apply, act, settings


class ServedCharger:
    """One charger in the registers of one map."""

    def __init__(
        self,
        serve: ServeSettings,
        latest: Callable[[], SiteState | None],
        clock: Clock,
        steering: Steering,
    ) -> None:
        """The charger of ``serve`` exists."""
        self._serve, self._latest, self._clock = serve, latest, clock
        self._charger = serve.charger or ""
        self._steering = steering

    def unit(self) -> ServedUnit:
        """As the servers want it."""
        if self._serve.looks_like == "keba":
            return ServedUnit(self._serve.unit, holdings=self._keba, writer=self._writer, fails=self._old)
        inputs, holdings = self._rows(charger_map.INPUTS), self._rows(charger_map.HOLDINGS)
        return ServedUnit(self._serve.unit, inputs, holdings, writer=self._writer, fails=self._old)

    def _old(self) -> bool:
        state = self._latest()
        return state is None or self._clock.now().since(state.snapshot.at) > LIVE_S

    def _rows(self, rows: tuple[charger_map.Row, ...]) -> Callable[[], Image]:
        return lambda: charger_map.encode(rows, self._picture())

    def _keba(self) -> Image:
        return charger_keba.encode(self._picture())

    def _picture(self) -> ChargerPicture:
        now, name, state = self._clock.now(), self._charger, self._latest()
        settings = self._steering.settings()
        charger = settings.chargers[name]
        reading = None if state is None else state.snapshot.chargers.get(name)
        plugged = None if reading is None or reading.session is None else reading.session.connected_at
        options = None if state is None else state.options.get(name)
        return ChargerPicture(
            site=settings.site.id,
            charger=name,
            software=__version__,
            phases=charger.phases,
            installation_a=charger.max_current_a,
            options=options or first_options(charger),
            manager=self._steering.managing.state(name, now),
            reading=reading,
            grant=None if state is None else state.grants.get(name),
            plugged_s=None if plugged is None else now.since(plugged),
        )

    def _writer(self, client: str | None) -> Write | None:
        who = LINE if client is None else client
        if who not in self._serve.writers:
            return None
        return lambda register, words: self._write(register, words, self._serve.listen if client is None else who)

    def _write(self, register: int, words: tuple[int, ...], who: str) -> None:
        decode = charger_keba.decode if self._serve.looks_like == "keba" else charger_map.decode
        try:
            write = decode(register, words)
            commands = self._commands(write, f"modbus {who}")
            for command in commands:
                self._steering.check(command)
        except WriteRefused as error:
            raise RegisterRefused(error.code) from error
        except CommandRefused as error:
            raise RegisterRefused(BUSY) from error
        for command in commands:
            self._steering.apply(command)
        self._steering.managing.write(self._charger, write.manager, f"modbus {who}", self._clock.now())
        self._steering.act()

    def _commands(self, write: ChargerWrite, author: str) -> list[Command]:
        rows: tuple[tuple[Action, bool | str | None, bool], ...] = (
            (Action.ENABLE, write.enabled, write.enabled is not None),
            (Action.SET_MODE, write.mode, write.mode is not None),
            (Action.PAUSE, write.paused, write.paused is not None),
            (Action.RECOVER, None, write.recover),
        )
        asked = [(action, value) for action, value, wanted in rows if wanted]
        return [Command(author, "user", self._charger, action, value) for action, value in asked]
