"""The display as a state machine (EV-008 to EV-032, EV-041 to EV-043, G-045 to G-049).

=====  ==================================  ============================  ==============================
key    Home                                a page of the menu            a code
=====  ==================================  ============================  ==============================
up     next charging mode                  the line before               the digit before
down   previous charging mode              the line after                the digit after
left   pause or resume; recovery attempt   the value before; else back   one less
right  pause or resume; recovery attempt   the value after               one more
centre the mode that was chosen; the menu  confirm                       confirm
=====  ==================================  ============================  ==============================

A mode that was chosen on Home is dropped unless it is confirmed within 5 s. Pause and resume are the central system's
in OCPP mode. After 60 s without a key the display closes and is on Home again when it wakes; the key that wakes it does
nothing else. While an error holds or the software is replaced it stays open, on Home.
"""

from dataclasses import dataclass, field, replace

from ohmstead.core.charging.panel.codes import CodeMemory, entered
from ohmstead.core.charging.panel.pages import ABOVE, Item, Page, items
from ohmstead.core.charging.panel.scene import Scene, Wish
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.events import Action, CommandValue
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.panel import Button
from ohmstead.core.model.reasons import Reason

STANDBY_S = 60.0
CONFIRM_S = 5.0
DIGITS = 4
_EPS = 1e-9
_STEP = {"up": -1, "down": 1, "left": -1, "right": 1}


@dataclass(frozen=True, slots=True)
class DisplayMemory:
    """``aim`` is the page behind a code that is asked for. ``choice`` is a mode that is not confirmed yet.

    ``draft`` is the value of the line at the cursor while it is changed; ``note`` what was answered last.
    """

    awake: bool = True
    touched_s: float = 0.0
    page: Page = "home"
    cursor: int = 0
    choice: ChargingMode | None = None
    chosen_s: float = 0.0
    draft: tuple[CommandValue, ...] = ()
    digits: str = "0" * DIGITS
    aim: Page = "menu"
    note: Reason | None = None
    opened: frozenset[Page] = frozenset()
    codes: CodeMemory = field(default_factory=CodeMemory)


def rested(memory: DisplayMemory, scene: Scene, now_s: float) -> tuple[DisplayMemory, tuple[Wish, ...]]:
    """``memory`` after time has passed: choices that nobody confirmed are dropped, then it closes (G-046, G-048)."""
    if memory.choice is not None and now_s - memory.chosen_s >= CONFIRM_S:
        memory = replace(memory, choice=None)
    if not memory.awake or now_s - memory.touched_s < STANDBY_S - _EPS:
        return memory, ()
    return replace(homeward(memory), awake=scene.errors or scene.updating, opened=frozenset()), _left(memory)


def homeward(memory: DisplayMemory) -> DisplayMemory:
    """On Home, with nothing begun."""
    return replace(_at(memory, "home"), choice=None, note=None)


def woken(memory: DisplayMemory, now_s: float) -> DisplayMemory:
    """Awake, and for another 60 s."""
    return replace(memory, awake=True, touched_s=now_s)


def pressed(memory: DisplayMemory, key: Button, scene: Scene, now_s: float) -> tuple[DisplayMemory, tuple[Wish, ...]]:
    """``memory`` after a short press of ``key``, and what was wished."""
    if not memory.awake:
        return woken(memory, now_s), ()
    memory = replace(woken(memory, now_s), note=None)
    if memory.page == "home":
        return _on_home(memory, key, scene, now_s)
    if memory.page in ("code", "menu_code", "admin_code"):
        return _on_code(memory, key, scene, now_s)
    if memory.page == "card":
        return _on_card(memory, key, scene)
    return _on_page(memory, key, scene)


def single(scene: Scene) -> tuple[Wish, ...]:
    """What the one button of a panel without a display wishes when it is pressed shortly (EV-033 to EV-035)."""
    if scene.errors:
        return (Wish(Action.RECOVER),)
    if scene.options.paused:
        return (Wish(Action.PAUSE, False),)
    return (Wish(Action.PAUSE, True),) if scene.reading.state is ChargerState.CHARGING else ()


def _on_home(memory: DisplayMemory, key: Button, scene: Scene, now_s: float) -> tuple[DisplayMemory, tuple[Wish, ...]]:
    if key in ("up", "down"):
        modes = scene.modes
        before = memory.choice or scene.options.mode
        index = modes.index(before) if before in modes else 0
        step = 1 if key == "up" else -1
        return replace(memory, choice=modes[(index + step) % len(modes)], chosen_s=now_s), ()
    if key == "centre":
        if memory.choice is not None:
            return replace(memory, choice=None), (Wish(Action.SET_MODE, memory.choice),)
        return _opening(memory, "menu", scene), ()
    if scene.errors:
        return memory, (Wish(Action.RECOVER),)
    if scene.options.mode == "ocpp":
        return replace(memory, note=Reason("panel.note.ocpp")), ()
    return memory, (Wish(Action.PAUSE, not scene.options.paused),)


def _on_page(memory: DisplayMemory, key: Button, scene: Scene) -> tuple[DisplayMemory, tuple[Wish, ...]]:
    lines = items(memory.page, scene)
    cursor = min(memory.cursor, len(lines) - 1)
    line = lines[cursor]
    if key in ("up", "down"):
        return replace(memory, cursor=(cursor + _STEP[key]) % len(lines), draft=()), ()
    if key in ("left", "right"):
        if line.choices is not None:
            return replace(memory, draft=(_beside(line, memory, scene, _STEP[key]),)), ()
        return (_back(memory) if key == "left" else memory), ()
    if line.sets is not None:
        value = memory.draft[0] if memory.draft else line.holds(scene) if line.holds else None
        wishes = (Wish(line.sets, value),) if memory.draft else ()
        return replace(memory, draft=()), wishes
    if line.wish is not None:
        return (_back(memory) if line.name == "yes" else memory), (line.wish,)
    if line.leads is not None:
        opened = _opening(memory, line.leads, scene)
        return opened, ((Wish("learn"),) if opened.page == "card" else ())
    return (_back(memory) if line.name == "back" else memory), ()


def _beside(line: Item, memory: DisplayMemory, scene: Scene, step: int) -> CommandValue:
    """The value next to the one that is shown; the ends are ends."""
    values = line.choices(scene) if line.choices else ()
    shown = memory.draft[0] if memory.draft else line.holds(scene) if line.holds else None
    index = values.index(shown) if shown in values else 0
    return values[min(max(index + step, 0), len(values) - 1)]


def _on_code(memory: DisplayMemory, key: Button, scene: Scene, now_s: float) -> tuple[DisplayMemory, tuple[Wish, ...]]:
    if key in ("up", "down"):
        if key == "up" and memory.cursor == 0:
            return _back(memory), ()
        return replace(memory, cursor=min(DIGITS - 1, memory.cursor + _STEP[key])), ()
    if key in ("left", "right"):
        at = memory.cursor
        digit = str((int(memory.digits[at]) + _STEP[key]) % 10)
        return replace(memory, digits=memory.digits[:at] + digit + memory.digits[at + 1 :]), ()
    if memory.page == "menu_code":
        return _back(memory), (Wish(Action.SET_MENU_CODE, memory.digits),)
    if memory.page == "admin_code":
        return _back(memory), (Wish(Action.SET_ADMIN_CODE, memory.digits),)
    wanted = scene.options.panel.admin_code if memory.aim == "admin" else scene.options.panel.menu_code
    right = memory.codes.left_s(now_s) <= 0 and memory.digits == wanted
    codes = entered(memory.codes, right, now_s)
    if right:
        return replace(_at(memory, memory.aim), codes=codes, opened=memory.opened | {memory.aim}), ()
    note = None if codes.left_s(now_s) > 0 else Reason("panel.note.wrong_code")
    return replace(memory, codes=codes, note=note, digits="0" * DIGITS, cursor=0), ()


def _on_card(memory: DisplayMemory, key: Button, scene: Scene) -> tuple[DisplayMemory, tuple[Wish, ...]]:
    learning = scene.learning
    if key == "centre" and learning.state == "read" and learning.card is not None:
        return _back(memory), (Wish("keep_card", learning.card),)
    if key == "centre" and learning.state in ("timed_out", "known"):
        return memory, (Wish("learn"),)
    return (_back(memory), (Wish("forget_card"),)) if key == "left" else (memory, ())


def _opening(memory: DisplayMemory, page: Page, scene: Scene) -> DisplayMemory:
    """On ``page``, or before the code that it needs: the menu where one is set, Admin always (EV-214, EV-215)."""
    coded = page == "admin" or (page == "menu" and scene.options.panel.menu_code is not None)
    if coded and page not in memory.opened:
        return replace(_at(memory, "code"), aim=page)
    return _at(memory, page)


def _at(memory: DisplayMemory, page: Page) -> DisplayMemory:
    return replace(memory, page=page, cursor=0, draft=(), digits="0" * DIGITS)


def _back(memory: DisplayMemory) -> DisplayMemory:
    above: Page = "menu" if memory.page == "code" and memory.aim == "admin" else ABOVE[memory.page]
    return _at(memory, above)


def _left(memory: DisplayMemory) -> tuple[Wish, ...]:
    """Who leaves the page where a card is learned waits for none."""
    return (Wish("forget_card"),) if memory.page == "card" else ()
