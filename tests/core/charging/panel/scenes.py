"""A panel with a hand on it: scenes made of real readings, and time that a test moves."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ohmstead.core.charging.panel.front import PanelMemory, begun, follow
from ohmstead.core.charging.panel.scene import Scene, Wish
from ohmstead.core.charging.panel.screens import Screen, screen
from ohmstead.core.model.chargers import ChargerError, ChargerOptions, ChargerReading, ChargerState, Session
from ohmstead.core.model.faults import ErrorCode
from ohmstead.core.model.panel import Button
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.time import Instant

AT = Instant(datetime(2026, 6, 21, 10, tzinfo=UTC), 1000.0)


def reading(state: ChargerState = ChargerState.CHARGING, *codes: ErrorCode, **values: Any) -> ChargerReading:
    """A charger in ``state`` with these errors."""
    errors = tuple(ChargerError(code, AT, Reason("fault.earth")) for code in codes)
    away = state is ChargerState.NOT_CONNECTED
    session = None if away else Session("s1", "garage", AT, energy_j=3_600_000, charging_s=600.0)
    values = {"connected": not away, "session": session, "power_w": 7000.0, **values}
    return ChargerReading("garage", AT, Quality.GOOD, state, errors=errors, **values)


def scene(state: ChargerState = ChargerState.CHARGING, *codes: ErrorCode, **values: Any) -> Scene:
    """What a panel sees of it."""
    values = {"options": ChargerOptions(), "modes": ("fast", "green", "programmed"), **values}
    return Scene(reading(state, *codes), **values)


@dataclass
class Hand:
    """Presses, waits and looks."""

    scene: Scene = field(default_factory=scene)
    now_s: float = 1000.0
    memory: PanelMemory = field(default_factory=lambda: begun(1000.0))
    wishes: list[Wish] = field(default_factory=list)

    def hold(self, *buttons: Button, for_s: float = 0.0) -> "Hand":
        """These are held from now on; heard every 0.4 s while time passes."""
        self._follow(frozenset(buttons))
        ends_s = self.now_s + for_s
        while buttons and self.now_s < ends_s - 1e-9:
            self.now_s = min(ends_s, self.now_s + 0.4)
            self._follow(frozenset(buttons))
        return self

    def press(self, *buttons: Button, for_s: float = 0.1) -> "Hand":
        """Each of them shortly, one after the other."""
        for button in buttons:
            self.hold(button, for_s=for_s)
            self.hold()
            self.now_s += 0.1
        return self

    def wait(self, seconds: float) -> "Hand":
        """Nobody touches it; once a second somebody looks."""
        ends_s = self.now_s + seconds
        while self.now_s < ends_s - 1e-9:
            self.now_s = min(ends_s, self.now_s + 1.0)
            self._follow(None)
        return self

    def sees(self, **values: Any) -> "Hand":
        """The scene is another now."""
        self.scene = replace(self.scene, **values)
        self._follow(None)
        return self

    @property
    def screen(self) -> Screen:
        """What stands on the display."""
        return screen(self.memory.display, self.scene, self.now_s)

    @property
    def asked(self) -> list[tuple[str, Any]]:
        """What was wished so far."""
        return [(str(wish.what), wish.value) for wish in self.wishes]

    def _follow(self, held: frozenset[Button] | None) -> None:
        followed = follow(self.memory, self.scene, self.now_s, held)
        self.memory = followed.memory
        self.wishes += followed.wishes
