"""What people and programs ask of a charger, carried out: the options change, its board is told, its manager let go."""

from collections.abc import Mapping

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.errors import CommandRefused, DeviceError
from ohmstead.core.model.events import Action, Command, Event
from ohmstead.core.model.managers import ManagerWrite
from ohmstead.core.model.reasons import Reason
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import RadioMeter
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.charger_setup import unnamed
from ohmstead.site.commands import TOLD_BY_CHARGER, decided, remote_of
from ohmstead.site.managing import Managing
from ohmstead.site.sense import Sense
from ohmstead.site.setting_up import SettingUp
from ohmstead.site.tick import Memory

_ASKED_OF_CHARGER = frozenset({Action.RECOVER, Action.RESTART, Action.AUTHORIZE, Action.REJECT})


class Orders:
    """Commands for chargers; what they change is recorded with the next tick."""

    def __init__(
        self,
        setup: SettingUp,
        memory: Memory,
        pilots: Mapping[str, ChargerPort],
        sense: Sense,
        managing: Managing,
        clock: Clock,
    ) -> None:
        """``memory`` is the control loop's."""
        self._setup, self._memory, self._pilots, self._sense = setup, memory, pilots, sense
        self._managing, self._clock = managing, clock

    async def carry_out(self, command: Command) -> None:
        """Let ``command`` hold. Raises CommandRefused; then nothing is changed."""
        if command.action is Action.PAIR_CT:
            self.check(command)
            await self._pair(command.target)
        self.apply(command)

    def check(self, command: Command) -> tuple[ChargerOptions, Event]:
        """The options and the event of ``command``. Raises CommandRefused; nothing is changed here."""
        now = self._clock.now()
        chargers = {name: pilot.reading(now) for name, pilot in self._pilots.items()}
        found = decided(command, self._setup.settings, self._memory.options, chargers, now)
        if command.action in _ASKED_OF_CHARGER:
            self._pilots[command.target].check(command.action, command.author)
        if command.action is Action.FACTORY_RESET:
            self._pilots[command.target].check(Action.RESTART, command.author)
        return found

    def apply(self, command: Command) -> None:
        """Let ``command`` hold as far as no wire is needed. Raises CommandRefused."""
        options, event = self.check(command)
        charger = command.target
        match command.action:
            case Action.RELEASE_MANAGER:
                self._managing.write(charger, ManagerWrite(withdraw=True), command.author, self._clock.now())
            case Action.PAIR_CT:
                pass
            case action if action in _ASKED_OF_CHARGER:
                self._pilots[charger].ask(action, command.author)
            case _:
                self._memory.options[charger] = options
                self._memory.unsaved[charger] = command.author
                if options.enabled:
                    self._memory.lasting.pop(charger, None)
        if command.action is Action.FACTORY_RESET:
            self._deliver(command)
        if command.action not in TOLD_BY_CHARGER:
            self._memory.events.append(event)

    def unplugged(self, charger: str) -> None:
        """Raises CommandRefused while a car is at ``charger``, whose session is counted by the meter of its begin."""
        pilot = self._pilots.get(charger)
        if pilot is not None and pilot.reading(self._clock.now()).connected is not False:
            raise CommandRefused(Reason("setting.unplug_first", {"charger": charger}))

    def _deliver(self, command: Command) -> None:
        """What besides options is as it was delivered; what the building's wiring needs stays (G-050)."""
        self._managing.write(command.target, ManagerWrite(withdraw=True), command.author, self._clock.now())
        self._setup.hold(unnamed(command.target, self._setup.settings), command.author)
        self._pilots[command.target].ask(Action.RESTART, command.author)

    async def _pair(self, charger: str) -> None:
        device = self._sense.devices[remote_of(self._setup.settings, charger) or ""]
        if not isinstance(device.meter, RadioMeter):
            raise CommandRefused(Reason("command.no_remote", {"charger": charger}))
        try:
            await device.meter.pair()
        except DeviceError as error:
            raise CommandRefused(error.reason) from error
