"""The master: the ledger of the cluster between what sharing decides and what each charger is told (G-063, G-064).

After each decision the grants pass through here. What the master's own chargers get is bounded by what slaves may still
hold; what slaves get goes out with their next poll, at once where it changes.
"""

import secrets
from collections.abc import Iterable, Mapping

from ohmstead.core.control.cluster import master
from ohmstead.core.model.changing import changed
from ohmstead.core.model.cluster import BOOTS, Poll, Report
from ohmstead.core.model.grants import Grant, Notice
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant

LIMIT = "cluster"


class Leading:
    """Owner of the ledger. ``number`` is the master's own, by which slaves know it."""

    def __init__(self, settings: Settings, now: Instant) -> None:
        """A master that begins now; its number is another until :meth:`recall`."""
        self._settings = settings
        self._began = now
        self._memory = self._begun(secrets.randbits(32) or 1)

    @property
    def number(self) -> int:
        """By which slaves know this master."""
        return self._memory.master

    @property
    def limit_a(self) -> float:
        """What all chargers of the cluster share, per phase."""
        cluster = self._settings.cluster
        return 0.0 if cluster is None or cluster.limit_a is None else cluster.limit_a

    def recall(self, number: int) -> None:
        """Be known by the same number as before; only ahead of the first poll."""
        self._memory = self._begun(number)

    def configure(self, settings: Settings, now: Instant) -> None:
        """Other members, fallbacks or another limit hold from now on."""
        self._settings = settings
        self._memory = master.led(self._memory, _members(settings), now.monotonic_s)

    def reserved(self, now: Instant) -> Mapping[str, float]:
        """What is kept for each member that is not heard."""
        at = now.monotonic_s
        silent = (name for name in self._memory.members if master.silent(self._memory, name, at))
        return {name: master.reserved_a(self._memory, name, at) for name in silent}

    def gate(self, grants: Mapping[str, Grant], now: Instant) -> dict[str, Grant]:
        """``grants`` as far as the ledger has room for the master's own chargers; the least wanted is served last."""
        wanted = {name: one.current_a for name, one in grants.items()}
        for name in self._memory.members:
            if master.silent(self._memory, name, now.monotonic_s):
                wanted[name] = self._settings.chargers[name].max_current_a
        self._memory = master.wished(self._memory, wanted, self.limit_a)
        passed = dict(grants)
        for name in self._memory.mine:
            self._memory, current_a = master.taken_up(self._memory, name, now.monotonic_s)
            if current_a < passed[name].current_a:
                reason = Reason("limit.cluster_waits", {"available_a": current_a})
                passed[name] = changed(passed[name], current_a=current_a, limited_by=LIMIT, reason=reason)
        return passed

    def poll(self, name: str, now: Instant) -> Poll | None:
        """What the member ``name`` is told now; ``None`` while it cannot be led."""
        if name not in self._memory.members:
            return None
        self._memory, poll = master.polled(self._memory, name, now.monotonic_s)
        return poll

    def heard(self, name: str, report: Report, now: Instant) -> None:
        """The member ``name`` has answered."""
        if name in self._memory.members:
            self._memory = master.heard(self._memory, name, report, now.monotonic_s)

    def silent(self, name: str, now: Instant) -> bool:
        """Whether ``name`` is not heard, or not reliably yet."""
        return name not in self._memory.members or master.silent(self._memory, name, now.monotonic_s)

    def notices(self, now: Instant) -> Iterable[Notice]:
        """Members that are not heard, that another master leads, or that are one and the same charger."""
        seen: dict[int, str] = {}
        for name, member in self._memory.members.items():
            params = {"charger": self._title(name)}
            report = member.report
            other = None if report is None else seen.setdefault(report.slave, name)
            if other not in (None, name):
                named = params | {"other": self._title(other or "")}
                yield Notice("cluster.same_charger", name, Reason("cluster.same_charger", named), "fault")
            elif member.taken:
                yield Notice("cluster.other_master", name, Reason("cluster.other_master", params), "fault")
            elif master.silent(self._memory, name, now.monotonic_s):
                kept = params | {"reserved_a": master.reserved_a(self._memory, name, now.monotonic_s)}
                yield Notice("cluster.silent", name, Reason("cluster.silent", kept))
        left_a = self.limit_a - sum(member.fallback_a for member in self._memory.members.values())
        if self._memory.mine and 0 <= left_a < MINIMUM_CURRENT_A:
            yield Notice("cluster.tight", "site", Reason("cluster.tight", {"left_a": left_a}))

    def _begun(self, number: int) -> master.MasterMemory:
        members = _members(self._settings)
        own = [name for name in self._settings.chargers if name not in members]
        return master.begun(number, 1 + secrets.randbelow(BOOTS - 1), own, members, self._began.monotonic_s)

    def _title(self, name: str) -> str:
        charger = self._settings.chargers.get(name)
        return name if charger is None else charger.name or name


def _members(settings: Settings) -> dict[str, float]:
    return {name: one.fallback_current_a for name, one in settings.chargers.items() if one.member}
