"""The tick: the latest readings are frozen into one Snapshot, decided on, acted on, recorded, published.

Once a second; and at once when a grid reading shows an excess: then only decide and act.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ohmstead.core.accounting.counters import CounterMemory, advance
from ohmstead.core.control.decide import decide
from ohmstead.core.control.excess import excess
from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.memory import ControlMemory
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Allocation, Notice
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.site.commands import after_unplugging
from ohmstead.site.picture import freeze
from ohmstead.site.pilot import Pilot
from ohmstead.site.sense import Sense, Sensed
from ohmstead.store.values import Sample

TICK_S = 1.0
