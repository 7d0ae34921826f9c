"""What is changed on a running site: grid limit, grid meter's model (EV-178), surplus (EV-107), sharing, curtailment.

In comes a Command for the site; out go settings that hold at once, the document that keeps them with their author, and
an event. Another model is read at the meter's own address first: unless it answers twice with what a grid meter can
show, nothing changes. The meter in use goes on being read meanwhile.
"""

import asyncio
import math
from collections.abc import Callable
from typing import get_args

from ohmstead.core.commissioning.meter_trial import doubt
from ohmstead.core.model.circuits import TurnMinutes
from ohmstead.core.model.errors import CommandRefused, ConfigurationError, DeviceError
from ohmstead.core.model.events import Action, Command, Event
from ohmstead.core.model.modes import SurplusSettings
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import GRID_LIMIT_W, DeviceSettings, Settings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.ports import Meter
from ohmstead.site.charger_setup import OF_A_CHARGER, set_up
from ohmstead.site.commands import permitted, recorded, shown
from ohmstead.site.curtailing import Curtailing
from ohmstead.site.sense import Sense
from ohmstead.store.values import Document

SETTINGS = "site.settings"
"""Kind of the one document that holds what the installer wrote."""
READS = 2
PAUSE_S = 0.3
OF_THE_SITE = frozenset(
    {
        Action.SET_GRID_LIMIT,
        Action.SET_GRID_METER,
        Action.SET_POWER_SHARING,
        Action.SET_TURN,
        Action.CURTAIL,
        Action.SET_SURPLUS,
        Action.SET_LOAD_MANAGEMENT,
        *OF_A_CHARGER,
    }
)

Opener = Callable[[str, DeviceSettings], Meter]
"""Opens a device on the lines in use. Raises ConfigurationError."""


class SettingUp:
    """Owner of the settings while the site runs."""

    def __init__(self, settings: Settings, sense: Sense, opener: Opener | None) -> None:
        """Without ``opener`` no device can be changed."""
        self.settings = settings
        self.curtailing = Curtailing()
        self._sense = sense
        self._opener = opener
        self._trying = False
        self._unsaved: list[Document] = []

    async def change(self, command: Command, now: Instant) -> Event:
        """Carry out ``command``; ``settings`` are new when this returns. Raises CommandRefused; then they are not."""
        if command.action is Action.CURTAIL:
            return self.curtailing.change(command, now)
        permitted(command, now)
        if command.action in OF_A_CHARGER:
            return self._of_charger(command, now)
        if command.target != "site":
            raise CommandRefused(Reason("command.target_site", {"came": command.target}))
        if command.action in (Action.SET_POWER_SHARING, Action.SET_TURN):
            return self._share(command, now)
        grid = next((name for name, one in self.settings.devices.items() if one.role is Role.GRID), None)
        if grid is None:
            raise CommandRefused(Reason("verification.no_grid_meter"))
        before: Meter | None = None
        if command.action is Action.SET_GRID_LIMIT:
            limit_w = _watts(command.value)
            site = self.settings.site.model_copy(update={"contract_power_w": limit_w})
            self.settings = self.settings.model_copy(update={"site": site})
            reason = Reason("event.set_grid_limit", {"limit_w": limit_w})
        elif command.action is Action.SET_LOAD_MANAGEMENT:
            on = _switch(command.value)
            site = self.settings.site.model_copy(update={"load_management": on})
            self.settings = self.settings.model_copy(update={"site": site})
            reason = Reason(f"event.set_load_management.{'on' if on else 'off'}")
        elif command.action is Action.SET_SURPLUS:
            surplus = _surplus(command.value)
            site = self.settings.site.model_copy(update={"surplus": surplus})
            self.settings = self.settings.model_copy(update={"site": site})
            reason = Reason(f"event.set_surplus.{surplus.order}", {"export_w": surplus.minimum_export_w})
        else:
            device, meter = await self._other_model(grid, command.value)
            before = self._sense.swap(grid, device, meter)
            self.settings = self.settings.model_copy(update={"devices": {**self.settings.devices, grid: device}})
            reason = Reason("event.set_grid_meter", {"device": device.name or grid, "model": device.meter or ""})
        self._unsaved.append(document(self.settings, command.author))
        if before is not None:
            await before.close()
        data = {"action": command.action.value, **recorded(command.value)}
        return Event(now.utc, "site.settings", command.author, "site", "info", reason, data)

    def _share(self, command: Command, now: Instant) -> Event:
        """How the chargers share (EV-145)."""
        key, change = f"event.{command.action.value}", dict[str, object]()
        if command.action is Action.SET_POWER_SHARING:
            change["power_sharing"] = on = _switch(command.value)
            reason = Reason(f"{key}.{'on' if on else 'off'}")
        else:
            allowed: tuple[int, ...] = get_args(TurnMinutes)
            minutes = next((one for one in allowed if one == command.value), None)
            if minutes is None:
                params = {"came": shown(command.value), "allowed": ", ".join(map(str, allowed))}
                raise CommandRefused(Reason("command.turn", params))
            change["slot_min"] = minutes
            reason = Reason(key, {"minutes": minutes})
        site = self.settings.site
        site = site.model_copy(update={"sharing": site.sharing.model_copy(update=change)})
        self.settings = self.settings.model_copy(update={"site": site})
        self._unsaved.append(document(self.settings, command.author))
        data = {"action": command.action.value, **recorded(command.value)}
        return Event(now.utc, "site.settings", command.author, "site", "info", reason, data)

    def _of_charger(self, command: Command, now: Instant) -> Event:
        """Its name or installation; another vehicle meter is for the caller to open, by :meth:`planned`."""
        self.settings, reason = set_up(command, self.settings)
        self._unsaved.append(document(self.settings, command.author))
        data = {"action": command.action.value, **recorded(command.value)}
        return Event(now.utc, "charger.settings", command.author, command.target, "info", reason, data)

    async def planned(self, command: Command, now: Instant) -> Settings:
        """The settings with another vehicle meter, which was read. Raises CommandRefused; nothing is changed here."""
        permitted(command, now)
        after, _ = set_up(command, self.settings)
        name = after.chargers[command.target].vehicle_meter
        if name is not None and after.devices[name] != self.settings.devices.get(name):
            meter = await self._opened(name, after.devices[name], _answers)
            await meter.close()
        return after

    def hold(self, settings: Settings, author: str) -> None:
        """Let ``settings`` hold, which the devices follow already."""
        self.settings = settings
        self._unsaved.append(document(settings, author))

    def take(self) -> list[Document]:
        """What is not handed to the store yet, settings and curtailment; it is the caller's now."""
        taken, self._unsaved = [*self._unsaved, *self.curtailing.take()], []
        return taken

    async def _other_model(self, grid: str, model: object) -> tuple[DeviceSettings, Meter]:
        """The grid meter as ``model``, which was read so and is plausible."""
        before = self.settings.devices[grid]
        if self._opener is None or before.driver != "modbus":
            raise CommandRefused(Reason("command.no_other_model", {"device": before.name or grid}))
        if not isinstance(model, str):
            raise CommandRefused(Reason("command.meter_model", {"came": shown(model)}))
        device = before.model_copy(update={"meter": model})
        return device, await self._opened(grid, device, lambda reading: doubt(reading, model, self.settings))

    async def _opened(self, name: str, device: DeviceSettings, doubted: Callable[[Reading], Reason | None]) -> Meter:
        """The meter of ``device``, which was read and shows what it can. Raises CommandRefused."""
        if self._opener is None:
            raise CommandRefused(Reason("command.no_other_model", {"device": device.name or name}))
        if self._trying:
            raise CommandRefused(Reason("command.trying"))
        try:
            meter = self._opener(name, device)
        except ConfigurationError as error:
            mistake = error.mistakes[0]
            raise CommandRefused(Reason("command.meter_model", {"came": mistake.came})) from error
        self._trying = True
        try:
            await _tried(meter, doubted)
        except BaseException:
            await meter.close()
            raise
        finally:
            self._trying = False
        return meter


async def _tried(meter: Meter, doubted: Callable[[Reading], Reason | None]) -> None:
    for turn in range(READS):
        await asyncio.sleep(PAUSE_S * turn)
        try:
            found = doubted(await meter.read())
        except DeviceError as error:
            raise CommandRefused(error.reason) from error
        if found is not None:
            raise CommandRefused(found)


def _answers(reading: Reading) -> Reason | None:
    """Why ``reading`` is none of a meter that accounts energy, if it is not."""
    return Reason("setting.no_energy") if reading.energy_import_j is None else None


def document(settings: Settings, author: str) -> Document:
    """``settings`` as they are kept."""
    return Document(SETTINGS, "site", settings.model_dump(mode="json", exclude_none=True), author)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise CommandRefused(Reason("command.switch", {"came": shown(value)}))
    return value


def _surplus(value: object) -> SurplusSettings:
    if not isinstance(value, SurplusSettings):
        raise CommandRefused(Reason("command.watts", {"came": shown(value)}))
    return value


def _watts(value: object) -> float:
    least_w, most_w = GRID_LIMIT_W
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CommandRefused(Reason("command.watts", {"came": shown(value)}))
    if not least_w <= value <= most_w:
        params = {"came_w": float(value), "least_w": least_w, "most_w": most_w}
        raise CommandRefused(Reason("command.grid_limit_range", params))
    return float(value)
