"""The whole panel at one moment: light, buzzer and display, and what hangs at the charger."""

from dataclasses import dataclass

from ohmstead.core.charging.panel.front import PanelMemory, Shown, light, over, sound
from ohmstead.core.charging.panel.scene import Scene
from ohmstead.core.charging.panel.screens import Screen, screen
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.panel import Button, PanelOptions
from ohmstead.core.model.quantities import Quality

LINGER_S = 1.5
"""A transient light is told for so long after its end, so that nobody who looks once a second misses it."""


@dataclass(frozen=True, slots=True)
class PanelSeen:
    """``socket`` tells whether a loose cable is plugged in here, ``None`` before its board has told."""

    light: Shown
    over: Shown | None
    sound: Shown | None
    screen: Screen | None
    held: frozenset[Button]
    options: PanelOptions
    state: ChargerState
    connected: bool | None
    contactor_closed: bool
    socket: bool | None
    reader: bool
    heard: bool
    """Whether the board behind it answers: what is told of plug and contactor is of now."""


def look(memory: PanelMemory, scene: Scene, now_s: float) -> PanelSeen:
    """What is seen and heard of ``memory``, which was followed to ``now_s``."""
    reading = scene.reading
    return PanelSeen(
        light=light(memory, scene, now_s),
        over=over(memory, scene, now_s, LINGER_S),
        sound=sound(memory, scene, now_s),
        screen=screen(memory.display, scene, now_s) if scene.settings.display else None,
        held=memory.buttons.held,
        options=scene.options.panel,
        state=ChargerState.ERROR if scene.errors else reading.state,
        connected=reading.connected,
        contactor_closed=reading.contactor_closed,
        socket=None if scene.identity is None else scene.identity.socket,
        reader=scene.reader,
        heard=reading.quality not in (Quality.MISSING, Quality.STALE),
    )
