"""What a person should know about programs: that none can be active while nobody knows the time (G-028)."""

from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.model.grants import Notice
from ohmstead.core.model.reasons import Reason


def notices(settings: ControlSettings) -> tuple[Notice, ...]:
    """One for each charger whose programs wait for the clock."""
    if settings.clock_known:
        return ()
    rows = []
    for name, charger in settings.settings.chargers.items():
        options = settings.options_of(name)
        if options.enabled and options.mode == "programmed":
            mode = f"control.clock_unknown.{options.default_mode}"
            rows.append(Notice("clock_unknown", name, Reason(mode, {"charger": charger.name or name})))
    return tuple(rows)
