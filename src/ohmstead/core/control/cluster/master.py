"""The master's side: what each charger of the cluster may hold at this moment, and what it is told next (G-063, G-064).

Theory of operation. Sharing (``core.control.decide``) says what each shall have. Here stands a ledger of what each
*may* have: every grant that was sent and may still arrive or hold, what the slave said it holds, what its vehicle may
still draw, and the fallback it will turn to when it hears nothing. A current that rises is sent only as far as the
ledger has room for it beside all the others; one that falls is sent at once. So the sum holds whatever is lost, late,
repeated or overtaken:

=====================================  ======================================================================
what is known of a member              counts for it
=====================================  ======================================================================
it reported after a poll of ours       what it held, and each grant that was sent since and may still come
it is silent                           the same, until 18 s after its last report; and from the first missed
                                       poll on what it falls back to
the master has just started            for 18 s anything, and its own chargers for 6 s, so nobody is raised;
                                       what a member says that it holds may be granted again
=====================================  ======================================================================

Moments are seconds on the master's monotonic clock, currents ampere per phase.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from ohmstead.core.control.inputs import settled
from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.cluster import (
    CLOCK,
    FOLLOW_S,
    GOOD_POLLS,
    LEASE_S,
    MARGIN_S,
    NOBODY,
    RAISED_S,
    RESERVED_S,
    SEQUENCES,
    SILENT_S,
    Poll,
    Report,
    newer,
)

Claim = tuple[int, int, float, float]
"""Start of the slave, number of the poll, current, until when: what a slave may hold.

Instead of a number: what it was granted by an earlier start of the master, and what its vehicle draws beyond a grant.
"""
_EARLIER, _DRAWN = -1, -2
_HALF_SEQUENCE = 16


@quick
@dataclass(frozen=True, slots=True)
class MemberMemory:
    """The ledger of one slave. ``since_s`` is when this master began to lead it."""

    since_s: float
    fallback_a: float
    claims: tuple[Claim, ...] = ()
    sent: tuple[tuple[int, int, float], ...] = ()
    """Start of the slave, number and moment of each poll that is not known to be heard yet."""
    seq: int | None = None
    report: Report | None = None
    heard_s: float = 0.0
    proven_s: float | None = None
    """When the latest poll was sent that it is known to have heard; no report was made before that."""
    proven_boot: int | None = None
    proven_seq: int = 0
    """The start of the slave in which it heard that poll, and the poll's number."""
    told_a: float | None = None
    """What the last poll granted."""
    good: int = GOOD_POLLS
    taken: bool = False
    """It says that another master leads it."""


@quick
@dataclass(frozen=True, slots=True)
class OwnMemory:
    """A charger of the master itself: what it has, and until when its vehicle may still draw what it had before.

    What it had before the start is not known.
    """

    current_a: float = 0.0
    before: tuple[tuple[float, float], ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class MasterMemory:
    """The whole ledger. It is never kept over a restart: nothing old may be believed of what slaves hold.

    ``start`` is another with each start, so that a slave which heard an earlier one proves nothing of this one.
    """

    master: int
    start: int
    started_s: float
    limit_a: float = 0.0
    wanted_a: Mapping[str, float] = field(default_factory=dict)
    """What sharing says each shall have, the first to be served first."""
    mine: Mapping[str, OwnMemory] = field(default_factory=dict)
    members: Mapping[str, MemberMemory] = field(default_factory=dict)
    leaving: tuple[Claim, ...] = ()
    """What members that were removed may still hold."""


def begun(master: int, start: int, own: Iterable[str], members: Mapping[str, float], now_s: float) -> MasterMemory:
    """A master that has just started; ``members`` have the fallback of each."""
    return MasterMemory(
        *(master, start, now_s),
        mine={name: OwnMemory(before=((now_s + FOLLOW_S, inf),)) for name in own},
        members={name: MemberMemory(now_s, fallback_a) for name, fallback_a in members.items()},
    )


def led(memory: MasterMemory, members: Mapping[str, float], now_s: float) -> MasterMemory:
    """``memory`` that leads ``members`` from now on; what those that go may hold is kept until it has run out."""
    leaving = list(memory.leaving)
    for name, member in memory.members.items():
        if name not in members:
            leaving += member.claims
            if _unknown(member, now_s):
                leaving.append((0, _EARLIER, inf, member.since_s + RESERVED_S))
    after = {}
    for name, fallback_a in members.items():
        before = memory.members.get(name)
        after[name] = MemberMemory(now_s, fallback_a) if before is None else changed(before, fallback_a=fallback_a)
    return changed(memory, members=after, leaving=tuple(one for one in leaving if one[3] >= now_s))


def wished(memory: MasterMemory, wanted_a: Mapping[str, float], limit_a: float) -> MasterMemory:
    """``memory`` after sharing said what each shall have; ``limit_a`` is that of the whole cluster."""
    return changed(memory, wanted_a=wanted_a, limit_a=limit_a)


def heard(memory: MasterMemory, name: str, report: Report, now_s: float) -> MasterMemory:
    """``memory`` after ``report`` of the member ``name``; one that was overtaken or came twice changes nothing."""
    member = memory.members[name]
    last = member.report
    same = last is not None and last.boot == report.boot
    if same and last is not None and not newer(report.beat, last.beat, CLOCK):
        return memory
    if _of_the_past(member, report, memory.start):
        return memory
    if report.master not in (memory.master, NOBODY):
        return _with(memory, name, changed(member, taken=True, report=report, heard_s=now_s))
    sent_s = None
    if report.start == memory.start:
        sent_s = next((at for boot, seq, at in member.sent if boot == report.boot and seq == report.seq), None)
    claims = _remembered(member, now_s)
    if sent_s is None:
        claims.append((report.boot, _EARLIER, report.allowed_a, member.since_s + RESERVED_S))
    else:
        claims = [one for one in claims if _may_hold(one, report)]
    if report.hold_a > report.allowed_a:
        claims.append((report.boot, _DRAWN, report.hold_a, now_s + FOLLOW_S + MARGIN_S))
    proven_s, good = member.proven_s, member.good
    sent, boot, seq = member.sent, member.proven_boot, member.proven_seq
    if sent_s is not None:
        boot, seq = report.boot, report.seq
        good = min(GOOD_POLLS, good + 1) if proven_s is None or now_s - proven_s <= SILENT_S else 1
        proven_s = sent_s if proven_s is None else max(proven_s, sent_s)
        sent = tuple(one for one in sent if one[2] >= sent_s)
    member = changed(
        member,
        claims=tuple(claims),
        sent=sent,
        seq=_above(member.seq, report, sent_s is not None),
        report=report,
        heard_s=now_s,
        proven_s=proven_s,
        proven_boot=boot,
        proven_seq=seq,
        good=good,
        taken=False,
    )
    return _with(memory, name, member)


def polled(memory: MasterMemory, name: str, now_s: float) -> tuple[MasterMemory, Poll | None]:
    """The poll that ``name`` is sent now; ``None`` while it cannot be led: never heard, not for 10 s, or another's."""
    member = memory.members[name]
    last = member.report
    if last is None or member.seq is None or member.taken or now_s - member.heard_s > LEASE_S:
        return memory, None
    seq = (member.seq + 1) % SEQUENCES
    grant_a = _granted(memory, name, now_s)
    claim = (last.boot, seq, grant_a, member.heard_s + RESERVED_S)
    member = changed(
        member,
        seq=seq,
        told_a=grant_a,
        claims=(*_remembered(member, now_s), claim),
        sent=(*(one for one in member.sent if now_s - one[2] <= RESERVED_S), (last.boot, seq, now_s)),
    )
    poll = Poll(memory.master, memory.start, last.boot, last.beat, seq, grant_a, member.fallback_a)
    return _with(memory, name, member), poll


def taken_up(memory: MasterMemory, name: str, now_s: float) -> tuple[MasterMemory, float]:
    """What the master's own charger ``name`` may have from now on."""
    had = memory.mine[name]
    grant_a = _granted(memory, name, now_s)
    if grant_a == had.current_a and not had.before:
        return memory, grant_a
    before = [one for one in had.before if one[0] >= now_s and one[1] > grant_a]
    if had.current_a > grant_a:
        before.append((now_s + FOLLOW_S, had.current_a))
    return changed(memory, mine={**memory.mine, name: OwnMemory(grant_a, tuple(before))}), grant_a


def silent(memory: MasterMemory, name: str, now_s: float) -> bool:
    """Whether nothing is shared with ``name``, since it is not known to hear, or has not been for long enough yet."""
    return _silent(memory.members[name], now_s)


def reserved_a(memory: MasterMemory, name: str, now_s: float) -> float:
    """What is kept for the member ``name`` while it is silent: what it may still hold, and what it falls back to."""
    return _reserve(memory.members[name], now_s)


def bound_a(memory: MasterMemory, name: str, now_s: float) -> float:
    """The most that ``name`` may draw at this moment; infinite where nothing is known yet."""
    if name in memory.mine:
        return _of_own(memory.mine[name], now_s)
    member = memory.members[name]
    if _unknown(member, now_s):
        return inf
    most_a, fallback_a = _held(member, now_s), _fallback(member)
    if member.proven_s is None or now_s - member.proven_s >= RAISED_S:
        return max(most_a, fallback_a)
    return max(most_a, min(fallback_a, _last_a(member)))


def _granted(memory: MasterMemory, name: str, now_s: float) -> float:
    """What ``name`` gets of what it shall have: all of it where that is no more than it was told last."""
    planned_a, told_a = _planned(memory, name, now_s), _told(memory, name)
    if planned_a <= told_a:
        return planned_a
    others_a = sum(_committed(memory, other, now_s) for other in (*memory.mine, *memory.members) if other != name)
    others_a += sum(one[2] for one in memory.leaving if one[3] >= now_s)
    return settled(min(planned_a, max(memory.limit_a - others_a, told_a)))


def _told(memory: MasterMemory, name: str) -> float:
    """What it was granted last; of a member that was told nothing yet, what it says that it may."""
    if name in memory.mine:
        return memory.mine[name].current_a
    member = memory.members[name]
    if member.told_a is not None:
        return member.told_a
    return 0.0 if member.report is None else member.report.allowed_a


def _planned(memory: MasterMemory, name: str, now_s: float) -> float:
    """The share of ``name`` beside what is kept for silent members."""
    left_a = memory.limit_a
    member = memory.members.get(name)
    for one in memory.members.values():
        if _silent(one, now_s):
            left_a -= _reserve(one, now_s)
    if member is not None and _silent(member, now_s):
        report = member.report
        allowed_a = 0.0 if report is None else report.allowed_a
        room_a = min(0.0, left_a) + _reserve(member, now_s)
        return settled(min(memory.wanted_a.get(name, 0.0), allowed_a, room_a))
    for other, wanted_a in memory.wanted_a.items():
        if other in memory.members and _silent(memory.members[other], now_s):
            continue
        share_a = settled(min(wanted_a, left_a))
        if other == name:
            return share_a
        left_a -= share_a
    return 0.0


def _committed(memory: MasterMemory, name: str, now_s: float) -> float:
    """What counts for ``name`` when another is to be raised: also the fallback that it would turn to meanwhile."""
    if name in memory.mine:
        return _of_own(memory.mine[name], now_s)
    member = memory.members[name]
    if _unknown(member, now_s):
        return inf
    return _reserve(member, now_s) if _unheard(member, now_s) else _held(member, now_s)


def _of_own(mine: OwnMemory, now_s: float) -> float:
    return max([mine.current_a, *(one[1] for one in mine.before if one[0] >= now_s)])


def _held(member: MemberMemory, now_s: float) -> float:
    most_a = 0.0
    for one in member.claims:
        if one[3] >= now_s and one[2] > most_a:
            most_a = one[2]
    return most_a


def _reserve(member: MemberMemory, now_s: float) -> float:
    return max(_held(member, now_s), _fallback(member))


def _fallback(member: MemberMemory) -> float:
    """What it will fall back to: what was set here, or while it has not heard of that what it says itself."""
    return member.fallback_a if member.report is None else max(member.fallback_a, member.report.fallback_a)


def _unheard(member: MemberMemory, now_s: float) -> bool:
    return member.proven_s is None or now_s - member.proven_s > SILENT_S


def _silent(member: MemberMemory, now_s: float) -> bool:
    return member.good < GOOD_POLLS or member.taken or _unheard(member, now_s)


def _unknown(member: MemberMemory, now_s: float) -> bool:
    return member.proven_s is None and now_s <= member.since_s + RESERVED_S


def _remembered(member: MemberMemory, now_s: float) -> list[Claim]:
    """The claims without those that are long over; what one was outlives it up to the fallback, until that is due."""
    return [one for one in member.claims if one[3] + SILENT_S + LEASE_S >= now_s]


def _of_the_past(member: MemberMemory, report: Report, start: int) -> bool:
    """Whether ``report`` was made before the slave started anew: it has heard later polls since, or another start."""
    if member.proven_s is None or report.boot == member.proven_boot or report.start == 0:
        return False
    return report.start != start or newer(member.proven_seq, report.seq, SEQUENCES)


def _last_a(member: MemberMemory) -> float:
    """The most that was granted to the slave; it keeps so much of its fallback when the grant is over.

    One that has started anew forgets it, which is known as soon as it is seen to hear.
    """
    boots = (member.proven_boot, -1 if member.report is None else member.report.boot)
    return max((one[2] for one in member.claims if one[1] != _DRAWN and one[0] in boots), default=0.0)


def _may_hold(claim: Claim, report: Report) -> bool:
    """Whether ``claim`` outlives ``report``, which proves that this master was heard.

    What was sent before is over, also in an earlier start of the slave: it hears nobody until its vehicle has followed.
    """
    boot, seq, _, _ = claim
    return seq >= 0 and (newer(seq, report.seq, SEQUENCES) or (seq == report.seq and boot == report.boot))


def _above(seq: int | None, report: Report, proven: bool) -> int:
    """The number counted on from: ``seq``, or above all that an earlier start of this master has told the slave."""
    if seq is not None and (proven or newer(seq, report.seq, SEQUENCES)):
        return seq
    return (((report.seq >> _HALF_SEQUENCE) + 1) << _HALF_SEQUENCE) % SEQUENCES


def _with(memory: MasterMemory, name: str, member: MemberMemory) -> MasterMemory:
    return changed(memory, members={**memory.members, name: member})
