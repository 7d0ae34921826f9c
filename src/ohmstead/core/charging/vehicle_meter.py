"""Is the meter that accounts a charger's energy there, and what if not (D9: EV-246, EV-247, G-038, G-039, G-079).

================================  ===============================================================================
the meter …                       what happens
================================  ===============================================================================
has not answered after a start    it is starting: told as such, no fault for 90 s, or what its family needs
is silent for less than 30 s      nothing; its counter tells afterwards what flowed meanwhile
is silent for 30 s                D9: charging is suspended, since nobody accounts it (EV-220)
is silent for three minutes       D9, and a person is asked to look for the cause
answers again for 10 s            D9 clears by itself; charging resumes 60 s later
================================  ===============================================================================
"""

from dataclasses import dataclass, replace

from ohmstead.core.model.chargers import MeterState
from ohmstead.core.model.faults import ERRORS
from ohmstead.core.model.grants import Limit, Notice
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

D9 = ERRORS["D9"]
LIMIT = "vehicle_meter_lost"


@dataclass(frozen=True, slots=True)
class MeterMemory:
    """What is remembered of one vehicle meter since the start of the program; moments on the monotonic clock."""

    asked_at: float | None = None
    heard_at: float | None = None
    fresh_since: float | None = None
    lost: bool = False
    back_at: float | None = None
    """When D9 cleared last."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """``hold`` stops the charger while it stands; ``notice`` is what a person should know."""

    memory: MeterMemory
    state: MeterState
    hold: Limit | None = None
    notice: Notice | None = None


def judge(
    memory: MeterMemory, device: str, title: str, good_at: Instant | None, may_start_s: float, now: Instant
) -> Judgement:
    """Look at ``device``, which people call ``title``; values that still count are of ``good_at``."""
    asked_at = memory.asked_at if memory.asked_at is not None else now.monotonic_s
    heard_at = memory.heard_at if good_at is None else good_at.monotonic_s
    silent_s = now.monotonic_s - (heard_at if heard_at is not None else asked_at)
    since = memory.fresh_since if memory.fresh_since is not None else now.monotonic_s
    fresh_since = None if good_at is None else since
    back = fresh_since is not None and now.monotonic_s - fresh_since >= D9.clears_s
    starting = now.monotonic_s - asked_at < may_start_s
    silent = good_at is None and silent_s >= D9.evidence_s and not starting
    lost = silent or (memory.lost and not back)
    back_at = now.monotonic_s if memory.lost and not lost else memory.back_at
    seen = MeterMemory(asked_at, heard_at, fresh_since, lost, None if lost else back_at)
    if lost:
        advise = silent_s >= D9.advice_s
        reason = Reason("fault.d9.vehicle_advice" if advise else "fault.d9.vehicle", {"device": title})
        hold = Limit(LIMIT, 0.0, Reason("limit.vehicle_meter_lost", {"device": title}))
        return Judgement(seen, "lost", hold, Notice("D9", device, reason, "fault"))
    if good_at is None:
        notice = Notice("meter.starting", device, Reason("meter.starting", {"device": title}), "info")
        return Judgement(seen, "starting", None, notice) if starting else Judgement(seen, "late")
    wait_s = 0.0 if seen.back_at is None else D9.resume_s - (now.monotonic_s - seen.back_at)
    if wait_s <= 0:
        return Judgement(replace(seen, back_at=None), "good")
    hold = Limit(LIMIT, 0.0, Reason("limit.vehicle_meter_back", {"wait_s": wait_s, "device": title}))
    return Judgement(seen, "good", hold)
