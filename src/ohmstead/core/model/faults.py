"""Faults that are known by silence: when a link counts as lost, and when it counts as well again (EV-239, EV-246).

One row per code. The grid meter is judged in ``core.control.grid``, a vehicle meter in
``core.charging.vehicle_meter``; both go by these rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LinkCode = Literal["D2", "D9"]


@dataclass(frozen=True, slots=True)
class LinkFault:
    """A link that brings no fresh values.

    ``evidence_s`` without one raises the fault, ``clears_s`` of fresh ones clear it by itself (G-038); nobody needs
    to unplug. Charging that it stopped resumes ``resume_s`` later (G-021). ``advice_s`` is how long it has to last
    until a person is asked to look for the cause (G-039).
    """

    evidence_s: float
    clears_s: float
    resume_s: float
    advice_s: float


LINK_FAULTS: Mapping[LinkCode, LinkFault] = {
    "D2": LinkFault(evidence_s=30.0, clears_s=10.0, resume_s=60.0, advice_s=180.0),
    "D9": LinkFault(evidence_s=30.0, clears_s=10.0, resume_s=60.0, advice_s=180.0),
}
"""``D2``: the radio link to a paired remote; ``D9``: a meter on a wire, of the grid or of a vehicle (G-079)."""
