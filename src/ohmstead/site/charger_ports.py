"""The chargers of a site behind one port each: an own board with its pilot loop, or a member that the cluster leads."""

from collections.abc import Callable, Mapping
from functools import partial

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.events import Event
from ohmstead.core.model.sampled import nominal_v
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import EvseBoard
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.counting import Counting
from ohmstead.site.pilot import Pilot


def charger_ports(
    settings: Settings,
    boards: Mapping[str, EvseBoard],
    options: dict[str, ChargerOptions],
    desk: ClusterDesk,
    counting: Counting,
    clock: Clock,
    note: Callable[[Event], None],
    pilot_s: float,
) -> dict[str, ChargerPort]:
    """One per charger of ``settings``; ``options`` are asked at each step, ``pilot_s`` is the pilots' pace."""
    ports: dict[str, ChargerPort] = {}
    for name, one in settings.chargers.items():
        wish = partial(desk.wish, options, name)
        if one.member:
            ports[name] = desk.member(name, one, wish)
            continue
        metered = partial(counting.metered, name) if one.vehicle_meter else None
        volts = nominal_v(settings.site.grid_type)
        ports[name] = Pilot(name, one, boards[name], clock, wish, note, pilot_s, metered, nominal_v=volts)
    return ports
