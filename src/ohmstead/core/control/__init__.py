"""How much current each charger may take: ``decide`` once a second, ``excess`` after each look at the grid meter.

A mode says what is wanted, limits say what is allowed, the minimum is granted and its limit named (G-023).
Lowering is immediate, raising waits (G-018); what is unknown never raises a current.
"""

from ohmstead.core.control.decision import decide
from ohmstead.core.control.excess import excess
from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.memory import ControlMemory, dump, load

__all__ = ["ControlMemory", "ControlSettings", "decide", "dump", "excess", "load"]
