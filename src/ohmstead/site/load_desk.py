"""The load configuration of a running site: seen, examined, changed as a whole, delivered (EM-236 to EM-242, G-115).

It is a part of the settings; each state of it has a number and a digest and is kept with its author. What cannot be is
refused with the reason and the place, and then nothing has changed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, get_args

from ohmstead.core.commissioning.loads import applied, configuration, digest, kind_of, refusals, warnings
from ohmstead.core.model.errors import CommandRefused, ConfigurationError
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.loads import BoxState, LivePoint, LoadConfiguration, Refusal, Version
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.ports import PointedMeter
from ohmstead.site.delivering import Deliveries, Hand, no_hand
from ohmstead.site.identifying import Identifying
from ohmstead.site.recalling import without_on_error
from ohmstead.site.sense import Sense
from ohmstead.site.silent_loads import SilentLoads
from ohmstead.site.supervision import Loop
from ohmstead.store.values import Document, StoredDocument

if TYPE_CHECKING:
    from ohmstead.store.store import Store
from ohmstead.transport.address import parse, parse_samples

LOADS = "load.configuration"
"""Kind of the one document that holds it; its history holds those before."""
_NEEDED: AccessRole = "installer"

Change = Callable[[Settings, str], Awaitable[None]]
"""Lets settings hold that differ in devices, boxes and gateways, with their author. Raises CommandRefused."""


class LoadDesk:
    """Owner of the version that holds."""

    def __init__(
        self,
        settings: Settings,
        sense: Sense,
        hand: Hand | None,
        clock: Clock,
        note: Callable[[Event], None],
        change: Change,
        keep: Callable[[], Awaitable[None]],
    ) -> None:
        """With the configuration that ``settings`` hold. ``hand`` opens boxes; without it none can be set up.

        ``change`` lets other settings hold, ``keep`` returns when what was noted is in the store.
        """
        self._settings, self._sense, self._clock, self._note = settings, sense, clock, note
        self._change, self._keep = change, keep
        self._deliveries = Deliveries(sense, hand or no_hand, clock, note)
        self._identifying = Identifying(hand or no_hand, clock)
        self.silent = SilentLoads(lambda: self._settings, clock)
        self._configuration = configuration(settings)
        self._version = Version(1, digest(self._configuration), "site", clock.now().utc)
        self._before: tuple[Version, ...] = ()
        self._unsaved: list[Document] = []
        self._turn = asyncio.Lock()
        self._deliveries.configure(self._configuration)
        self._to_keep()

    @property
    def loops(self) -> Mapping[str, Loop]:
        """What runs for ever beside it."""
        return {"deliver": self._deliveries.run, "identify": self._identifying.run}

    def notices(self) -> tuple[Notice, ...]:
        """What wants a person's attention."""
        return (*self._deliveries.notices(), *self.silent.notices())

    async def close(self) -> None:
        """Let nobody blink any longer."""
        await self._identifying.close()

    @property
    def configuration(self) -> LoadConfiguration:
        """What holds."""
        return self._configuration

    @property
    def version(self) -> Version:
        """Which one that is."""
        return self._version

    @property
    def versions(self) -> tuple[Version, ...]:
        """Those that were kept and the one that holds, newest first."""
        return (self._version, *self._before)

    @property
    def boxes(self) -> Mapping[str, BoxState]:
        """How far each box is with it."""
        blinking = self._identifying.blinking
        return {name: BoxState(state, blinking.get(name)) for name, state in self._deliveries.states.items()}

    def examine(self, wanted: LoadConfiguration) -> tuple[tuple[Refusal, ...], tuple[Refusal, ...]]:
        """Why ``wanted`` cannot be, and what of it is near its end. Nothing is changed."""
        return (*_unreachable(wanted), *refusals(wanted, self._settings)), warnings(wanted)

    async def change(self, wanted: LoadConfiguration, based_on: int, author: str, role: AccessRole) -> None:
        """Let ``wanted`` hold, which was made from version ``based_on``. Raises CommandRefused."""
        _permitted(role)
        async with self._turn:
            await self._changed(wanted, based_on, author)

    async def _changed(self, wanted: LoadConfiguration, based_on: int, author: str) -> None:
        if based_on != self._version.number:
            now = self._version
            raise CommandRefused(Reason("loads.changed_meanwhile", {"version": now.number, "author": now.author}))
        found, _ = self.examine(wanted)
        if found:
            raise CommandRefused(found[0].reason)
        if digest(wanted) == self._version.digest:
            return
        try:
            after = applied(wanted, self._settings)
        except ValueError as error:
            raise CommandRefused(Reason("loads.settings", {"detail": _short(error)})) from error
        await self._change(after, author)

    async def apply(self, author: str, role: AccessRole) -> None:
        """Send the complete configuration to every box once more (EM-241). Raises CommandRefused."""
        _permitted(role)
        self._deliveries.configure(self._configuration, everything=True)
        told = Reason("event.loads.sent", {"version": self._version.number})
        self._note(Event(self._clock.now().utc, "loads.sent", author, "site", "info", told))
        await self._keep()

    async def identify(self, box: str, point: int | None, role: AccessRole) -> None:
        """Let a transformer blink, or none of the box. Raises CommandRefused."""
        _permitted(role)
        if box not in self._configuration.boxes:
            known = ", ".join(self._configuration.boxes) or "–"
            raise CommandRefused(Reason("rule.unknown_box", {"came": box, "known": known}))
        await self._identifying.show(box, self._configuration.boxes[box], point)

    def live(self) -> tuple[LivePoint, ...]:
        """Every point at this moment."""
        now, found = self._clock.now(), []
        for name, load in self._configuration.loads.items():
            device = self._sense.devices.get(name)
            if device is not None and isinstance(device.meter, PointedMeter):
                quality = device.quality(now)
                found += [LivePoint(load.box, name, quality, each) for each in device.meter.measured()]
        return tuple(found)

    def configure(self, settings: Settings, author: str = "site") -> None:
        """Go by ``settings``; what is new of them becomes the next version and is delivered."""
        self._settings = settings
        now = configuration(settings)
        if digest(now) == self._version.digest:
            return
        self._configuration, self._before = now, self.versions
        self._version = Version(self._version.number + 1, digest(now), author, self._clock.now().utc)
        self._deliveries.configure(now)
        self._to_keep()
        told = Reason("event.loads.changed", {"version": self._version.number})
        self._note(Event(self._version.at, "loads.changed", author, "site", "info", told))

    def _recall(self, history: Sequence[StoredDocument]) -> None:
        """Go on from the versions that were kept, newest first. Raises ValueError when there is none."""
        found = _versions(history)
        if not found:
            raise ValueError("a version with number and digest")
        self._unsaved = []
        if found[0].digest == self._version.digest:
            self._version, self._before = found[0], found[1:]
        else:
            self._version, self._before = replace(self._version, number=found[0].number + 1), found
            self._to_keep()

    async def recall_from(self, store: "Store") -> None:
        """Go on from the versions in ``store``, if there are any that can be read. Raises StoreError."""
        if history := await store.documents.history(LOADS, "site"):
            with without_on_error("load configuration"):
                self._recall(history)

    def take(self) -> list[Document]:
        """What is not handed to the store yet; it is the caller's now."""
        taken, self._unsaved = self._unsaved, []
        return taken

    def _to_keep(self) -> None:
        held = self._configuration
        if not held.boxes and not held.gateways and self._version.number == 1:
            return
        body: dict[str, Any] = {
            "number": self._version.number,
            "digest": self._version.digest,
            "max_current_a": held.max_current_a,
            "loads": {name: asdict(each) for name, each in held.loads.items()},
            "gateways": {name: each.model_dump(mode="json") for name, each in held.gateways.items()},
            "boxes": {name: each.model_dump(mode="json") for name, each in held.boxes.items()},
        }
        self._unsaved.append(Document(LOADS, "site", body, self._version.author))


def _unreachable(wanted: LoadConfiguration) -> Iterator[Refusal]:
    """Addresses that are none."""
    for name, box in wanted.boxes.items():
        try:
            (parse_samples if kind_of(box) == "samples" else parse)(box.connect, f"boxes.{name}.connect")
        except ConfigurationError as error:
            yield Refusal(Reason("loads.address", {"detail": str(error.mistakes[0])}), box=name)


def _versions(history: Sequence[StoredDocument]) -> tuple[Version, ...]:
    found = []
    for each in history:
        if isinstance(each.body, dict) and isinstance(each.body.get("number"), int):
            found.append(Version(each.body["number"], str(each.body.get("digest", "")), each.author, each.at))
    return tuple(found)


def _short(error: ValueError) -> str:
    if isinstance(error, ConfigurationError):
        return str(error.mistakes[0])
    return str(error).replace("\n", " ")[:300]


def _permitted(role: AccessRole) -> None:
    roles = get_args(AccessRole)
    if roles.index(role) < roles.index(_NEEDED):
        raise CommandRefused(Reason("command.role", {"needed": _NEEDED, "role": role}))
