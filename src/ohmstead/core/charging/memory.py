"""What the host side of a charger remembers from step to step, and across a restart of the program.

Moments are seconds on the monotonic clock. A restart of the program begins with no offer on the pilot; the session goes
on when the car is still there, since the board's counter tells what was delivered, and so do errors: only switching the
charger off and on ends them all. Waits do not count the time between.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from ohmstead.core.charging import authorization
from ohmstead.core.charging.authorization import AuthorizationMemory
from ohmstead.core.charging.errors import ErrorMemory, Held
from ohmstead.core.charging.locking import STILL, Driving
from ohmstead.core.charging.session import SessionMemory
from ohmstead.core.charging.vehicle import VehicleMemory
from ohmstead.core.model.chargers import Session
from ohmstead.core.model.evse import PhaseCount
from ohmstead.core.model.faults import ERRORS
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

VERSION = 1

Sequence = Literal["idle", "test", "offer", "drop", "wake", "switch", "error"]
"""What the charger does with the pilot; ``core.charging.table`` tells each."""


@dataclass(frozen=True, slots=True)
class PilotMemory:
    """Make one per charger with its name; everything else starts by itself."""

    charger: str = "charger"
    sequence: Sequence = "idle"
    since: float | None = None
    """When the sequence was entered."""
    duty_percent: float = 100.0
    changed_at: float | None = None
    """When the duty was last changed, PWM stopped or started."""
    uptime_s: float | None = None
    heard_at: float | None = None
    """When the board's own time was last seen to advance."""
    lowered_at: float | None = None
    """When the offer was last lowered."""
    lock: bool = False
    """Where the lock was last told to be."""
    driving: Driving = STILL
    interrupted: bool = False
    """The board has lost the lease of this host, which is told once."""
    leased: bool = False
    """The board has been seen with a live lease; before, a lost one only says that no host was there yet."""
    leaseless: bool = False
    """The board has no lease: while it is silent, what it was told last stands."""
    errors: ErrorMemory = field(default_factory=ErrorMemory)
    vehicle: VehicleMemory = field(default_factory=VehicleMemory)
    blocked_until: float | None = None
    had_current: bool = False
    """The car was offered current in this session."""
    requested: bool = False
    """The car has been in C during this offer."""
    low_since: float | None = None
    full: bool = False
    using: tuple[Phase, ...] = ()
    using_since: float | None = None
    phases_used: tuple[Phase, ...] | None = None
    phases_to: PhaseCount | None = None
    """How many phases the board is told to have; ``None`` until it was seen, and where it cannot switch them."""
    pause_until: float | None = None
    """Until then nothing is offered, because the phases were switched."""
    returning: bool = False
    """The car charged before the phases were switched, and has not again yet."""
    offered_since: float | None = None
    """Since when it is offered current without going on."""
    refused: bool = False
    """The car did not go on after a switching of this session."""
    session: SessionMemory = field(default_factory=SessionMemory)
    authorization: AuthorizationMemory = field(default_factory=AuthorizationMemory)

    @property
    def had_car(self) -> bool:
        """Whether anything is remembered that belonged to one car."""
        seen = self.had_current or self.requested or self.full or bool(self.using)
        return seen or self.low_since is not None or self.phases_used is not None


def dump(memory: PilotMemory, now: Instant) -> dict[str, Any]:
    """What must survive, as plain JSON values."""
    kept = memory.session
    session = kept.session
    return {
        "version": VERSION,
        "charger": memory.charger,
        "at": now.utc.isoformat(),
        "blocked_s": None if memory.blocked_until is None else max(0.0, memory.blocked_until - now.monotonic_s),
        "uptime_s": memory.uptime_s,
        "leaseless": memory.leaseless,
        "errors": _errors(memory.errors, now),
        "cable_a": memory.vehicle.cable_a,
        "simplified": memory.vehicle.simplified,
        "woken": memory.vehicle.woken,
        "had_current": memory.had_current,
        "full": memory.full,
        "phases_used": None if memory.phases_used is None else list(memory.phases_used),
        "phases_to": memory.phases_to,
        "pause_s": None if memory.pause_until is None else max(0.0, memory.pause_until - now.monotonic_s),
        "refused": memory.refused,
        "authorization": authorization.dump(memory.authorization, now),
        "counter_j": kept.counter_j,
        "from_j": kept.from_j,
        "to_j": kept.to_j,
        "ended_at": kept.ended_at and kept.ended_at.utc.isoformat(),
        "owed_since": kept.owed_since and kept.owed_since.utc.isoformat(),
        "session": None
        if session is None
        else {
            "id": session.id,
            "connected_at": session.connected_at.utc.isoformat(),
            "energy_j": session.energy_j,
            "charging_s": session.charging_s,
            "authorization": session.authorization,
            "switchings": session.switchings,
            "first_charging": kept.first_charging and kept.first_charging.isoformat(),
            "last_charging": kept.last_charging and kept.last_charging.isoformat(),
        },
    }


def load(saved: Mapping[str, Any], now: Instant) -> PilotMemory:
    """The memory that ``dump`` wrote. Raises ValueError when it is not one."""
    if saved.get("version") != VERSION:
        raise ValueError(f"pilot memory: version is {saved.get('version')!r}, allowed: {VERSION}; start without it")
    try:
        blocked = saved["blocked_s"]
        phases, pause = saved["phases_used"], saved.get("pause_s")
        memory = PilotMemory(
            charger=str(saved["charger"]),
            changed_at=now.monotonic_s,
            leaseless=bool(saved.get("leaseless")),
            errors=_recalled(saved.get("errors") or {}, now),
            vehicle=VehicleMemory(
                cable_a=None if saved.get("cable_a") is None else float(saved["cable_a"]),
                simplified=bool(saved.get("simplified")),
                woken=bool(saved.get("woken")),
            ),
            blocked_until=None if blocked is None else now.monotonic_s + max(0.0, float(blocked)),
            had_current=bool(saved["had_current"]),
            full=bool(saved["full"]),
            phases_used=None if phases is None else tuple(phase for phase in PHASES if phase in phases),
            phases_to=_phase_count(saved.get("phases_to")),
            pause_until=None if pause is None else now.monotonic_s + max(0.0, float(pause)),
            refused=bool(saved.get("refused")),
        )
        seen_at = _instant(saved["at"], now)
        counter = None if saved["counter_j"] is None else int(saved["counter_j"])
        kept = SessionMemory(
            counter_j=counter,
            seen_at=seen_at,
            from_j=_whole(saved.get("from_j")),
            to_j=_whole(saved.get("to_j")),
            ended_at=_instant_if(saved.get("ended_at"), now),
            owed_since=_instant_if(saved.get("owed_since"), now),
        )
        if saved.get("uptime_s") is not None:
            memory = replace(memory, uptime_s=float(saved["uptime_s"]) + max(0.0, now.since(seen_at)))
        if saved.get("authorization") is not None:
            given = authorization.load(saved["authorization"], now.since(seen_at), now)
            memory = replace(memory, authorization=given)
        return replace(memory, session=_session(kept, memory.charger, saved["session"], now))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"pilot memory: {error}; start without it") from error


def _errors(memory: ErrorMemory, now: Instant) -> dict[str, Any]:
    return {
        "counts": dict(memory.counts),
        "resumed_s": [now.monotonic_s - at for at in memory.resumes],
        "held": [
            {
                "code": one.code,
                "since_s": now.monotonic_s - one.since,
                "key": one.reason.key,
                "params": dict(one.reason.params),
                "latched": one.latched,
            }
            for one in memory.held
        ],
    }


def _recalled(saved: Mapping[str, Any], now: Instant) -> ErrorMemory:
    """The errors as they were; a code of another version is left out."""
    held = (
        Held(
            code=one["code"],
            since=now.monotonic_s - float(one["since_s"]),
            reason=Reason(str(one["key"]), one["params"]),
            latched=bool(one["latched"]),
        )
        for one in saved.get("held", ())
        if one["code"] in ERRORS
    )
    return ErrorMemory(
        held=tuple(held),
        counts={code: int(saved["counts"][code]) for code in ERRORS if code in saved.get("counts", {})},
        resumes=tuple(now.monotonic_s - float(ago_s) for ago_s in saved.get("resumed_s", ())),
    )


def _session(kept: SessionMemory, charger: str, saved: Mapping[str, Any] | None, now: Instant) -> SessionMemory:
    if saved is None:
        return kept
    session = Session(
        id=str(saved["id"]),
        charger=charger,
        connected_at=_instant(saved["connected_at"], now),
        energy_j=_whole(saved["energy_j"]),
        charging_s=float(saved["charging_s"]),
        authorization=saved.get("authorization"),
        switchings=int(saved.get("switchings", 0)),
    )
    return replace(
        kept,
        session=session,
        first_charging=_moment(saved["first_charging"]),
        last_charging=_moment(saved["last_charging"]),
    )


def _phase_count(value: Any) -> PhaseCount | None:
    return 1 if value == 1 else 3 if value == 3 else None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _instant_if(text: str | None, now: Instant) -> Instant | None:
    return None if text is None else _instant(text, now)


def _instant(text: str, now: Instant) -> Instant:
    utc = datetime.fromisoformat(text)
    return Instant(utc, now.monotonic_s - max(0.0, (now.utc - utc).total_seconds()))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
