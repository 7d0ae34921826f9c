"""``/api/v1/chargers/{charger}/panel``: the front panel, seen and pressed from afar (EV 2, 3 and 5)."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from ohmstead.core.charging.panel.front import Shown
from ohmstead.core.charging.panel.screens import Home, Line, Screen
from ohmstead.core.charging.panel.showing import PanelSeen
from ohmstead.core.model.hands import Hand
from ohmstead.core.model.panel import BUTTONS
from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.base import ReasonView, reason_view
from ohmstead.web.views.panel import HomeLinkView, HomeView, LineView, PanelBody, PanelView, ScreenView, WaveView

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

ChargerPath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["garage"])]


@router.get("/api/v1/chargers/{charger}/panel", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422))
async def get_panel(house: TheHouse, charger: ChargerPath) -> PanelView:
    """What is seen and heard of it now."""
    _known(house, charger)
    return _panel(house, charger, house.panels.seen(charger))


@router.post(
    "/api/v1/chargers/{charger}/panel",
    dependencies=[needs("user")],
    responses=told(400, 401, 403, 404, 409, 411, 413, 415, 422, 503),
)
async def press_panel(
    house: TheHouse, caller: TheCaller, charger: ChargerPath, body: Annotated[PanelBody, Body()]
) -> PanelView:
    """Hold or let go of its buttons. What that changes is asked of the charger as by the caller; a refusal stands on
    the display, and 409 says that somebody else is pressing.
    """
    _known(house, charger)
    if body.knock:
        house.panels.knock(charger)
    if body.mute:
        house.panels.mute(charger)
    hand = Hand(f"{caller.name} {body.hand}", caller.name, caller.role)
    return _panel(house, charger, await house.panels.hold(charger, frozenset(body.held), hand))


def _known(house: House, charger: str) -> None:
    if charger not in house.settings.chargers:
        raise Refused(404, Reason("web.no_such_charger", {"charger": charger}))


def _panel(house: House, charger: str, seen: PanelSeen) -> PanelView:
    return PanelView(
        charger=charger,
        name=house.settings.chargers[charger].name or charger,
        light=_wave(seen.light),
        over=None if seen.over is None else _wave(seen.over),
        sound=None if seen.sound is None else _wave(seen.sound),
        screen=None if seen.screen is None else _screen(seen.screen),
        held=tuple(button for button in BUTTONS if button in seen.held),
        brightness_percent=seen.options.brightness_percent,
        button_sound=seen.options.button_sound,
        menu_code=seen.options.menu_code is not None,
        state=seen.state,
        connected=seen.connected,
        contactor_closed=seen.contactor_closed,
        socket=seen.socket,
        reader=seen.reader,
        heard=seen.heard,
    )


def _wave(shown: Shown) -> WaveView:
    return WaveView(
        name=shown.name,
        colour=shown.colour,
        steps_ms=shown.wave.steps_ms,
        repeats=shown.wave.repeats,
        age_ms=shown.age_ms,
    )


def _screen(screen: Screen) -> ScreenView:
    return ScreenView(
        on=screen.on,
        page=screen.page,
        home=None if screen.home is None else _home(screen.home),
        lines=tuple(_line(line) for line in screen.lines),
        note=reason_view(screen.note),
        digits=screen.digits,
        cursor=screen.cursor,
    )


def _home(home: Home) -> HomeView:
    return HomeView(
        icon=home.icon,
        mode=home.mode,
        choosing=home.choosing,
        choosing_left_s=home.choosing_left_s,
        program=home.program,
        status=_reason(home.status),
        more=reason_view(home.more),
        error=home.error,
        power_w=home.power_w,
        energy_j=home.energy_j,
        charging_s=home.charging_s,
        links=tuple(
            HomeLinkView(kind=link.kind, state=link.state, signal_percent=link.signal_percent) for link in home.links
        ),
    )


def _line(line: Line) -> LineView:
    return LineView(
        label=_reason(line.label),
        value=reason_view(line.value),
        chosen=line.chosen,
        kind=line.kind,
        changed=line.changed,
    )


def _reason(reason: Reason) -> ReasonView:
    return ReasonView(key=reason.key, params=reason.params)
