"""What leads each charger of a site: a pilot at its own board, or the desk of the cluster where it is a member."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.events import Event
from ohmstead.core.model.sampled import nominal_v
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import EvseBoard
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.counting import Counting
from ohmstead.site.pilot import Pilot
from ohmstead.site.recalling import without_on_error


def pilots_of(
    settings: Settings,
    boards: Mapping[str, EvseBoard],
    desk: ClusterDesk,
    counting: Counting,
    options: dict[str, ChargerOptions],
    clock: Clock,
    on_event: Callable[[Event], None],
    period_s: float,
) -> dict[str, ChargerPort]:
    """By charger. ``options`` are the control loop's own, ``counting`` tells what vehicle meters account."""
    found: dict[str, ChargerPort] = {}
    for name, one in settings.chargers.items():
        wish = partial(desk.wish, options, name)
        if one.member:
            found[name] = desk.member(name, one, wish)
            continue
        metered = partial(counting.metered, name) if one.vehicle_meter else None
        volts = nominal_v(settings.site.grid_type)
        found[name] = Pilot(name, one, boards[name], clock, wish, on_event, period_s, metered, nominal_v=volts)
    return found


def recall_pilots(pilots: Mapping[str, ChargerPort], memory: Mapping[str, Any], now: Instant) -> None:
    """Give each back what was kept of it; what cannot be used is left out."""
    for name, pilot in pilots.items():
        saved = memory.get(f"pilot {name}")
        with without_on_error(f"pilot {name}"):
            pilot.recall(saved if isinstance(saved, dict) else None, now)
