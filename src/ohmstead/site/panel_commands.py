"""What a command changes on a panel: sound, brightness and the two codes (EV-212 to EV-215)."""

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.panel import BRIGHTNESS_PERCENT, PanelOptions, is_code
from ohmstead.core.model.reasons import Reason

OF_THE_PANEL = frozenset({Action.SET_BUTTON_SOUND, Action.SET_BRIGHTNESS, Action.SET_MENU_CODE, Action.SET_ADMIN_CODE})


def panel_options(command: Command, before: PanelOptions) -> PanelOptions:
    """``before`` as ``command`` wants it. Raises CommandRefused."""
    value = command.value
    match command.action:
        case Action.SET_BUTTON_SOUND:
            if not isinstance(value, bool):
                raise CommandRefused(Reason("command.switch", {"came": str(value)}))
            return before.model_copy(update={"button_sound": value})
        case Action.SET_BRIGHTNESS:
            if isinstance(value, bool) or value not in BRIGHTNESS_PERCENT:
                allowed = ", ".join(map(str, BRIGHTNESS_PERCENT))
                raise CommandRefused(Reason("command.brightness", {"came": str(value), "allowed": allowed}))
            return before.model_copy(update={"brightness_percent": int(str(value).partition(".")[0])})
        case Action.SET_MENU_CODE:
            if value is not None and not is_code(value):
                raise CommandRefused(Reason("command.code"))
            return before.model_copy(update={"menu_code": value})
        case _:
            if not is_code(value):
                raise CommandRefused(Reason("command.code"))
            return before.model_copy(update={"admin_code": value})
