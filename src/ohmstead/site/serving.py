"""The site as a device for others: each snapshot in the registers of a meter that is known everywhere, or of a charger.

An inverter, a heat pump or another energy manager reads here what the grid meter says. It steers on what it reads, so
nothing old is ever served as live: when the channel is not good or its reading older than ``OLDEST_S``, or no tick has
come for ``LIVE_S``, the SDM630 answers each request with exception 4 (device failure), which every reader takes for a
lost meter, and the SunSpec meter shows "not implemented"; only its counters stay, for they are totals. Nothing can be
written to a meter; chargers are ``site.serving_chargers``.

The clients are strangers. How many connect, how often they ask and how long they may be silent is bounded, so that
they cannot slow the tick; what they did is counted (``/metrics``).
"""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ohmstead import __version__
from ohmstead.core.model.events import Event
from ohmstead.core.model.health import HealthPart, ServedStatistics
from ohmstead.core.model.quantities import PHASES, Phase, Quality, Role
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.serving import ServeSettings
from ohmstead.core.model.settings import SLOWEST_GRID_S, Settings
from ohmstead.core.model.snapshot import Channel, SiteState
from ohmstead.drivers.clock import Clock
from ohmstead.protocols.meters.catalogue import load
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.meters.serving import meter_image
from ohmstead.protocols.registers import Image
from ohmstead.protocols.sunspec.device import InverterPlate
from ohmstead.protocols.sunspec.serving import meter_map
from ohmstead.site.serving_chargers import ServedCharger, Steering
from ohmstead.transport.address import TcpAddress, parse
from ohmstead.transport.listener import Limits
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit
from ohmstead.transport.opening import cause
from ohmstead.transport.rtu_server import ModbusRtuServer

LIVE_S = 3.0
"""A snapshot older than three ticks is no news."""
OLDEST_S = SLOWEST_GRID_S + LIVE_S
"""A reading older than the slowest supply meter's is none, even of a device that is asked more seldom and is well."""
AGAIN_S = 5.0
"""A line that cannot be opened is tried again after this."""
LIMITS = Limits(connections=16, per_host=6, idle_s=60.0, accept_s=0.02, answer_s=0.01)

SDM630 = load("eastron-sdm630")
_TEXT = 32
"""Characters of a text in SunSpec's model 1."""

Latest = Callable[[], SiteState | None]
Note = Callable[[Event], None]


class Serving:
    """All that others see in a site, by the line it is read on."""

    def __init__(self, settings: Settings, latest: Latest, clock: Clock, note: Note, steering: Steering) -> None:
        """``latest`` gives the state that was published last, ``note`` records an event."""
        by_line: dict[str, list[ServedUnit]] = {}
        for one in (*settings.serve, *_to_the_master(settings)):
            shown = (
                ServedCharger(one, latest, clock, steering)
                if one.of_charger
                else ServedMeter(one, settings, latest, clock)
            )
            by_line.setdefault(one.listen, []).append(shown.unit())
        self.lines = {listen: ServedLine(listen, units, clock, note) for listen, units in by_line.items()}

    def parts(self) -> Iterator[HealthPart]:
        """Whether each line is open."""
        for listen, line in self.lines.items():
            yield HealthPart(f"served at {listen}", line.problem is None, line.problem, essential=False)

    def statistics(self) -> Mapping[str, ServedStatistics]:
        """What was done on each."""
        return {listen: line.statistics() for listen, line in self.lines.items()}


def _to_the_master(settings: Settings) -> tuple[ServeSettings, ...]:
    """Where a slave of a cluster answers its master."""
    cluster = settings.cluster
    if cluster is None or cluster.role != "slave":
        return ()
    of = {"charger": cluster.led(settings.chargers), "listen": cluster.listen, "unit": cluster.unit}
    return (ServeSettings.model_validate({"as": "charger", **of}),)


class ServedMeter:
    """One meter that others see: the latest snapshot in its registers."""

    def __init__(self, serve: ServeSettings, settings: Settings, latest: Latest, clock: Clock) -> None:
        """``settings`` are consistent: the channel exists."""
        grid = next((name for name, device in settings.devices.items() if device.role is Role.GRID), "")
        self._serve, self._site = serve, settings.site
        self._channel = serve.channel or grid
        self._latest, self._clock = latest, clock
        self._shown: tuple[Channel | None, bool, Image] | None = None

    def unit(self) -> ServedUnit:
        """As the servers want it."""
        if self._serve.looks_like == "sdm630":
            return ServedUnit(self._serve.unit, inputs=self._image, fails=lambda: not self._look()[1])
        return ServedUnit(self._serve.unit, holdings=self._image, fails=self._knows_nothing)

    def _look(self) -> tuple[Channel | None, bool]:
        """The channel as it was seen last, and whether its values may be taken for the present ones."""
        state = self._latest()
        channel = None if state is None else state.snapshot.channels.get(self._channel)
        if state is None or channel is None or channel.quality is not Quality.GOOD or channel.power_w is None:
            return channel, False
        since_s = self._clock.now().since(state.snapshot.at)
        return channel, since_s <= LIVE_S and channel.age_s is not None and channel.age_s + since_s <= OLDEST_S

    def _knows_nothing(self) -> bool:
        """Not even a counter, which integers could only show as 0, and that would be taken for a new meter."""
        channel, live = self._look()
        return not live and (channel is None or channel.energy_import_j is None)

    def _image(self) -> Image:
        """Made once for each snapshot, however many ask."""
        channel, live = self._look()
        if self._shown is None or self._shown[0] is not channel or self._shown[1] is not live:
            self._shown = (channel, live, self._made(channel, live))
        return self._shown[2]

    def _made(self, channel: Channel | None, live: bool) -> Image:
        if self._serve.looks_like == "sdm630":
            values = meter_values(channel, PHASES, live)
            rows = (
                replace(row, current_a=None if row.current_a is None else abs(row.current_a))
                for row in values.terminals
            )
            return meter_image(SDM630, replace(values, terminals=tuple(rows)))
        plate = InverterPlate("Ohmstead", self._channel[:_TEXT], __version__, self._site.id[:_TEXT])
        phases, fuse_a = self._site.phases, self._site.main_fuse_a
        values = meter_values(channel, phases, live)
        return meter_map(plate, values, len(phases), fuse_a, floats=self._serve.floats)


def meter_values(channel: Channel | None, phases: Sequence[Phase], live: bool) -> MeterValues:
    """What a meter with ``phases`` on its terminals shows of ``channel``: its counters, and what is live."""
    imported, exported = (None, None) if channel is None else (channel.energy_import_j, channel.energy_export_j)
    if channel is None or not live:
        counted = MeterValues(energy_import_j=imported, energy_export_j=exported)
        return replace(counted, terminals=(PhaseReading(),) * len(phases))
    return MeterValues(
        power_w=channel.power_w,
        reactive_power_var=channel.reactive_power_var,
        power_factor=channel.power_factor,
        frequency_hz=channel.frequency_hz,
        energy_import_j=imported,
        energy_export_j=exported,
        terminals=tuple(channel.phases.get(phase, PhaseReading()) for phase in phases),
        details=channel.details,
    )


class ServedLine:
    """One port, TCP or serial, with the meters that are read on it."""

    def __init__(self, listen: str, units: Sequence[ServedUnit], clock: Clock, note: Note) -> None:
        """Nothing is opened yet. Raises ConfigurationError for an address that is none."""
        address = parse(listen, "serve.listen")
        self._listen, self._clock, self._note = listen, clock, note
        self._problem: Reason | None = Reason("serve.starting", {"where": listen})
        self._server: ModbusServer | ModbusRtuServer
        if isinstance(address, TcpAddress):
            self._server = ModbusServer(units, address.host, address.port, LIMITS)
        else:
            self._server = ModbusRtuServer(units, address)

    @property
    def problem(self) -> Reason | None:
        """Why nobody can read here."""
        if self._problem is None and isinstance(self._server, ModbusRtuServer) and not self._server.connected:
            return Reason("serve.cannot_open", {"where": self._listen, "detail": os.strerror(errno.ENODEV)})
        return self._problem

    async def run(self) -> None:
        """Open the line, again and again until it can be, and serve until cancelled."""
        try:
            while True:
                if await self._opened():
                    await asyncio.Event().wait()
                await asyncio.sleep(AGAIN_S)
        finally:
            await self._server.stop()

    def statistics(self) -> ServedStatistics:
        """What was done here."""
        done, server = self._server.served, self._server
        counted = ServedStatistics(requests=done.requests, refused=done.refused, garbled=done.garbled)
        if isinstance(server, ModbusRtuServer):
            return replace(counted, connections=int(server.connected))
        port = server.listener
        return replace(counted, connections=port.connections, accepted=port.accepted, closed=dict(port.closed))

    async def _opened(self) -> bool:
        """Whether the line is open now; that it cannot be is told once."""
        try:
            await self._server.start()
        except OSError as error:
            reason = Reason("serve.cannot_open", {"where": self._listen, "detail": cause(error)})
            if self._problem != reason:
                self._note(Event(self._clock.now().utc, "serve.cannot_open", "site", "site", "warning", reason))
            self._problem = reason
            return False
        self._problem = None
        return True
