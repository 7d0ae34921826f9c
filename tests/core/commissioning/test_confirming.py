"""Points that a person confirmed become settings; what cannot be is refused as a whole."""

import pytest

from ohmstead.core.commissioning.confirming import ConfirmedPoint, confirmed
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.points import wired
from ohmstead.core.model.settings import Settings

CONNECT = {"driver": "samples", "connect": "samples://127.0.0.1:5390"}
SITE = {"name": "House", "timezone": "Europe/Rome"}
SETTINGS = Settings.model_validate(
    {
        "site": SITE,
        "devices": {
            "grid": {**CONNECT, "points": [1, 2, 3], "role": "grid"},
            "pump": {**CONNECT, "points": [4, 5, 6], "rating_a": 50, "phases": ["L2", "L3", "L1"], "role": "load"},
            "oven": {**CONNECT, "points": [{"column": 7, "phase": "L1", "rating_a": 50, "gain": 1.02}], "role": "load"},
        },
    }
)


def wiring(settings: Settings, device: str) -> list[tuple[int, str, bool, float, float | None]]:
    found = settings.devices[device]
    points = wired(found.points or (), found.phases, found.rating_a)
    return [(one.column + 1, one.code, one.reversed, round(one.gain, 3), one.rating_a) for one in points]


@pytest.mark.req("G-097")
def test_only_the_confirmed_points_change_and_the_others_keep_their_phases() -> None:
    points = [ConfirmedPoint("pump", 4, "L3", False), ConfirmedPoint("pump", 5, "L2", True)]
    after = confirmed(SETTINGS, points)
    assert wiring(after, "pump") == [
        (4, "L3", False, 1.0, 50),
        (5, "L2", True, 1.0, 50),
        (6, "L1", False, 1.0, 50),
    ]
    for other in ("grid", "oven"):
        assert after.devices[other] == SETTINGS.devices[other]


def test_another_rating_multiplies_what_the_transformer_shows_and_its_range() -> None:
    after = confirmed(SETTINGS, [ConfirmedPoint("oven", 7, "L2", False, 2.0)])
    assert wiring(after, "oven") == [(7, "L2", False, 2.04, 100.0)]


@pytest.mark.parametrize(
    ("grid_type", "point", "says"),
    [
        ("3x400+N", ConfirmedPoint("oven", 9, "L1", False), "wiring.no_such_point"),
        ("3x400+N", ConfirmedPoint("attic", 1, "L1", False), "wiring.no_such_point"),
        ("1x230", ConfirmedPoint("oven", 7, "L2", False), "wiring.cannot"),
    ],
)
def test_what_cannot_be_is_refused(grid_type: str, point: ConfirmedPoint, says: str) -> None:
    oven = SETTINGS.devices["oven"].model_dump()
    settings = Settings.model_validate({"site": {**SITE, "grid_type": grid_type}, "devices": {"oven": oven}})
    with pytest.raises(CommandRefused) as refused:
        confirmed(settings, [point])
    assert refused.value.reason.key == says
