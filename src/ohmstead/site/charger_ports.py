"""Behind each charger of a site its port: the pilot loop of an own board, or a member of the cluster."""

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
    clock: Clock,
    options: Mapping[str, ChargerOptions],
    counting: Counting,
    cluster: ClusterDesk,
    note: Callable[[Event], None],
    pilot_s: float,
) -> dict[str, ChargerPort]:
    """One per charger of ``settings``; ``boards`` holds the board of each own one, ``options`` what people set.

    Raises ConfigurationError for a member that cannot be reached.
    """
    ports: dict[str, ChargerPort] = {}
    for name, one in settings.chargers.items():
        wish = partial(cluster.wish, options, name)
        metered = partial(counting.metered, name) if one.vehicle_meter else None
        nominal = nominal_v(settings.site.grid_type)
        ports[name] = (
            cluster.member(name, one, wish)
            if one.member
            else Pilot(name, one, boards[name], clock, wish, note, pilot_s, metered, nominal_v=nominal)
        )
    return ports
