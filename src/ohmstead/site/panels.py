"""The front panels of the chargers while the site runs: who presses, what is seen, and what is asked by it.

A panel changes nothing by itself. What is wished at it goes through the one door, as whoever pressed it, with an author
of its own; a refusal stands on the display. Time passes for a panel with each tick and each look.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, get_args

from ohmstead import __version__
from ohmstead.core.charging.panel.buttons import LEASE_S
from ohmstead.core.charging.panel.codes import CodeMemory
from ohmstead.core.charging.panel.front import PanelMemory, answered, begun, follow, knocked, muted
from ohmstead.core.charging.panel.scene import Scene, Wish
from ohmstead.core.charging.panel.showing import PanelSeen, look
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.evse import BoardIdentity
from ohmstead.core.model.hands import Hand
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.networks import NetworksNow
from ohmstead.core.model.panel import Button
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Channel, SiteState
from ohmstead.core.model.time import Instant
from ohmstead.drivers.clock import Clock
from ohmstead.site.cards import Cards
from ohmstead.site.commands import remote_of, unavailable
from ohmstead.site.sessions import Sessions

AUTHOR = "panel:"
"""What stands before the name of who pressed, as the author of what came of it."""


class Charger(Protocol):
    """What a panel sees of its charger; a Pilot satisfies it."""

    @property
    def identity(self) -> BoardIdentity | None:
        """What its board says of itself, once it was heard."""
        ...

    def reading(self, now: Instant) -> ChargerReading:
        """The charger as last seen."""
        ...


@dataclass(frozen=True, slots=True)
class _Fixed:
    """What the settings alone say: the modes that can be chosen, the chargers with remote transformers, grid meters."""

    modes: tuple[ChargingMode, ...]
    remotes: frozenset[str]
    grid: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> "_Fixed":
        modes: tuple[ChargingMode, ...] = get_args(ChargingMode)
        return cls(
            tuple(mode for mode in modes if unavailable(mode, settings) is None),
            frozenset(name for name in settings.chargers if remote_of(settings, name) is not None),
            tuple(name for name, device in settings.devices.items() if device.role is Role.GRID),
        )


class Panels:
    """Owner of the panels' memories."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        chargers: Mapping[str, Charger],
        options: Mapping[str, ChargerOptions],
        state: Callable[[], SiteState | None],
        cards: Cards,
        sessions: Sessions,
        submit: Callable[[Command], Awaitable[None]],
        clock: Clock,
        networks: Callable[[], NetworksNow | None] = lambda: None,
    ) -> None:
        """``submit`` is the one door for changes; ``networks`` are the machine's, ``None`` where unmanaged."""
        self._networks = networks
        self._settings, self._chargers, self._options, self._state = settings, chargers, options, state
        self._cards, self._sessions, self._submit, self._clock = cards, sessions, submit, clock
        self._looked_through, self._found = settings(), _Fixed.of(settings())
        self._memories: dict[str, PanelMemory] = {}
        self._hands: dict[str, tuple[Hand, float]] = {}
        self._last: dict[str, tuple[int | None, float]] = {}

    def look(self) -> None:
        """Once a tick: a car that comes, an error or a time that is over is noticed without anybody looking."""
        now = self._clock.now()
        for charger, one in self._chargers.items():
            reading = one.reading(now)
            if reading.session is not None:
                self._last[charger] = (reading.session.energy_j, reading.session.charging_s)
            self._follow(charger, reading, now)

    def seen(self, charger: str) -> PanelSeen:
        """The panel of ``charger``, which exists."""
        now = self._clock.now()
        scene = self._follow(charger, self._chargers[charger].reading(now), now)
        return look(self._memories[charger], scene, now.monotonic_s)

    async def hold(self, charger: str, held: frozenset[Button], hand: Hand) -> PanelSeen:
        """``hand`` holds these buttons now, none when it lets go; to be said again at least every second meanwhile.

        Raises CommandRefused while somebody else holds some.
        """
        other, at_s = self._hands.get(charger, (hand, 0.0))
        if other.id != hand.id and self._memories[charger].buttons.held and self._now_s - at_s <= LEASE_S:
            raise CommandRefused(Reason("panel.busy", {"charger": charger}))
        self._hands[charger] = (hand, self._now_s)
        wishes = self._step(charger, held)
        for wish in wishes:
            await self._ask(charger, wish, hand)
        return self.seen(charger)

    def knock(self, charger: str) -> None:
        """Somebody tapped the unit."""
        self._memories[charger] = knocked(self._memories.get(charger) or begun(self._now_s), self._now_s)

    def mute(self, charger: str) -> None:
        """The alarm is to be silent."""
        self._memories[charger] = muted(self._memories.get(charger) or begun(self._now_s))

    def dump(self) -> dict[str, Any]:
        """What must survive a restart: who guessed codes stays locked out, and what the last session gave."""
        kept: dict[str, Any] = {}
        for charger, memory in self._memories.items():
            codes = memory.display.codes
            row = {"wrong": codes.wrong, "locks": codes.locks, "left_s": codes.left_s(self._now_s)}
            kept[charger] = {**row, "last": list(self._last[charger]) if charger in self._last else None}
        return kept

    def recall(self, kept: Any) -> None:
        """Go on from what ``dump`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        for charger in kept.keys() & self._chargers.keys():
            row = kept[charger]
            codes = CodeMemory(int(row["wrong"]), int(row["locks"]), self._now_s + float(row["left_s"]))
            memory = begun(self._now_s)
            self._memories[charger] = replace(memory, display=replace(memory.display, codes=codes))
            if row["last"] is not None:
                energy_j, charging_s = row["last"]
                self._last[charger] = (None if energy_j is None else int(energy_j), float(charging_s))

    @property
    def _now_s(self) -> float:
        return self._clock.now().monotonic_s

    def _follow(self, charger: str, reading: ChargerReading, now: Instant) -> Scene:
        scene = self._scene(charger, reading, now)
        memory = self._memories.get(charger) or begun(now.monotonic_s)
        followed = follow(memory, scene, now.monotonic_s)
        self._memories[charger] = followed.memory
        if followed.wishes:
            self._cards.forget(charger, "owner")
        return scene

    def _step(self, charger: str, held: frozenset[Button]) -> tuple[Wish, ...]:
        now = self._clock.now()
        memory = self._memories.get(charger) or begun(now.monotonic_s)
        scene = self._scene(charger, self._chargers[charger].reading(now), now)
        followed = follow(memory, scene, now.monotonic_s, held)
        self._memories[charger] = followed.memory
        return followed.wishes

    async def _ask(self, charger: str, wish: Wish, hand: Hand) -> None:
        """Through the door; what it says stands on the display."""
        why: Reason | None = None
        author, cards = f"{AUTHOR}{hand.author}", self._cards
        try:
            match wish.what:
                case "counters_anew":
                    await self._sessions.begin_anew(charger, author, hand.role)
                case "learn":
                    cards.learn(charger, author, hand.role)
                case "keep_card":
                    await cards.add(str(wish.value), "", author, hand.role)
                case "forget_card":
                    cards.forget(charger, hand.role)
                case _:
                    await self._submit(Command(author, hand.role, charger, Action(wish.what), wish.value))
        except CommandRefused as error:
            why = error.reason
        self._memories[charger] = answered(self._memories[charger], why)

    def _scene(self, charger: str, reading: ChargerReading, now: Instant) -> Scene:
        settings, state = self._settings(), self._state()
        one = settings.chargers[charger]
        if settings is not self._looked_through:
            self._looked_through, self._found = settings, _Fixed.of(settings)
        grid = _grid(self._found.grid, state)
        why = None if state is None else state.explanations.get(charger)
        grant = None if state is None else state.grants.get(charger)
        learning = self._cards.learning(charger)
        left_s = 0.0 if learning.ends_at is None else max(0.0, (learning.ends_at - now.utc).total_seconds())
        counters = self._sessions.counters(charger)
        energy_j, charging_s = self._last.get(charger, (None, None))
        return Scene(
            reading=reading,
            options=self._options[charger],
            settings=one.panel,
            name=one.name or charger,
            installation_a=one.max_current_a,
            modes=self._found.modes,
            program=None if why is None else why.program,
            reason=None if grant is None else grant.reason,
            identity=self._chargers[charger].identity,
            total=counters["total"],
            partial=counters["partial"],
            grid={} if grid is None else grid.phases,
            grid_w=None if grid is None else grid.power_w,
            reader=one.reader is not None,
            remote=charger in self._found.remotes,
            networks=self._networks(),
            learning=learning,
            learning_left_s=left_s,
            version=__version__,
            last_energy_j=energy_j,
            last_charging_s=charging_s,
        )


def _grid(names: Sequence[str], state: SiteState | None) -> Channel | None:
    """The meter at the grid connection, while it is heard."""
    if state is None:
        return None
    found = next((state.snapshot.channels.get(name) for name in names), None)
    return found if found is not None and found.quality is Quality.GOOD else None
