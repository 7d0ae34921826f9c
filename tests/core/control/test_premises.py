"""What follows from settings is kept while they are in use, and never told of others."""

from ohmstead.core.control import ControlSettings
from ohmstead.core.control.premises import premises
from tests.core.control.builders import site


def test_each_of_many_settings_is_told_its_own() -> None:
    several = [site({f"c{number}": {}}, main_fuse_a=6.0 + number) for number in range(20)]

    for _ in range(2):
        for number, settings in enumerate(several):
            found = premises(settings)
            assert found.phase_limit_a == 6.0 + number
            assert found.wired == {f"c{number}": ("L1",)}


def test_settings_made_from_others_are_told_anew() -> None:
    settings = site(main_fuse_a=25.0)
    assert ControlSettings(settings).limited

    free = settings.model_copy(update={"site": settings.site.model_copy(update={"main_fuse_a": None})})

    assert not ControlSettings(free).limited
    assert ControlSettings(settings).limited


def test_the_same_settings_are_looked_through_once() -> None:
    settings = site(main_fuse_a=25.0)

    assert premises(settings) is premises(settings)
