"""Loads that show nothing although they should: told when there is evidence, and never by the zero alone (G-116)."""

from collections.abc import Callable
from datetime import timedelta

from ohmstead.core.accounting.silence import SILENT_S, Silence, listened
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.services.accounts.accounts import may

_NEEDED: AccessRole = "user"
LOOKS_S = 5.0
BELIEVED = timedelta(hours=1)
"""How long it counts that somebody saw a load run."""


class SilentLoads:
    """Owner of what is remembered of silent loads, and of what people said of them."""

    def __init__(self, settings: Callable[[], Settings], clock: Clock) -> None:
        """``settings`` are those that hold."""
        self._settings, self._clock = settings, clock
        self._silence = Silence()
        self._looked: Instant | None = None
        self._latest: Snapshot | None = None
        self._running: dict[str, float] = {}
        self._notices: tuple[Notice, ...] = ()

    def saw(self, load: str, running: bool, role: AccessRole) -> None:
        """A person says that ``load`` runs just now, or takes it back; its zero counts from when that began.

        Raises CommandRefused for what is no load, or shows something.
        """
        if not may(role, _NEEDED):
            raise CommandRefused(Reason("command.role", {"needed": _NEEDED, "role": role}))
        devices = self._settings().devices
        loads = [name for name, one in devices.items() if one.role is Role.LOAD]
        if load not in loads:
            raise CommandRefused(Reason("silent.unknown", {"came": load, "known": ", ".join(loads) or "–"}))
        self._running.pop(load, None)
        if self._latest is not None and self._latest.at is not self._looked:
            self._listen(self._latest)
        if running and load not in self._silence.empty_since_s:
            raise CommandRefused(Reason("silent.not_empty", {"device": devices[load].name or load}))
        if running:
            self._running[load] = self._clock.now().monotonic_s

    def look(self, snapshot: Snapshot) -> None:
        """Every few seconds. What somebody saw is forgotten when the load shows something, or after an hour."""
        now_s, self._latest = snapshot.at.monotonic_s, snapshot
        if self._looked is not None and snapshot.at.since(self._looked) < LOOKS_S:
            return
        self._listen(snapshot)
        believed_s = BELIEVED.total_seconds()
        empty = self._silence.empty_since_s
        self._running = {
            name: since for name, since in self._running.items() if name in empty and now_s - since < believed_s
        }
        self._notices = tuple(self._told(now_s))

    def _listen(self, snapshot: Snapshot) -> None:
        self._looked = snapshot.at
        self._silence = listened(self._silence, snapshot)

    def notices(self) -> tuple[Notice, ...]:
        """What wants a person's attention."""
        return self._notices

    def _told(self, now_s: float) -> list[Notice]:
        devices = self._settings().devices
        evidence = self._silence.evidence(frozenset(self._running), now_s)
        names = {name: devices[name].name or name for name in evidence if name in devices}
        minutes = round(SILENT_S / 60)
        told = [
            Notice("silent.load", name, Reason("silent.load", {"device": names[name], "minutes": minutes}))
            for name in names
            if evidence[name] == "confirmed"
        ]
        rest = [names[name] for name in names if evidence[name] == "balance"]
        if rest and any(one.role is Role.GRID for one in devices.values()):
            params: dict[str, str | int | float] = {
                "devices": ", ".join(sorted(rest)),
                "minutes": minutes,
                "missing_w": round(self._silence.missing_w),
            }
            told.append(Notice("silent.balance", "site", Reason("silent.balance", params), "info"))
        return told
