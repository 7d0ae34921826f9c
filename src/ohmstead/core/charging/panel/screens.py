"""What stands on the display: Home with its fields, or the lines of a page (EV-008 to EV-032)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ohmstead.core.charging.panel.display import CONFIRM_S, DIGITS, DisplayMemory
from ohmstead.core.charging.panel.pages import Item, Page, items, told_value
from ohmstead.core.charging.panel.scene import Scene
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.networks import Link, LinkKind, NetworksNow
from ohmstead.core.model.reasons import Reason

Icon = Literal[
    "initialising",
    "not_enabled",
    "out_of_service",
    "not_connected",
    "waiting",
    "no_current",
    "charging",
    "paused",
    "complete",
    "error",
    "updating",
]

ICONS: Mapping[ChargerState, Icon] = {
    ChargerState.INITIALISING: "initialising",
    ChargerState.INCOMPLETE_INSTALLATION: "initialising",
    ChargerState.NOT_ENABLED: "not_enabled",
    ChargerState.OUT_OF_SERVICE: "out_of_service",
    ChargerState.NOT_CONNECTED: "not_connected",
    ChargerState.WAITING_AUTHORISATION: "waiting",
    ChargerState.WAITING_TRANSACTION_CONFIRMATION: "waiting",
    ChargerState.CONNECTED_NO_CURRENT: "no_current",
    ChargerState.CONNECTED_WAITING_VEHICLE: "waiting",
    ChargerState.PRE_CHARGE_TEST: "waiting",
    ChargerState.CHARGING: "charging",
    ChargerState.SUSPENDED: "paused",
    ChargerState.COMPLETE: "complete",
    ChargerState.ERROR: "error",
    ChargerState.UPDATING: "updating",
}
"""EV-009 to EV-019, with EV-013 as G-045 reads it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. ``kind`` tells what the keys do with it."""

    label: Reason
    value: Reason | None = None
    chosen: bool = False
    kind: Literal["opens", "shows", "changes", "does", "back"] = "shows"
    changed: bool = False


LinkState = Literal["works", "no_internet", "hotspot", "down"]


@dataclass(frozen=True, slots=True)
class LinkShown:
    """Wi-Fi or mobile as Home shows it; ``hotspot`` while the machine's own Wi-Fi is open."""

    kind: LinkKind
    state: LinkState
    signal_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The fields of Home. Energy and duration are of the last session; power only while one runs (EV-020 to EV-026)."""

    icon: Icon
    mode: ChargingMode
    status: Reason
    program: int | None = None
    more: Reason | None = None
    error: str | None = None
    choosing: bool = False
    choosing_left_s: float = 0.0
    power_w: float | None = None
    energy_j: int | None = None
    charging_s: float | None = None
    links: tuple[LinkShown, ...] = ()
    """EV-022: Wi-Fi, which every model has, and mobile where it is fitted; empty where nobody manages them here."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What is seen. ``digits`` stand only where a code is typed, ``cursor`` is the digit that the keys change."""

    on: bool
    page: Page = "home"
    home: Home | None = None
    lines: tuple[Line, ...] = ()
    note: Reason | None = None
    digits: str | None = None
    cursor: int = 0


def screen(memory: DisplayMemory, scene: Scene, now_s: float) -> Screen:
    """The display as it is now."""
    if not memory.awake:
        return Screen(False)
    if memory.page == "home":
        return Screen(True, "home", _home(memory, scene, now_s), note=memory.note)
    seen = Screen(True, memory.page, note=memory.note)
    if memory.page in ("code", "menu_code", "admin_code"):
        left_s = memory.codes.left_s(now_s) if memory.page == "code" else 0.0
        note = Reason("panel.note.locked", {"left_s": left_s}) if left_s > 0 else memory.note
        label = Line(Reason(f"panel.ask.{memory.page}"))
        shown = "•" * DIGITS if memory.page == "code" else memory.digits
        at = memory.cursor
        digits = shown[:at] + memory.digits[at] + shown[at + 1 :]
        return replace(seen, lines=(label,), note=note, digits=digits, cursor=at)
    if memory.page == "card":
        return replace(seen, lines=_card(scene))
    rows = items(memory.page, scene)
    cursor = min(memory.cursor, len(rows) - 1)
    asked = Reason(f"panel.ask.{memory.page}")
    question = (Line(asked),) if memory.page in ("anew", "restart", "reset") else ()
    return replace(seen, lines=(*question, *(_line(row, i == cursor, memory, scene) for i, row in enumerate(rows))))


def _home(memory: DisplayMemory, scene: Scene, now_s: float) -> Home:
    reading = scene.reading
    state = ChargerState.ERROR if scene.errors else reading.state
    paused = scene.options.paused and state is ChargerState.SUSPENDED
    error = reading.errors[0].code if scene.errors else None
    status = Reason(f"error.{error.lower()}.name") if error else Reason(f"panel.state.{'paused' if paused else state}")
    more = scene.reason if state in (ChargerState.SUSPENDED, ChargerState.CONNECTED_NO_CURRENT) else None
    if error is not None:
        more = Reason(f"error.{error.lower()}.what")
    if state is ChargerState.UPDATING:
        more = Reason("panel.note.updating")
    session = reading.session
    return Home(
        icon=ICONS[state],
        mode=memory.choice or scene.options.mode,
        status=status,
        program=scene.program if scene.options.mode == "programmed" and memory.choice is None else None,
        more=None if paused else more,
        error=error,
        choosing=memory.choice is not None,
        choosing_left_s=0.0 if memory.choice is None else max(0.0, CONFIRM_S - (now_s - memory.chosen_s)),
        power_w=reading.power_w if session is not None and reading.connected else None,
        energy_j=session.energy_j if session is not None else scene.last_energy_j,
        charging_s=session.charging_s if session is not None else scene.last_charging_s,
        links=() if scene.networks is None else _links(scene.networks),
    )


def _links(now: NetworksNow) -> tuple[LinkShown, ...]:
    wifi = next((link for link in now.links if link.kind == "wifi"), Link("wifi", "", enabled=False))
    mobile = tuple(link for link in now.links if link.kind == "mobile")[:1]
    shown = tuple(LinkShown(link.kind, _link_state(link), link.signal_percent) for link in (wifi, *mobile))
    return shown if now.hotspot is None else (LinkShown("wifi", "hotspot"), *shown[1:])


def _link_state(link: Link) -> LinkState:
    if not link.enabled or not link.connected:
        return "down"
    return "works" if link.works else "no_internet"


def _line(item: Item, chosen: bool, memory: DisplayMemory, scene: Scene) -> Line:
    label = Reason(f"panel.item.{item.name}")
    if item.choices is not None and item.holds is not None:
        drafted = chosen and bool(memory.draft)
        value = memory.draft[0] if drafted else item.holds(scene)
        return Line(label, told_value(item, value), chosen, "changes", changed=drafted)
    if item.shows is not None:
        return Line(label, item.shows(scene) or Reason("panel.shows.nothing"), chosen)
    if item.leads is not None:
        return Line(label, None, chosen, "opens")
    return Line(label, None, chosen, "does" if item.wish is not None else "back")


def _card(scene: Scene) -> tuple[Line, ...]:
    learning = scene.learning
    told = Line(Reason(f"panel.card.{learning.state}"))
    if learning.state == "waiting":
        return (told, Line(Reason("panel.card.left", {"left_s": scene.learning_left_s})))
    if learning.card is not None:
        return (told, Line(Reason("panel.card.number", {"card": learning.card})))
    return (told,)
