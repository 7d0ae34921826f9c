"""What must survive a restart of the program beside documents: one memory per part, kept with the ticks.

A part that cannot read its own memory starts without it, and costs the others nothing.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from ohmstead.core.control import memory as control_memory
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.time import Instant
from ohmstead.site.charger_port import ChargerPort
from ohmstead.site.recalling import without_on_error
from ohmstead.site.tick import Control
from ohmstead.store.values import Json, Sample


class Part(Protocol):
    """A part whose memory is one value."""

    def dump(self) -> Json:
        """What must survive."""
        ...

    def recall(self, kept: Any) -> None:
        """Go on from it. Raises ValueError when it is nothing that ``dump`` gave."""
        ...


class NamedPart(Protocol):
    """A part whose memory brings its own name; without one it has none to keep."""

    def dump(self) -> Mapping[str, Json]:
        """What must survive, by name."""
        ...

    def recall(self, kept: Any) -> None:
        """Go on from what stood under the name. Raises ValueError."""
        ...


class Keeping:
    """The memories of a site's parts, handed out for the store and taken back from it."""

    def __init__(
        self,
        control: Control,
        pilots: Mapping[str, ChargerPort],
        parts: Mapping[str, Part],
        named: Mapping[str, NamedPart],
    ) -> None:
        """``parts`` are kept under their keys; ``named`` under the keys that they give themselves, which are these."""
        self._control, self._pilots, self._parts, self._named = control, pilots, parts, named

    def dump(self, now: Instant) -> dict[str, Json]:
        """Everything at ``now``."""
        kept: dict[str, Json] = {"control": control_memory.dump(self._control.memory.control, now)}
        kept |= {f"pilot {name}": pilot.dump(now) for name, pilot in self._pilots.items()}
        kept |= {name: part.dump() for name, part in self._parts.items()}
        for part in self._named.values():
            kept |= part.dump()
        counters = self._control.counting.to_keep(now)
        return kept if counters is None else kept | {"counters": counters}

    def recall(
        self, memory: Mapping[str, Any], counters: Mapping[str, Sample], settings: Settings, now: Instant
    ) -> None:
        """Go on from what :meth:`dump` gave, and from the ``counters`` of the last row."""
        control = self._control
        if isinstance(saved := memory.get("control"), dict):
            control.memory.control = control_memory.unknown(settings.chargers)
            with without_on_error("control"):
                control.memory.control = control_memory.load(saved, now)
        for name, part in self._parts.items():
            with without_on_error(name):
                part.recall(memory.get(name, {}))
        for name, pilot in self._pilots.items():
            saved = memory.get(f"pilot {name}")
            with without_on_error(f"pilot {name}"):
                pilot.recall(saved if isinstance(saved, dict) else None, now)
        for name, keeper in self._named.items():
            with without_on_error(name):
                keeper.recall(memory.get(name))
        control.counting.recall(memory.get("counters"), counters)
