"""The host's side of an own charger: pilot, contactor permission, states, session (IEC 61851-1, EV-044, G-033).

``step`` is the only author of pilot duty and contactor permission of an own EVSE.
"""

from ohmstead.core.charging.memory import PilotMemory, dump, load
from ohmstead.core.charging.observation import observe
from ohmstead.core.charging.session import without_session
from ohmstead.core.charging.stepping import Step, step

__all__ = ["PilotMemory", "Step", "dump", "load", "observe", "step", "without_session"]
