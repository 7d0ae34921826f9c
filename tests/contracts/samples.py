"""A board at rest, for rigs that need one."""

from datetime import UTC, datetime

from ohmstead.core.model.evse import BoardFault, BoardIdentity, BoardSnapshot, PilotMode
from ohmstead.core.model.time import Instant

IDENTITY = BoardIdentity(1, "Ohmstead", "sim-11", "SN-0042", "1.0.3", 16.0, 3, socket=False)

SNAPSHOT = BoardSnapshot(
    at=Instant(datetime(2026, 6, 21, tzinfo=UTC), 0.0),
    pilot="B",
    pilot_mode=PilotMode.STEADY,
    duty_percent=100.0,
    contactor_closed=False,
    proximity_a=None,
    currents_a=(0.0, 0.0, None),
    voltages_v=(230.1, 231.0, None),
    power_w=0.0,
    energy_j=3_600_000,
    faults=BoardFault.NONE,
    temperature_c=None,
    lease_left_s=0.9,
    uptime_s=1.0,
)
