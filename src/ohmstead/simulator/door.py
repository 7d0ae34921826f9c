"""The hand in the building: what a person, a test or a show can do to it. Everything acts at once."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from ohmstead.core.model.quantities import Phase
from ohmstead.core.plant.flaws import Flaw
from ohmstead.core.plant.settings import CarSettings
from ohmstead.core.plant.world import World
from ohmstead.simulator.card_reader import CardReaderDevice
from ohmstead.simulator.devices import MeterDevice, Simulated
from ohmstead.simulator.settings import Clamp, Trouble
from ohmstead.simulator.wiring import BoxWiring


class House(Protocol):
    """What the Door needs of a building."""

    @property
    def devices(self) -> Mapping[str, Simulated]:
        """The devices by key."""
        ...

    @property
    def readers(self) -> Mapping[str, CardReaderDevice]:
        """The card readers by charger."""
        ...

    def sync(self) -> World:
        """The world at this moment."""
        ...

    async def set_trouble(self, key: str, trouble: Trouble | None) -> None:
        """Give a device a trouble, or take it away."""
        ...

    def swap_units(self, one: str, other: str) -> None:
        """Exchange the units of two devices on one wire."""
        ...

    def disturb(self, voltage: Mapping[Phase, float], seconds: float) -> None:
        """The supply dips or swells."""
        ...


@runtime_checkable
class Rewirable(Protocol):
    """What has terminals and clamps."""

    def rewire(self, wiring: BoxWiring) -> None:
        """Let it hang there like that."""
        ...


@runtime_checkable
class Forgetful(Protocol):
    """What keeps settings of its own."""

    def forget(self) -> None:
        """Lose them."""
        ...


class Door:
    """Every call raises KeyError for a name that the building does not have."""

    def __init__(self, house: House) -> None:
        """Open on ``house``."""
        self._house = house

    def plug(self, charger: str) -> None:
        """Plug the car in."""
        self._house.sync().plug(charger)

    def unplug(self, charger: str) -> None:
        """Pull the plug."""
        self._house.sync().unplug(charger)

    def bring(self, charger: str, car: CarSettings) -> None:
        """Let another car come to a charger and plug it in. Raises ValueError while one is plugged in there."""
        self._house.sync().charger(charger).bring(car)
        self.plug(charger)

    def switch(self, load: str, on: bool | None) -> None:
        """Switch a load on or off; ``None`` gives it back to its own pattern."""
        self._house.sync().switch(load, on)

    def set_watts(self, load: str, watts: Mapping[Phase, float], vars_: Mapping[Phase, float] | None = None) -> None:
        """Let a load draw these watts, and var, per phase."""
        self._house.sync().set_watts(load, watts, vars_)

    def cut_mains(self) -> None:
        """The street goes dark."""
        self._house.sync().cut_mains()

    def restore_mains(self) -> None:
        """The street is lit, the supply meter and the main breaker are closed."""
        self._house.sync().restore_mains()

    def disturb(self, voltage: Mapping[Phase, float], seconds: float) -> None:
        """For so long the voltages of these phases stand at that part of what they are; front ends see it."""
        self._house.disturb(voltage, seconds)

    def tap(self, charger: str, number: str) -> None:
        """Hold a card with this number, in hexadecimal digits, to the reader of a charger for a moment."""
        self._house.readers[charger].tap(bytes.fromhex(number))

    async def break_device(self, device: str, trouble: Trouble) -> None:
        """Give a device a trouble until it is mended; a new trouble replaces the old one.

        Raises ConfigurationError for one that the device, or its wire, has no way to show; ValueError for one that a
        source of JSON cannot have.
        """
        self._house.sync()
        await self._house.set_trouble(device, trouble)

    async def mend_device(self, device: str) -> None:
        """Take a device's trouble away."""
        await self._house.set_trouble(device, None)

    def swap_units(self, one: str, other: str) -> None:
        """Exchange two devices on one wire, as when a meter was wired into the other's place; again undoes it.

        Raises ValueError for two that share no wire.
        """
        self._house.sync()
        self._house.swap_units(one, other)

    def reset_counter(self, device: str) -> None:
        """The device's energy counters start again at zero."""
        self._house.devices[device].reset_counter()

    def connect_meter(self, device: str, clamps: Sequence[Clamp]) -> None:
        """Connect each terminal of a meter anew. Raises ValueError unless ``device`` is a meter with as many."""
        meter = self._house.devices[device]
        if not isinstance(meter, MeterDevice) or len(clamps) != len(meter.clamps):
            raise ValueError(f"{device}: a meter with {len(clamps)} terminals is needed")
        meter.clamps = tuple(clamps)

    def rewire(self, device: str, wiring: BoxWiring) -> None:
        """Wire the box or front end that measures ``device`` otherwise, all of it.

        Raises ValueError for a device that hangs on none, or that cannot be wired like that.
        """
        self._house.sync()
        box = self._house.devices[device]
        if not isinstance(box, Rewirable):
            raise ValueError(f"{device} hangs on no box that could be wired otherwise")
        box.rewire(wiring)

    def forget(self, device: str) -> None:
        """Let the Power Box that measures ``device`` lose what was set up in it. Raises ValueError for another one."""
        box = self._house.devices[device]
        if not isinstance(box, Forgetful):
            raise ValueError(f"{device} hangs on no box that keeps settings")
        box.forget()

    def set_radio(self, charger: str, every_s: float | None) -> None:
        """A board hears its remote transformers every so many whole seconds, 1 is usual; ``None``: never."""
        self._house.sync().radio(charger).set_rhythm(every_s)

    def replace_remote(self, charger: str) -> None:
        """Hang another remote in the place of the one that is paired."""
        self._house.sync().radio(charger).replace()

    def press_remote(self, charger: str) -> None:
        """Press the button of the remote that hangs there: it asks to be paired."""
        self._house.sync().radio(charger).press()

    def hurt(self, charger: str, flaw: Flaw) -> None:
        """Give a charger, its wiring, its cable or the car at it a flaw, beside those they have."""
        self._house.sync().charger(charger).hurt(flaw)

    def heal(self, charger: str) -> None:
        """Take all flaws off; what the board latched stays until the host clears it."""
        self._house.sync().charger(charger).heal()

    def restart_board(self, charger: str) -> None:
        """Switch a board off and on."""
        self._house.sync().board(charger).restart()

    def set_voltage(self, share: float) -> None:
        """Let the street deliver this share of the nominal voltage."""
        self._house.sync().set_voltage(share)
