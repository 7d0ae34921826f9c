"""The cluster as people see and change it: members, limit, name, pairing (EV-140 to EV-145, G-071)."""

from collections.abc import Awaitable, Callable, Mapping

from pydantic import ValidationError

from ohmstead.core.model.clustered import ClusterShown, MemberShown
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Action, Event
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.cluster.following import locks
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
            limit = following.limit(now)
            return ClusterShown(
                "slave",
                standing=following.standing(),
                master=following.master_address(),
                pairing=following.pairing,
                charger=following.charger,
                allowed_a=None if limit is None else limit.current_a,
                fallback_a=following.fallback_a,
            )
        kept: Mapping[str, float] = {} if leading is None else leading.reserved(now)
        members = tuple(
            MemberShown(name, one, name in kept, kept.get(name))
            for name, one in settings.chargers.items()
            if one.member
        )
        return ClusterShown(cluster.role, cluster.name or "", cluster.limit_a, members)

    def locked(self, action: Action, target: str) -> Reason | None:
        """Why only the master of this site takes ``action`` on ``target``, if so (G-070)."""
        return None if self._desk.following is None else locks(self._desk.following, action, target)

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

    async def change_member(self, name: str, change: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Let what ``change`` names of its section be so from now on; ``None`` is as if not written.

        Raises CommandRefused; then nothing is changed.
        """
        settings = self._led(role)
        if name not in settings.chargers or not settings.chargers[name].member:
            raise CommandRefused(Reason("cluster.no_such_member", {"name": name}))
        chargers = settings.model_dump(mode="json", exclude_none=True)["chargers"]
        member = {key: value for key, value in {**chargers[name], **change}.items() if value is not None}
        await self._change({"chargers": {**chargers, name: member}}, "cluster.changed", name, author)

    async def share(self, change: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Let ``limit_a`` and ``name``, as far as ``change`` has them, be so from now on. Raises CommandRefused."""
        settings = self._led(role)
        cluster = {} if settings.cluster is None else settings.cluster.model_dump(mode="json", exclude_none=True)
        after = {key: value for key, value in {**cluster, **change}.items() if value is not None}
        kind, what = ("cluster.limit", f"{after['limit_a']:g}") if "limit_a" in change else ("cluster.named", "")
        await self._change({"cluster": after}, kind, what or str(after.get("name", "-")), author)

    async def begin(self, cluster: Mapping[str, object], author: str, role: AccessRole) -> None:
        """Be the master or the slave of ``cluster``, its section in ``site.toml``. Raises CommandRefused."""
        reaches(role, _NEEDED)
        if self._settings().cluster is not None:
            raise CommandRefused(Reason("cluster.in_one"))
        await self._change({"cluster": dict(cluster)}, f"cluster.{cluster['role']}", self._settings().site.name, author)

    async def leave(self, author: str, role: AccessRole) -> None:
        """Stand alone. Members are told that nobody leads them; a slave that is led is let go by its master first.

        Raises CommandRefused.
        """
        reaches(role, _NEEDED)
        settings, following = self._settings(), self._desk.following
        if settings.cluster is None:
            raise CommandRefused(Reason("cluster.in_none"))
        if following is not None and following.standing() == "led":
            raise CommandRefused(Reason("cluster.still_led", {"master": following.master_address() or ""}))
        chargers = settings.model_dump(mode="json", exclude_none=True)["chargers"]
        own = {name: one for name, one in chargers.items() if not settings.chargers[name].member}
        await self._change({"cluster": None, "chargers": own}, "cluster.alone", settings.site.name, author)

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
            wrong = first["msg"].removeprefix("Value error, ")
            detail = f"{where}: {wrong}" if where else wrong
            raise CommandRefused(Reason("cluster.settings", {"detail": detail})) from error
        await self._hold(after, author)
        reason = Reason(f"event.{kind}", {"name": what})
        self._on_event(Event(self._clock.now().utc, kind, author, "site", "info", reason))
