"""A building of thirty channels, recorded for a year and a half: twenty-one circuits more than ``building``."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ohmstead.core.model.quantities import PHASES, Role
from tests.browser.building import CURVES, Building, Curve, pulse, settings, wave

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
CIRCUITS = (
    # name, what it always draws, what it draws from one hour to another (W)
    ("Dishwasher", 1, (20.1, 21.4, 1750)),
    ("Fridge", 58, (0.0, 24.0, 20)),
    ("Freezer", 44, (0.0, 24.0, 15)),
    ("Living room", 34, (18.5, 23.2, 160)),
    ("Television", 6, (19.4, 23.0, 118)),
    ("Bedroom", 8, (21.8, 23.5, 46)),
    ("Children", 12, (15.2, 20.5, 82)),
    ("Bathroom", 9, (6.8, 7.3, 1180)),
    ("Towel rail", 1, (6.2, 7.9, 410)),
    ("Water heater", 3, (3.0, 4.6, 1540)),
    ("Ventilation", 31, (6.0, 22.0, 24)),
    ("Well pump", 1, (5.5, 6.1, 780)),
    ("Garden lights", 2, (20.9, 23.6, 64)),
    ("Workshop", 4, (9.2, 11.7, 620)),
    ("Cellar", 16, (17.0, 17.5, 40)),
    ("Router and server", 72, (0.0, 24.0, 4)),
    ("Air conditioner", 5, (13.5, 17.8, 940)),
    ("Dryer", 1, (11.6, 12.5, 1900)),
    ("Gate and doorbell", 7, (7.8, 7.9, 180)),
    ("Outdoor sockets", 2, (16.2, 16.9, 540)),
    ("Sauna", 3, (18.0, 18.9, 2900)),
)


def _curve(name: str, always: float, at_times: tuple[float, float, float], nth: int) -> Curve:
    def power(hour: float) -> float:
        return always + wave(hour, 11 + nth, always / 9) + pulse(hour, *at_times)

    return Curve(name, Role.LOAD, (PHASES[nth % 3],), power)


MORE: Mapping[str, Curve] = {
    name.lower().replace(" ", "-"): _curve(name, always, at_times, nth)
    for nth, (name, always, at_times) in enumerate(CIRCUITS)
}


def large() -> Building:
    """Grid, roof, two chargers and twenty-six circuits."""
    curves = {**CURVES, **MORE}
    return Building(settings(curves=curves), curves=curves, begin=BEGIN)
