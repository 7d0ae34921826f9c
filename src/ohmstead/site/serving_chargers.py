"""A charger of the site for other energy managers: its registers, and who may write them (G-067, G-128).

What is written becomes a limit (``site.managing``) or a command through the one door; a request is checked whole before
anything of it is done. As everywhere nothing old is shown: when no tick has come for a while, each request is answered
with exception 4.
"""

from collections.abc import Callable

from ohmstead import __version__
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.serving import LINE, ServeSettings
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.drivers.clock import Clock
from ohmstead.protocols import charger_keba, charger_map, cluster_map
from ohmstead.protocols.charger_map import ChargerPicture, ChargerWrite, WriteRefused
from ohmstead.protocols.registers import Image
from ohmstead.site.cluster.following import Following
from ohmstead.site.managing import Managing
from ohmstead.site.options import first_options
from ohmstead.site.orders import Orders
from ohmstead.transport.modbus_server import RegisterRefused, ServedUnit, Write

LIVE_S = 3.0
"""A snapshot older than three ticks is no news."""
BUSY, NOT_YOU = 3, 1
"""Modbus exceptions for what is refused now, and for who may not write there."""


class Steering:
    """What a served charger may do in the house."""

    def __init__(
        self,
        managing: Managing,
        orders: Orders,
        act: Callable[[], None],
        settings: Callable[[], Settings],
        following: Following | None = None,
        check: Callable[[Command], None] = lambda command: None,
    ) -> None:
        """``orders`` carries commands out, ``act`` decides at once, ``settings`` gives those that hold.

        ``following`` is there where a charger is a slave of a cluster, whose master alone takes what ``check`` refuses.
        """
        self.check = check
        self.managing, self.orders, self.act, self.settings = managing, orders, act, settings
        self.following = following


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
        led = steering.following
        self._following = led if led is not None and led.charger == self._charger else None

    def unit(self) -> ServedUnit:
        """As the servers want it."""
        if self._serve.looks_like == "keba":
            return ServedUnit(self._serve.unit, holdings=self._keba, writer=self._writer, fails=self._old)
        inputs, holdings = self._rows(charger_map.INPUTS), self._rows(charger_map.HOLDINGS)
        if self._following is not None:
            inputs = self._rows((*charger_map.INPUTS, *cluster_map.INPUTS))
            holdings = self._rows((*charger_map.HOLDINGS, *cluster_map.HOLDINGS))
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
            slave=self._slave(reading, options or first_options(charger)),
        )

    def _slave(self, reading: ChargerReading | None, options: ChargerOptions) -> charger_map.SlavePicture | None:
        if self._following is None:
            return None
        charger = self._steering.settings().chargers[self._charger]
        bounds = [charger.max_current_a, options.user_limit_a, options.session_limit_a]
        bounds += [] if reading is None else [reading.cable_max_a, reading.hardware_max_a]
        may = options.enabled and not options.paused
        return self._following.picture(reading, min(one for one in bounds if one is not None) if may else 0.0)

    def _writer(self, client: str | None) -> Write | None:
        who = LINE if client is None else client
        managed, following = who in self._serve.writers, self._following
        led = following is not None and self._serve.looks_like == "charger" and following.allows(who)
        if not managed and not led:
            return None

        def write(register: int, words: tuple[int, ...]) -> None:
            if following is not None and register >= cluster_map.POLL_START:
                self._follow(following, register, words, who, led)
            elif managed:
                self._write(register, words, self._serve.listen if client is None else who)
            else:
                raise RegisterRefused(NOT_YOU)

        return write

    def _follow(self, following: Following, register: int, words: tuple[int, ...], who: str, led: bool) -> None:
        """A poll of a master, or of whoever takes itself for one."""
        if not led:
            raise RegisterRefused(NOT_YOU)
        try:
            accepted = following.write(register, words, who)
        except WriteRefused as error:
            raise RegisterRefused(error.code) from error
        if not accepted:
            raise RegisterRefused(BUSY)
        self._steering.act()

    def _write(self, register: int, words: tuple[int, ...], who: str) -> None:
        decode = charger_keba.decode if self._serve.looks_like == "keba" else charger_map.decode
        try:
            write = decode(register, words)
            commands = self._commands(write, f"modbus {who}")
            for command in commands:
                self._steering.check(command)
                self._steering.orders.check(command)
        except WriteRefused as error:
            raise RegisterRefused(error.code) from error
        except CommandRefused as error:
            raise RegisterRefused(BUSY) from error
        for command in commands:
            self._steering.orders.apply(command)
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
