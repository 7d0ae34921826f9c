"""The light (EV-048 to EV-066, EV-224, G-041 to G-044): one row per signal, and which of them is shown.

==========  ==========================================================================================
pattern     a duration of *d* ms is (G-043) …
==========  ==========================================================================================
off         never on
fixed       always on
periodic    on for d/2, off for d/2, for ever
single      on once, for d
double      on twice for d/2, with d/2 between
category    n times 250 ms on and 250 ms off, then 1 s off, for ever: n is the error's category (G-041)
==========  ==========================================================================================

Transient rows lie over the lasting one for as long as they last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ohmstead.core.charging.panel.waves import ALWAYS, NEVER, Wave
from ohmstead.core.model.authorization import AuthorizationSignal
from ohmstead.core.model.changing import quick
from ohmstead.core.model.chargers import ChargerState
from ohmstead.core.model.panel import Colour, LightSignal

Pattern = Literal["off", "fixed", "periodic", "single", "double", "category"]

BLINK_MS, GROUP_PAUSE_MS = 250, 1000
"""Of the groups that tell an error's category (EV-224, G-041)."""


@dataclass(frozen=True, slots=True)
class LightRow:
    """One signal. ``colour`` is what holds unless the installer's settings say otherwise; ``None`` for no light."""

    requirement: str
    signal: LightSignal
    pattern: Pattern
    duration_ms: int | None
    colour: Colour | None

    @property
    def transient(self) -> bool:
        """Whether it ends by itself."""
        return self.pattern in ("single", "double")

    def wave(self, blinks: int = 1) -> Wave:
        """What it does over time; ``blinks`` is the category of an error."""
        duration_ms = self.duration_ms or 0
        match self.pattern:
            case "off":
                return NEVER
            case "fixed":
                return ALWAYS
            case "periodic":
                return Wave((duration_ms // 2, duration_ms // 2), repeats=True)
            case "single":
                return Wave((duration_ms,))
            case "double":
                return Wave((duration_ms // 2,) * 3)
            case "category":
                return Wave((BLINK_MS,) * (2 * blinks - 1) + (BLINK_MS + GROUP_PAUSE_MS,), repeats=True)


_S = LightSignal
_ROWS = (
    LightRow("EV-049", _S.STARTUP, "single", 600, "white"),
    LightRow("EV-050", _S.OFF, "off", None, None),
    LightRow("EV-051", _S.NO_CURRENT, "fixed", None, "orange"),
    LightRow("EV-052", _S.INCOMPLETE, "periodic", 1000, "orange"),
    LightRow("EV-053", _S.SUSPENDED, "periodic", 2000, "orange"),
    LightRow("EV-054", _S.WAITING, "fixed", None, "blue"),
    LightRow("EV-055", _S.TEST, "periodic", 200, "blue"),
    LightRow("EV-056", _S.COMPLETE, "fixed", None, "green"),
    LightRow("EV-057", _S.CHARGING, "periodic", 1000, "green"),
    LightRow("EV-058", _S.ACCEPTED, "double", 350, "green"),
    LightRow("EV-059", _S.UPDATING, "periodic", 2000, "white"),
    LightRow("EV-060", _S.CONFIRMATION, "fixed", None, "violet"),
    LightRow("EV-061", _S.REQUESTED, "single", 500, "violet"),
    LightRow("EV-062", _S.REFUSED, "double", 350, "red"),
    LightRow("EV-063", _S.ERROR, "category", 500, "red"),
)
LIGHTS: Mapping[LightSignal, LightRow] = {row.signal: row for row in _ROWS}
"""The table, in its own order."""

ANSWERS: Mapping[AuthorizationSignal, LightSignal] = {
    "accepted": _S.ACCEPTED,
    "requested": _S.REQUESTED,
    "refused": _S.REFUSED,
}
"""The transient rows of an authentication (EV-202)."""

_OF_STATES: Mapping[ChargerState, LightSignal] = {
    ChargerState.INITIALISING: _S.OFF,
    ChargerState.INCOMPLETE_INSTALLATION: _S.INCOMPLETE,
    ChargerState.NOT_ENABLED: _S.OFF,
    ChargerState.OUT_OF_SERVICE: _S.OFF,
    ChargerState.NOT_CONNECTED: _S.OFF,
    ChargerState.WAITING_AUTHORISATION: _S.WAITING,
    ChargerState.WAITING_TRANSACTION_CONFIRMATION: _S.CONFIRMATION,
    ChargerState.CONNECTED_NO_CURRENT: _S.NO_CURRENT,
    ChargerState.CONNECTED_WAITING_VEHICLE: _S.WAITING,
    ChargerState.PRE_CHARGE_TEST: _S.TEST,
    ChargerState.CHARGING: _S.CHARGING,
    ChargerState.SUSPENDED: _S.SUSPENDED,
    ChargerState.COMPLETE: _S.COMPLETE,
    ChargerState.ERROR: _S.ERROR,
    ChargerState.UPDATING: _S.UPDATING,
}


@quick
@dataclass(frozen=True, slots=True)
class Condition:
    """What the light goes by. ``dark``: the panel is in standby, and no vehicle is there (G-048)."""

    state: ChargerState
    connected: bool = False
    error: bool = False
    updating: bool = False
    commissioned: bool = True
    dark: bool = False


def lasting(now: Condition) -> LightSignal:
    """The lasting signal (G-044): error, update, an installation that is not finished, then the charger's state."""
    if now.error or now.state is ChargerState.ERROR:
        return _S.ERROR
    if now.updating or now.state is ChargerState.UPDATING:
        return _S.UPDATING
    if now.dark and not now.connected:
        return _S.OFF
    if not now.commissioned or now.state is ChargerState.INCOMPLETE_INSTALLATION:
        return _S.INCOMPLETE
    if now.state is ChargerState.NOT_ENABLED and now.connected:
        return _S.SUSPENDED
    return _OF_STATES[now.state]


def covers(over: LightSignal, lasting: LightSignal, commissioned: bool = True) -> bool:
    """Whether the transient ``over`` is seen over ``lasting``: nothing hides an error or an update (G-044)."""
    if lasting in (_S.ERROR, _S.UPDATING):
        return False
    return commissioned or over is _S.STARTUP
