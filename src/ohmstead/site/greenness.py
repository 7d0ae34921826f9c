"""The green energy of each running session, and the grid meter that shows nothing (G-017, EV-257)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ohmstead.core.accounting.green import ZERO_S, GreenEnergy, at_zero_since, counted, follow
from ohmstead.core.model.changing import changed, names
from ohmstead.core.model.chargers import ChargerReading
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel
from ohmstead.core.model.time import Instant


class Greenness:
    """Owner of what is remembered of each session's green energy."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.notices: tuple[Notice, ...] = ()
        self._sessions: dict[str, GreenEnergy] = {}
        self._at: Instant | None = None
        self._zero_since_s: float | None = None

    def look(
        self,
        settings: Settings,
        channels: Mapping[str, Channel],
        chargers: Mapping[str, ChargerReading],
        now: Instant,
    ) -> dict[str, ChargerReading]:
        """``chargers`` with the green energy of their sessions up to ``now``."""
        grid = next((name for name, one in settings.devices.items() if one.role is Role.GRID), None)
        channel = _good(channels.get(grid or "")) if settings.green_possible else None
        passed_s = 0.0 if self._at is None else now.since(self._at)
        self._at = now
        self._sessions = follow(self._sessions, chargers.values(), channel, passed_s)
        self._notice(settings, grid, channel, channels, chargers.values(), now)
        return {name: self._shown(reading) for name, reading in chargers.items()}

    def told(self, event: Event) -> Event:
        """``event`` with the green energy, if it is the end of a session that is known here."""
        kept = self._sessions.get(event.target)
        if event.kind != "session.ended" or kept is None or kept.session != event.data.get("session"):
            return event
        energy_j = event.data.get("energy_j")
        last = counted(kept, energy_j if isinstance(energy_j, int) else None)
        return replace(event, data={**event.data, "green_j": last.green_j})

    def dump(self) -> dict[str, Any]:
        """What must survive a restart."""
        return {name: {key: getattr(one, key) for key in names(one)} for name, one in self._sessions.items()}

    def recall(self, kept: Any) -> None:
        """Go on from what ``dump`` gave. Raises ValueError when it is nothing that it gave."""
        try:
            self._sessions = {str(name): GreenEnergy(**one) for name, one in kept.items()}
        except (TypeError, AttributeError) as error:
            raise ValueError(f"green energy: {error}; start without it") from error

    def _shown(self, reading: ChargerReading) -> ChargerReading:
        kept = self._sessions.get(reading.charger)
        if reading.session is None or kept is None:
            return reading
        return changed(reading, session=changed(reading.session, green_j=kept.green_j))

    def _notice(
        self,
        settings: Settings,
        grid: str | None,
        channel: Channel | None,
        channels: Mapping[str, Channel],
        chargers: Iterable[ChargerReading],
        now: Instant,
    ) -> None:
        batteries = [_good(one) for one in channels.values() if one.role is Role.BATTERY]
        battery_w = sum(abs(one.power_w or 0.0) for one in batteries if one is not None)
        self._zero_since_s = at_zero_since(self._zero_since_s, chargers, channel, battery_w, now.monotonic_s)
        since_s = self._zero_since_s
        if grid is None or since_s is None or now.monotonic_s - since_s < ZERO_S:
            self.notices = ()
            return
        name = settings.devices[grid].name or grid
        self.notices = (Notice("P08", grid, Reason("control.grid_at_zero", {"device": name})),)


def _good(channel: Channel | None) -> Channel | None:
    return channel if channel is not None and channel.quality is Quality.GOOD else None
