"""The panel as a whole: keys go to the display or the one button, the light follows the charger, the buzzer both.

Memory in, memory out: ``follow`` lets time pass, with the buttons that are held now or without a word about them, and
gives what was wished; ``answered`` takes what became of a wish; ``light`` and ``sound`` are what is seen and heard.
"""

from dataclasses import dataclass, field, replace

from ohmstead.core.charging.panel.buttons import ButtonMemory, Press, press
from ohmstead.core.charging.panel.display import DisplayMemory, homeward, pressed, rested, single, woken
from ohmstead.core.charging.panel.lights import ANSWERS, LIGHTS, Condition, covers, lasting
from ohmstead.core.charging.panel.scene import Scene, Wish
from ohmstead.core.charging.panel.sounds import ALARM_S, SOUNDS, Sound
from ohmstead.core.charging.panel.waves import Wave
from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.changing import quick
from ohmstead.core.model.events import Action
from ohmstead.core.model.faults import ERRORS, ErrorCode
from ohmstead.core.model.panel import Button, Colour, LightSignal
from ohmstead.core.model.reasons import Reason

_LONG: dict[Press, Action] = {"restart": Action.RESTART, "reset": Action.FACTORY_RESET}
_OF_ANSWERS: dict[AuthorizationSignal, Sound] = {"accepted": "accepted", "refused": "refused"}


@dataclass(frozen=True, slots=True)
class Played:
    """A signal and when it began, in seconds on the monotonic clock."""

    light: LightSignal
    at_s: float


@quick
@dataclass(frozen=True, slots=True)
class PanelMemory:
    """``lasting`` and ``over`` are the light; ``heard`` is the sound that began last. An alarm sounds ``alarm_s`` on.

    ``seen`` is what changed of the charger, so that a vehicle, a card or an error wakes the panel.
    """

    buttons: ButtonMemory = field(default_factory=ButtonMemory)
    display: DisplayMemory = field(default_factory=DisplayMemory)
    lasting: Played | None = None
    over: Played | None = None
    heard: Sound | None = None
    heard_s: float = 0.0
    alarm_s: float | None = None
    errors: frozenset[ErrorCode] = frozenset()
    connected: bool | None = None
    answer: AuthorizationSignal | None = None
    learned: str | None = None


@quick
@dataclass(frozen=True, slots=True)
class Followed:
    """The next memory, and what was wished."""

    memory: PanelMemory
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One light, or one sound: what it does over time, and how old it is. ``name`` is its row."""

    name: str
    wave: Wave
    age_ms: int
    colour: Colour | None = None


def begun(now_s: float) -> PanelMemory:
    """A panel that has just been switched on (EV-049)."""
    return PanelMemory(display=DisplayMemory(touched_s=now_s), over=Played(LightSignal.STARTUP, now_s))


def follow(memory: PanelMemory, scene: Scene, now_s: float, held: frozenset[Button] | None = None) -> Followed:
    """``memory`` at ``now_s``; ``held`` are the buttons that are held now, ``None`` when nobody says."""
    memory = _noticed(memory, scene, now_s)
    display, wishes = rested(memory.display, scene, now_s)
    if display is not memory.display:
        memory = replace(memory, display=display)
    if held is not None:
        buttons, presses = press(memory.buttons, held, scene.settings.display, now_s)
        if held and not memory.buttons.held:
            memory = _touched(memory, scene, now_s)
        memory = replace(memory, buttons=buttons)
        for one in presses:
            memory, more = _meant(memory, one, scene, now_s)
            wishes += more
    return Followed(_lit(memory, scene, now_s), wishes)


def knocked(memory: PanelMemory, now_s: float) -> PanelMemory:
    """Somebody tapped the unit: it wakes, and nothing else (EV-251, G-048)."""
    return replace(memory, display=woken(memory.display, now_s))


def muted(memory: PanelMemory) -> PanelMemory:
    """The alarm is silent until another error comes (G-041)."""
    return replace(memory, alarm_s=None)


def answered(memory: PanelMemory, why: Reason | None) -> PanelMemory:
    """What became of a wish: ``why`` it was refused is shown on the display; nothing is when it was carried out."""
    note = why if why is not None else Reason("panel.note.done")
    return replace(memory, display=replace(memory.display, note=note))


def light(memory: PanelMemory, scene: Scene, now_s: float) -> Shown:
    """The lasting light."""
    assert memory.lasting is not None
    return _shown(memory.lasting, scene, now_s)


def over(memory: PanelMemory, scene: Scene, now_s: float, linger_s: float = 0.0) -> Shown | None:
    """The transient light over it, while there is one, and ``linger_s`` longer for who looks only now and then."""
    if memory.over is None or memory.lasting is None:
        return None
    shown = _shown(memory.over, scene, now_s)
    if shown.age_ms >= shown.wave.length_ms + 1000 * linger_s:
        return None
    return shown if covers(memory.over.light, memory.lasting.light, scene.commissioned) else None


def sound(memory: PanelMemory, scene: Scene, now_s: float) -> Shown | None:
    """What the buzzer does: the sound that began last while it lasts, else the alarm in step with the light (G-041)."""
    if memory.heard is not None:
        wave, age_ms = SOUNDS[memory.heard], round((now_s - memory.heard_s) * 1000)
        if age_ms < wave.length_ms:
            return Shown(memory.heard, wave, age_ms)
    if memory.alarm_s is None or not scene.errors or now_s - memory.alarm_s >= ALARM_S:
        return None
    seen = light(memory, scene, now_s)
    return Shown("alarm", seen.wave, seen.age_ms)


def _shown(played: Played, scene: Scene, now_s: float) -> Shown:
    row = LIGHTS[played.light]
    blinks = ERRORS[scene.reading.errors[0].code].blinks if scene.errors else 1
    colour = scene.settings.colours.get(row.signal, row.colour)
    return Shown(row.signal.value, row.wave(blinks), max(0, round((now_s - played.at_s) * 1000)), colour)


def _touched(memory: PanelMemory, scene: Scene, now_s: float) -> PanelMemory:
    """A button goes down: any of them mutes the alarm, and clicks where that is on."""
    memory = muted(memory)
    return _heard(memory, "key", now_s) if scene.options.panel.button_sound else memory


def _meant(memory: PanelMemory, one: Press, scene: Scene, now_s: float) -> tuple[PanelMemory, tuple[Wish, ...]]:
    if one == "restart" or one == "reset":
        return _heard(memory, one, now_s), (Wish(_LONG[one]),)
    if scene.settings.display:
        display, wishes = pressed(memory.display, one, scene, now_s)
        return replace(memory, display=display), wishes
    if not memory.display.awake:
        return knocked(memory, now_s), ()
    return knocked(memory, now_s), single(scene)


def _noticed(memory: PanelMemory, scene: Scene, now_s: float) -> PanelMemory:
    """What happened at the charger since the last look."""
    errors = frozenset(one.code for one in scene.reading.errors)
    answer, connected = scene.reading.authorization.signal, scene.reading.connected
    learned = scene.learning.card if scene.learning.state in ("read", "known") else None
    if answer is not None and answer != memory.answer:
        memory = knocked(replace(memory, over=Played(ANSWERS[answer], now_s)), now_s)
        if answer in _OF_ANSWERS:
            memory = _heard(memory, _OF_ANSWERS[answer], now_s)
    if learned is not None and learned != memory.learned:
        memory = _heard(knocked(memory, now_s), "read", now_s)
    if errors - memory.errors:
        memory = replace(memory, alarm_s=now_s, display=woken(homeward(memory.display), now_s))
    if scene.updating and not memory.display.awake:
        memory = knocked(memory, now_s)
    if connected is not None and memory.connected is not None and connected is not memory.connected:
        memory = knocked(memory, now_s)
    connected = memory.connected if connected is None else connected
    if (errors, answer, connected, learned) == (memory.errors, memory.answer, memory.connected, memory.learned):
        return memory
    return replace(memory, errors=errors, answer=answer, connected=connected, learned=learned)


def _lit(memory: PanelMemory, scene: Scene, now_s: float) -> PanelMemory:
    condition = Condition(
        scene.reading.state,
        connected=bool(scene.reading.connected),
        error=scene.errors,
        updating=scene.updating,
        commissioned=scene.commissioned,
        dark=not memory.display.awake,
    )
    signal = lasting(condition)
    if memory.lasting is not None and memory.lasting.light is signal:
        return memory
    return replace(memory, lasting=Played(signal, now_s))


def _heard(memory: PanelMemory, one: Sound, now_s: float) -> PanelMemory:
    return replace(memory, heard=one, heard_s=now_s)
