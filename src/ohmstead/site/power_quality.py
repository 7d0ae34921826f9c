"""Power quality of the devices that know their waveforms, and what the data propose about their wiring."""

from ohmstead.core.model.errors import CommandRefused, DeviceError
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import PowerQuality, ProposedWiring
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import SampledMeter
from ohmstead.site.sense import Sense
from ohmstead.site.setting_up import SettingUp


class PowerQualities:
    """Asks the meters of a running site. All calls raise CommandRefused with a reason a person can use."""

    def __init__(self, sense: Sense, setup: SettingUp, clock: Clock) -> None:
        """Nothing is asked yet."""
        self._sense, self._setup, self._clock = sense, setup, clock

    async def of(self, device: str) -> PowerQuality:
        """Of ``device``, which exists."""
        meter = self._meter(device)
        try:
            return await meter.quality(self._clock.now().utc, self._setup.settings.site.grid_type)
        except DeviceError as error:
            raise CommandRefused(error.reason) from error

    async def proposal(self, device: str, mains_known: bool) -> ProposedWiring:
        """For all circuits that share the front end of ``device``, which exists."""
        try:
            return await self._meter(device).proposal(mains_known)
        except DeviceError as error:
            raise CommandRefused(error.reason) from error

    def _meter(self, device: str) -> SampledMeter:
        meter = self._sense.devices[device].meter
        if not isinstance(meter, SampledMeter):
            raise CommandRefused(Reason("samples.not_sampled", {"device": device}))
        return meter
