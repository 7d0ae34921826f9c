"""Other devices on a running site: those that changed are read as their new settings say, the others go on.

What can be wrong with the settings is found before (``unusable``), so that nothing is half done here.
"""

from collections.abc import Callable
from functools import partial

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.settings import DeviceSettings, Settings
from ohmstead.drivers.ports import Meter
from ohmstead.site.cluster.membership import Membership
from ohmstead.site.counting import Counting
from ohmstead.site.sense import Sense
from ohmstead.site.supervision import LONG_PAUSE_S, PAUSE_S, Supervisor

_TOLD_ONLY = {"name", "part_of"}
"""What of a device changes nothing of how it is read."""

Opener = Callable[[str, DeviceSettings], Meter]


class Rewiring:
    """The hand that changes devices. Each loop is that of ``sense`` for its device, under ``supervisor``."""

    def __init__(self, sense: Sense, supervisor: Supervisor, counting: Counting, opener: Opener | None) -> None:
        """Nothing is changed yet. Without ``opener`` nothing can be opened anew."""
        self._sense, self._supervisor, self._counting = sense, supervisor, counting
        self._opener = opener or _no_opener
        self.members: Membership | None = None
        """The hand that changes members of a cluster, where the site has one."""

    def begin(self, name: str) -> None:
        """Let the loop of the device ``name`` run."""
        device = self._sense.devices[name]
        pause_s = PAUSE_S if device.settings.role is Role.GRID else LONG_PAUSE_S
        self._supervisor.start(f"sense {name}", partial(self._sense.run, device), longest_pause_s=pause_s)

    async def change(self, before: Settings, after: Settings) -> None:
        """From ``before`` to ``after``. Raises ConfigurationError; then nothing is changed."""
        opened: dict[str, Meter] = {}
        try:
            for name, device in after.devices.items():
                if name not in before.devices or _read_otherwise(before.devices[name], device):
                    opened[name] = self._opener(name, device)
        except ConfigurationError:
            for meter in opened.values():
                await meter.close()
            raise
        if self.members is not None:
            await self.members.change(before, after)
        for name in before.devices.keys() - after.devices.keys():
            await self._end(name)
        for name, device in after.devices.items():
            if name in opened and name in before.devices and device.role is before.devices[name].role:
                self._count_anew(name, before.devices[name], device)
                await self._sense.swap(name, device, opened[name]).close()
            elif name in opened:
                if name in before.devices:
                    self._count_anew(name, before.devices[name], device)
                    await self._end(name)
                self._sense.add(name, device, opened[name])
                self.begin(name)
            else:
                self._sense.devices[name].settings = device

    def _count_anew(self, name: str, before: DeviceSettings, after: DeviceSettings) -> None:
        """Other slots of a Power Box have other counters; the site's own go on from where they are."""
        if before.slots is not None and before.parts != after.parts:
            self._counting.follow_anew(name)

    async def _end(self, name: str) -> None:
        await self._supervisor.end(f"sense {name}")
        await self._sense.remove(name).close()


def _no_opener(name: str, device: DeviceSettings) -> Meter:
    raise ConfigurationError((Mistake(f"devices.{name}", device.connect, "no change: this site has no lines"),))


def _read_otherwise(before: DeviceSettings, after: DeviceSettings) -> bool:
    return before.model_dump(exclude=_TOLD_ONLY) != after.model_dump(exclude=_TOLD_ONLY)
