"""The pages of the display as a table (EV-029 to EV-032, EV-095, EV-195, EV-213).

Each item leads to a page, wishes something, shows something, or has a value that left and right change and the centre
confirms. What an item is called stands in the texts as ``panel.item.<name>``, its values as ``panel.value.<…>``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ohmstead.core.charging.panel.scene import Scene, Wish
from ohmstead.core.model.authorization import AuthorizationMode
from ohmstead.core.model.charges import Counters
from ohmstead.core.model.events import Action, CommandValue
from ohmstead.core.model.panel import BRIGHTNESS_PERCENT
from ohmstead.core.model.quantities import JOULES_PER_KWH, MINIMUM_CURRENT_A, PHASES
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason

Page = Literal[
    "home",
    "menu",
    "admin",
    "user",
    "info",
    "device",
    "sessions",
    "readings",
    "anew",
    "restart",
    "reset",
    "code",
    "menu_code",
    "admin_code",
    "card",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a page. ``choices`` are the values of one that can be changed, ``holds`` the one there is."""

    name: str
    leads: Page | None = None
    wish: Wish | None = None
    shows: Callable[[Scene], Reason | None] | None = None
    choices: Callable[[Scene], tuple[CommandValue, ...]] | None = None
    holds: Callable[[Scene], CommandValue] | None = None
    sets: Action | None = None
    there: Callable[[Scene], bool] = lambda _: True


def items(page: Page, scene: Scene) -> tuple[Item, ...]:
    """The lines of ``page`` that there are here."""
    return tuple(item for item in PAGES.get(page, ()) if item.there(scene))


def told_value(item: Item, value: CommandValue) -> Reason:
    """``value`` of ``item`` in words."""
    if value is None:
        return Reason(f"panel.value.{item.name}.none")
    if isinstance(value, bool):
        return Reason("panel.value.on") if value else Reason("panel.value.off")
    if isinstance(value, str):
        return Reason(f"panel.value.{value}")
    assert isinstance(value, int | float)
    if item.name in ("limit", "session_limit"):
        return Reason("panel.value.ampere", {"limit_a": float(value)})
    if item.name == "brightness":
        return Reason("panel.value.percent", {"share_percent": value})
    return Reason("panel.value.number", {"number": int(value)})


def _amperes(most_a: float) -> tuple[CommandValue, ...]:
    return (*(float(one) for one in range(int(MINIMUM_CURRENT_A), int(most_a))), None)


def _ways(scene: Scene) -> tuple[CommandValue, ...]:
    return tuple(one for one in get_args(AuthorizationMode) if scene.reader or one in ("none", "app"))


def _counted(counters: Counters) -> Reason:
    hours, rest = divmod(int(counters.charging_s), 3600)
    params: dict[str, str | int] = {
        "sessions": counters.sessions,
        "energy": f"{counters.energy_j / JOULES_PER_KWH:.1f}",
    }
    return Reason("panel.shows.counters", {**params, "time": f"{hours}:{rest // 60:02d}"})


def _text(read: Callable[[Scene], str | None]) -> Callable[[Scene], Reason | None]:
    def shows(scene: Scene) -> Reason | None:
        text = read(scene)
        return Reason("panel.shows.text", {"text": text}) if text else None

    return shows


def _board(read: Callable[[Scene], str]) -> Callable[[Scene], Reason | None]:
    return _text(lambda scene: read(scene) if scene.identity is not None else None)


def _hardware(scene: Scene) -> Reason | None:
    known = scene.identity
    if known is None:
        return None
    return Reason("panel.shows.hardware", {"phases": known.phases, "rated_a": known.rated_current_a})


def _phase(reading: PhaseReading | None) -> Reason | None:
    if reading is None or (reading.voltage_v is None and reading.current_a is None):
        return None
    known = {"voltage_v": reading.voltage_v, "current_a": reading.current_a}
    return Reason("panel.shows.phase", {name: value for name, value in known.items() if value is not None})


def _readings(where: Literal["grid", "vehicle"]) -> tuple[Item, ...]:
    """Voltage and current of each phase, and the power: at the grid connection, or towards the vehicle (EV-032)."""

    def power(scene: Scene) -> Reason | None:
        watts = scene.grid_w if where == "grid" else scene.reading.power_w
        return None if watts is None else Reason("panel.shows.power", {"power_w": watts})

    def phase(index: int) -> Callable[[Scene], Reason | None]:
        return lambda s: _phase((s.grid if where == "grid" else s.reading.phases).get(PHASES[index]))

    rows = (Item(f"{where}.{PHASES[index].lower()}", shows=phase(index)) for index in range(len(PHASES)))
    return (Item(f"{where}.power", shows=power), *rows)


BACK = Item("back")

PAGES: Mapping[Page, tuple[Item, ...]] = {
    "menu": (Item("user", leads="user"), Item("info", leads="info"), Item("admin", leads="admin"), BACK),
    "user": (
        Item("mode", choices=lambda s: s.modes, holds=lambda s: s.options.mode, sets=Action.SET_MODE),
        Item(
            "limit",
            choices=lambda s: _amperes(s.installation_a),
            holds=lambda s: s.options.user_limit_a,
            sets=Action.SET_USER_LIMIT,
        ),
        Item(
            "session_limit",
            choices=lambda s: _amperes(s.options.user_limit_a or s.installation_a),
            holds=lambda s: s.options.session_limit_a,
            sets=Action.SET_SESSION_LIMIT,
            there=lambda s: bool(s.reading.connected),
        ),
        Item(
            "priority",
            choices=lambda _: (None, 0, 1, 2, 3, 4),
            holds=lambda s: s.options.priority,
            sets=Action.SET_PRIORITY,
        ),
        Item(
            "sound",
            choices=lambda _: (False, True),
            holds=lambda s: s.options.panel.button_sound,
            sets=Action.SET_BUTTON_SOUND,
        ),
        Item(
            "brightness",
            choices=lambda _: BRIGHTNESS_PERCENT,
            holds=lambda s: s.options.panel.brightness_percent,
            sets=Action.SET_BRIGHTNESS,
        ),
        BACK,
    ),
    "admin": (
        Item(
            "authorization",
            choices=_ways,
            holds=lambda s: s.options.authorization,
            sets=Action.SET_AUTHORIZATION,
        ),
        Item("card", leads="card", there=lambda s: s.reader),
        Item("pair_ct", wish=Wish(Action.PAIR_CT), there=lambda s: s.remote),
        Item("menu_code", leads="menu_code"),
        Item(
            "no_menu_code",
            wish=Wish(Action.SET_MENU_CODE, None),
            there=lambda s: s.options.panel.menu_code is not None,
        ),
        Item("admin_code", leads="admin_code"),
        Item("restart", leads="restart"),
        Item("reset", leads="reset"),
        BACK,
    ),
    "info": (
        Item("device", leads="device"),
        Item("sessions", leads="sessions"),
        Item("readings", leads="readings"),
        BACK,
    ),
    "device": (
        Item("device.name", shows=_text(lambda s: s.name)),
        Item("device.model", shows=_board(lambda s: f"{s.identity.vendor} {s.identity.model}" if s.identity else "")),
        Item("device.serial", shows=_board(lambda s: s.identity.serial if s.identity else "")),
        Item("device.firmware", shows=_board(lambda s: s.identity.firmware if s.identity else "")),
        Item("device.software", shows=_text(lambda s: s.version)),
        Item("device.hardware", shows=_hardware),
        BACK,
    ),
    "sessions": (
        Item("sessions.total", shows=lambda s: _counted(s.total)),
        Item("sessions.partial", shows=lambda s: _counted(s.partial)),
        Item("anew", leads="anew"),
        BACK,
    ),
    "readings": (*_readings("grid"), *_readings("vehicle"), BACK),
    "anew": (BACK, Item("yes", wish=Wish("counters_anew"))),
    "restart": (BACK, Item("yes", wish=Wish(Action.RESTART))),
    "reset": (BACK, Item("yes", wish=Wish(Action.FACTORY_RESET))),
}
ABOVE: Mapping[Page, Page] = {
    "menu": "home",
    "admin": "menu",
    "user": "menu",
    "info": "menu",
    "device": "info",
    "sessions": "info",
    "readings": "info",
    "anew": "sessions",
    "restart": "admin",
    "reset": "admin",
    "menu_code": "admin",
    "admin_code": "admin",
    "card": "admin",
    "code": "home",
}
"""Where "back" leads."""
