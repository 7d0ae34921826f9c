"""The cluster as people see and change it: members, limit, name, pairing (EV-140 to EV-145, G-071)."""

from collections.abc import Awaitable, Callable, Mapping

from pydantic import ValidationError

from ohmstead.core.model.clustered import ClusterShown, MemberShown
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.commands import reaches

_NEEDED: AccessRole = "installer"


class ClusterDoor:
    """What of the cluster can be changed while the site runs."""

    def __init__(
        self,
        desk: ClusterDesk,
        clock: Clock,
        settings: Callable[[], Settings],
        hold: Callable[[Settings, str], Awaitable[None]],
        on_event: Callable[[Event], None],
    ) -> None:
        """``hold`` lets settings hold that differ in members; it raises CommandRefused."""
        self._desk, self._clock, self._settings = desk, clock, settings
        self._hold, self._on_event = hold, on_event

    def shown(self) -> ClusterShown:
        """As it is now."""
        settings, now = self._settings(), self._clock.now()
        cluster, following, leading = settings.cluster, self._desk.following, self._desk.leading
        if cluster is None:
            return ClusterShown("alone")
        if following is not None:
            standing, master = following.standing(), following.master_address()
            return ClusterShown("slave", standing=standing, master=master, pairing=following.pairing)
        kept: Mapping[str, float] = {} if leading is None else leading.reserved(now)
        members = tuple(
            MemberShown(name, one, name in kept, kept.get(name))
            for name, one in settings.chargers.items()
            if one.member
        )
        return ClusterShown(cluster.role, cluster.name or "", cluster.limit_a, members)

    async def add(self, name: str, member: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Lead another charger; ``member`` is its section in ``site.toml``. Raises CommandRefused."""
        settings = self._led(role)
        if name in settings.chargers or name in settings.devices:
            raise CommandRefused(Reason("cluster.name_taken", {"name": name}))
        chargers = settings.model_dump(mode="json", exclude_none=True)["chargers"]
        await self._change({"chargers": {**chargers, name: dict(member)}}, "cluster.added", name, author)

    async def remove(self, name: str, author: str, role: AccessRole) -> None:
        """Lead that member no more; it keeps its own settings. Raises CommandRefused."""
        settings = self._led(role)
        if name not in settings.chargers or not settings.chargers[name].member:
            raise CommandRefused(Reason("cluster.no_such_member", {"name": name}))
        chargers = settings.model_dump(mode="json", exclude_none=True)["chargers"]
        rest = {other: one for other, one in chargers.items() if other != name}
        await self._change({"chargers": rest}, "cluster.removed", name, author)

    async def set_limit(self, limit_a: float, author: str, role: AccessRole) -> None:
        """Share so much from now on. Raises CommandRefused."""
        settings = self._led(role)
        cluster = {} if settings.cluster is None else settings.cluster.model_dump(mode="json", exclude_none=True)
        await self._change({"cluster": {**cluster, "limit_a": limit_a}}, "cluster.limit", f"{limit_a:g}", author)

    def open_pairing(self, author: str, role: AccessRole) -> None:
        """Let the next master that asks lead this charger. Raises CommandRefused."""
        reaches(role, _NEEDED)
        if self._desk.following is None:
            raise CommandRefused(Reason("cluster.not_a_slave_here"))
        self._desk.following.open_pairing()
        reason = Reason("event.cluster.pairing")
        self._on_event(Event(self._clock.now().utc, "cluster.pairing", author, "site", "info", reason))

    def _led(self, role: AccessRole) -> Settings:
        reaches(role, _NEEDED)
        if self._desk.leading is None:
            raise CommandRefused(Reason("cluster.not_a_master_here"))
        return self._settings()

    async def _change(self, change: Mapping[str, object], kind: str, what: str, author: str) -> None:
        raw = self._settings().model_dump(mode="json", exclude_none=True)
        try:
            after = Settings.model_validate({**raw, **change})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            detail = f"{where}: {first['msg']}" if where else first["msg"]
            raise CommandRefused(Reason("cluster.settings", {"detail": detail})) from error
        await self._hold(after, author)
        reason = Reason(f"event.{kind}", {"name": what})
        self._on_event(Event(self._clock.now().utc, kind, author, "site", "info", reason))
