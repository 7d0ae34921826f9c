"""The pilot loop of one own EVSE: read the board, step the charging logic, command the board.

It runs at the board's cadence whatever happens elsewhere. A grant that lowers the current does not wait for the
next turn. When the loop dies, the board's lease ends and the board opens by itself (G-131).
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ohmstead.core.charging.observe import ChargerMemory, observe
from ohmstead.core.charging.step import PilotMemory, Step, step
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardIdentity, BoardSnapshot
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.health import DeviceStatistics
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import EvseBoard

PERIOD_S = 0.05
STALE_AFTER_S = 2.0
BACK_OFF_S = (0.05, 0.1, 0.25, 0.5, 1.0)
