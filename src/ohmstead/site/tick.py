"""The tick: the latest readings are frozen into one Snapshot, decided on, acted on, recorded, published.

Once a second, and at once when a grid reading shows an excess (then only decide and act).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from ohmstead.core.accounting.counters import CounterMemory, advance
from ohmstead.core.accounting.flows import flows
from ohmstead.core.control.decide import ControlMemory, ControlSettings, decide
from ohmstead.core.control.excess import excess
from ohmstead.core.model.chargers import ChargerOptions
from ohmstead.core.model.grants import Grant, Notice
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, SiteState, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.site.pilot import Pilot
from ohmstead.site.sense import Sense, Sensed

TICK_S = 1.0
