"""The energy managers outside that steer chargers of this site: what each set, and how that limits its charger."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ohmstead.core.control.limits.energy_manager import ManagerMemory, dump, limit, load, state, written
from ohmstead.core.model.events import Event
from ohmstead.core.model.grants import Limit, Notice
from ohmstead.core.model.managers import ManagerState, ManagerWrite
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.time import Instant

LOST, KEPT = "manager.lost", "managers"


class Managing:
    """One memory per charger; the control loop asks for the limits at each decision."""

    def __init__(self, chargers: Mapping[str, str], note: Callable[[Event], None]) -> None:
        """``chargers`` maps each charger's name to what people call it; ``note`` records an event."""
        self._titles, self._note = chargers, note
        self._memories = dict.fromkeys(chargers, ManagerMemory())

    def configure(self, titles: Mapping[str, str]) -> None:
        """The chargers of ``titles`` are there from now on; what holds for those that stay goes on."""
        self._titles = titles
        self._memories = {name: self._memories.get(name, ManagerMemory()) for name in titles}

    def write(self, charger: str, write: ManagerWrite, author: str, now: Instant) -> None:
        """``author`` has written; whoever begins or ends to manage is recorded."""
        before = self._memories[charger]
        after = self._memories[charger] = written(before, write, author, now)
        if after.setpoint_a is not None and (before.setpoint_a is None or before.author != after.author):
            self._tell("manager.began", charger, author, now)
        elif before.setpoint_a is not None and after.setpoint_a is None:
            self._tell("manager.ended", charger, author, now)

    def state(self, charger: str, now: Instant) -> ManagerState:
        """How the manager of ``charger`` stands."""
        return state(self._memories[charger], now)

    def limits(self, now: Instant) -> Mapping[str, Limit]:
        """The limit of each charger that is managed."""
        limits = {name: limit(memory, now) for name, memory in self._memories.items()}
        return {name: one for name, one in limits.items() if one is not None}

    def notices(self, now: Instant) -> Iterable[Notice]:
        """Managers that have fallen silent."""
        for name, memory in self._memories.items():
            if memory.setpoint_a is None:
                continue
            standing = state(memory, now)
            if standing.standing == "lost" and standing.allowed_a is not None:
                params: dict[str, Param] = {"charger": self._titles[name], "limit_a": standing.allowed_a}
                yield Notice(LOST, name, Reason(LOST, params | {"manager": standing.author}), "warning")

    def dump(self) -> dict[str, Any]:
        """What must survive a restart; nothing while nobody ever wrote."""
        kept = {name: dump(memory) for name, memory in self._memories.items() if memory != ManagerMemory()}
        return {KEPT: kept} if kept else {}

    def recall(self, saved: Any) -> None:
        """Go on from what ``dump`` kept. Raises ValueError when it is nothing that ``dump`` gave."""
        if saved is None:
            return
        if not isinstance(saved, dict):
            raise ValueError(f"{KEPT}: a mapping was expected, got {type(saved).__name__}")
        for charger, kept in saved.items():
            if charger in self._memories:
                self._memories[charger] = load(kept)

    def _tell(self, kind: str, charger: str, author: str, now: Instant) -> None:
        reason = Reason(kind, {"charger": self._titles[charger], "manager": author})
        self._note(Event(now.utc, kind, author, charger, "info", reason))
