"""The pilot loop of one own EVSE: read the board, step the charging logic, command the board.

It runs at the board's cadence whatever happens elsewhere. A grant that lowers the current does not wait for the
next turn. When the loop dies, the board's lease ends and the board opens by itself (G-131).
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ohmstead.core.charging.step import PilotMemory, Step, step
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.errors import DeviceError
from ohmstead.core.model.events import Event
from ohmstead.core.model.evse import BoardSnapshot
from ohmstead.core.model.grants import Grant
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.settings import ChargerSettings
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import EvseBoard
