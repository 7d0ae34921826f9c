"""A copy of a frozen record that differs in some fields."""

from dataclasses import dataclass, replace

import pytest

from ohmstead.core.charging.memory import PilotMemory
from ohmstead.core.model.changing import changed


def test_a_changed_record_is_as_the_standard_library_makes_it_and_the_first_stays() -> None:
    first = PilotMemory("garage", duty_percent=40.0)
    assert changed(first, sequence="offer", full=True) == replace(first, sequence="offer", full=True)
    assert first == PilotMemory("garage", duty_percent=40.0)


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(KeyError, match="sequenz"):
        changed(PilotMemory(), sequenz="offer")


def test_a_record_that_checks_itself_when_it_is_made_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        amperes: float

        def __post_init__(self) -> None:
            assert self.amperes >= 0

    with pytest.raises(TypeError, match="Checked"):
        changed(Checked(1.0), amperes=-1.0)
