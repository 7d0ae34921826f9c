"""The front panel of a charger: its light and buzzer as waves over time, its display, and what hangs at it."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.modes import ChargingMode
from ohmstead.core.model.networks import LinkKind
from ohmstead.core.model.panel import Button, Colour
from ohmstead.web.views.base import ReasonView, View, shaped

WAVE_EXAMPLE: JsonDict = {
    "name": "charging",
    "colour": "green",
    "steps_ms": [500, 500],
    "repeats": True,
    "age_ms": 120,
}
LINE_EXAMPLE: JsonDict = {
    "label": {"key": "panel.item.limit", "params": {}},
    "value": {"key": "panel.value.ampere", "params": {"limit_a": 10.0}},
    "chosen": True,
    "kind": "changes",
    "changed": False,
}
HOME_EXAMPLE: JsonDict = {
    "icon": "charging",
    "mode": "programmed",
    "choosing": False,
    "choosing_left_s": 0.0,
    "program": 2,
    "status": {"key": "panel.state.charging", "params": {}},
    "more": None,
    "error": None,
    "power_w": 7200.0,
    "energy_j": 40_320_000,
    "charging_s": 8040.0,
    "links": [{"kind": "wifi", "state": "works", "signal_percent": 78}],
}
SCREEN_EXAMPLE: JsonDict = {
    "on": True,
    "page": "home",
    "home": HOME_EXAMPLE,
    "lines": [],
    "note": None,
    "digits": None,
    "cursor": 0,
}


class WaveView(View):
    """A light or a sound: on for the first step, off for the second, and so on."""

    model_config = shaped(WAVE_EXAMPLE)

    name: str = Field(description="The row of the table, or the sound")
    colour: Colour | None = Field(description="Null for a sound, and for no light")
    steps_ms: tuple[int, ...] = Field(description="None is always off")
    repeats: bool = Field(description="Whether it begins again at its end; else it stays off")
    age_ms: int = Field(description="How long it has been going on")


class LineView(View):
    """One line of a page of the menu."""

    model_config = shaped(LINE_EXAMPLE)

    label: ReasonView
    value: ReasonView | None
    chosen: bool = Field(description="The keys change this one")
    kind: Literal["opens", "shows", "changes", "does", "back"]
    changed: bool = Field(description="The value is not confirmed yet")


class HomeLinkView(View):
    """Wi-Fi or mobile on Home."""

    model_config = shaped({"kind": "wifi", "state": "works", "signal_percent": 78})

    kind: LinkKind
    state: Literal["works", "no_internet", "hotspot", "down"] = Field(description="hotspot: the machine's own Wi-Fi")
    signal_percent: int | None


class HomeView(View):
    """The fields of Home."""

    model_config = shaped(HOME_EXAMPLE)

    icon: str
    mode: ChargingMode
    choosing: bool = Field(description="The mode waits to be confirmed")
    choosing_left_s: float
    program: int | None = Field(description="The number of the active program")
    status: ReasonView
    more: ReasonView | None
    error: str | None = Field(description="The code of the most severe error")
    power_w: float | None = Field(description="Only during a session")
    energy_j: int | None = Field(description="Of the last session")
    charging_s: float | None = Field(description="Of the last session")
    links: tuple[HomeLinkView, ...] = Field(
        description="Wi-Fi, and mobile where fitted; empty where nobody here manages the networks"
    )


class ScreenView(View):
    """What stands on the display."""

    model_config = shaped(SCREEN_EXAMPLE)

    on: bool = Field(description="False in standby")
    page: str
    home: HomeView | None
    lines: tuple[LineView, ...]
    note: ReasonView | None = Field(description="What was answered last")
    digits: str | None = Field(description="Of a code that is typed; those the cursor is not at are hidden")
    cursor: int


class PanelView(View):
    """The front panel at this moment."""

    model_config = shaped(
        {
            "charger": "garage",
            "name": "Garage",
            "light": WAVE_EXAMPLE,
            "over": None,
            "sound": None,
            "screen": SCREEN_EXAMPLE,
            "held": ["centre"],
            "brightness_percent": 100,
            "button_sound": True,
            "menu_code": False,
            "state": "charging",
            "connected": True,
            "contactor_closed": True,
            "socket": False,
            "reader": True,
            "heard": True,
        }
    )

    charger: str
    name: str
    light: WaveView = Field(description="The lasting light")
    over: WaveView | None = Field(description="A transient one over it; told until 1.5 s after its end")
    sound: WaveView | None = Field(description="What the buzzer does")
    screen: ScreenView | None = Field(description="Null for a panel with one button and no display")
    held: tuple[Button, ...]
    brightness_percent: int
    button_sound: bool
    menu_code: bool = Field(description="Whether a code opens the menu")
    state: ChargerState
    connected: bool | None
    contactor_closed: bool
    socket: bool | None = Field(description="Null before the board has told; false for a cable that is fixed")
    reader: bool
    heard: bool = Field(description="Whether the charger answers; what is told of plug and contactor is else of before")


class PanelBody(View):
    """Which buttons are held from now on. Say it at least every second while some are; after 2 s they are forgotten."""

    model_config = shaped({"hand": "a1b2c3", "held": ["left", "right"]}, {"hand": "a1b2c3", "held": [], "knock": True})

    hand: Annotated[str, Field(min_length=1, max_length=40, description="Any name for this screen of the caller")]
    held: Annotated[tuple[Button, ...], Field(max_length=5)] = ()
    knock: bool = Field(default=False, strict=True, description="Tap the unit: it wakes")
    mute: bool = Field(default=False, strict=True, description="Silence the alarm")
