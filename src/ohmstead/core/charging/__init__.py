"""The host's side of an own charger: pilot, contactor permission, states, session (IEC 61851-1, EV-044, G-033).

``step`` is the only author of pilot duty and contactor permission of an own EVSE.
"""

from ohmstead.core.charging.evidence import Place
from ohmstead.core.charging.memory import PilotMemory, dump, load
from ohmstead.core.charging.observation import observe
from ohmstead.core.charging.session import without_session
from ohmstead.core.charging.stepping import Step, step, unheard

__all__ = ["PilotMemory", "Place", "Step", "dump", "load", "observe", "step", "unheard", "without_session"]
