"""What a master and its slaves tell each other, and the times they agree on (EV-133 to EV-146, G-063 to G-067).

The slave's clock is the only one that a permission is counted on: each report carries a *beat*, the slave's own time,
and a poll echoes the beat of the last report that came. So a poll that was under way for long is refused, whoever
delayed it, and a master that hears nothing can keep nobody going.
"""

from dataclasses import dataclass
from typing import Literal

from ohmstead.core.model.authorization import AuthorizationMode, Verdict
from ohmstead.core.model.changing import quick

Standing = Literal["led", "lost", "fallback"]
"""Of a slave: its master leads it; it lost the master, and nothing rises; it is on its own fallback."""

LEASE_S = 10.0
"""A grant holds for so long from the beat that it echoes (G-067: grants are valid 10 s)."""
FOLLOW_S = 6.0
"""By then a vehicle draws no more than it is offered (table A.6, sequence 6, and a second)."""
MARGIN_S = 2.0
RESERVED_S = LEASE_S + FOLLOW_S + MARGIN_S
"""What a slave said or was sent is reserved for so long after its last report (G-064)."""
SILENT_S = 4.0
"""So long after the last poll that it is known to have heard, a slave counts as silent: two polls."""
RAISED_S = SILENT_S + RESERVED_S
"""A slave without a master takes its fixed current only after so long, where that is more than it was granted: by then
all that others were given of it has run out."""
POLL_S = 2.0
GOOD_POLLS = 3
"""After so many in a row a slave that was silent is given current again."""

MEMBERS_OF_A_CHARGER = 4
"""Slaves of a master that is a charger itself (EV-135)."""
MEMBERS_OF_A_GATEWAY = 32
"""Slaves of a master without a charger of its own."""
CLOCK = 1 << 32
"""Beats are milliseconds and begin anew after so many."""
SEQUENCES = 1 << 32
BOOTS = 1 << 16
NOBODY = 0
"""As a master's number: paired with none."""


@quick
@dataclass(frozen=True, slots=True)
class Poll:
    """What a master writes: ``boot`` and ``beat`` as the slave said them last, ``seq`` above any before.

    ``start`` differs from start to start of the master.
    """

    master: int
    start: int
    boot: int
    beat: int
    seq: int
    grant_a: float
    fallback_a: float


@quick
@dataclass(frozen=True, slots=True)
class Report:
    """What a slave answers: who it is, whom it obeys, and how much it may take now.

    ``boot`` differs from start to start. ``start`` and ``seq`` are those of the last poll it accepted since then, 0
    before the first. ``hold_a`` is the most that its vehicle may draw at this moment: it follows within 6 s.
    """

    slave: int
    master: int
    boot: int
    beat: int
    start: int
    seq: int
    allowed_a: float
    hold_a: float
    fallback_a: float


def newer(one: int, other: int, numbers: int) -> bool:
    """Whether ``one`` comes after ``other`` where counting begins anew after ``numbers`` (RFC 1982)."""
    return 0 < (one - other) % numbers < numbers // 2


@quick
@dataclass(frozen=True, slots=True)
class Orders:
    """What a master tells a slave besides the poll: how it authorises, and what became of cards and of the app's word.

    ``card_request`` is the number of the request that ``card_valid`` answers; ``decision`` is the app's latest word
    on the vehicle of ``session``. ``leave`` ends the membership.
    """

    authorization: AuthorizationMode = "none"
    card_request: int = 0
    card_valid: bool | None = None
    session: int = 0
    decision: bool | None = None
    leave: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Asking:
    """What a slave says of itself besides the report.

    ``requested_a`` is the most it could use by its own limits (G-061). ``session`` is a number that is new with each
    vehicle, 0 without one. ``card`` was shown at its reader, under ``card_request``, and waits for the master's word.
    """

    requested_a: float | None = None
    verdict: Verdict | None = None
    session: int = 0
    card_request: int = 0
    card: str = ""
