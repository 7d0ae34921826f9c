"""The page of the handbook about the API, held against the API."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from ohmstead.web.access import Guard
from ohmstead.web.routes import history
from ohmstead.web.schema import SiteApp
from ohmstead.web.views.commands import CommandBody, SetSessionLimitCommand, SiteCommandBody
from ohmstead.web.views.site import Problem
from ohmstead.web.views.snapshot import LiveChange, SnapshotView

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"```json\n(.*?)```", PAGE, re.S)


def test_every_address_stands_in_the_page_with_its_role():
    told = set(re.findall(r"^\| `(\S+ \S+)` \| (\w+) \|", PAGE, re.M))
    real = set()
    for route in SiteApp().routes:
        [role] = [each.call.role for each in route.dependant.dependencies if isinstance(each.call, Guard)]
        real |= {(f"{method} {route.path}", role) for method in getattr(route, "methods", None) or ["WS"]}
    assert told == real


@pytest.mark.parametrize(
    "number, shape", [(0, SnapshotView), (1, LiveChange), (2, SetSessionLimitCommand), (3, Problem)]
)
def test_each_example_has_the_shape_it_shows(number: int, shape):
    shape.model_validate_json(BLOCKS[number])


def test_the_limits_of_the_page_are_those_of_the_program():
    assert f"up to {history.MOST_CHANNELS} times" in PAGE
    assert "At most 10 000 intervals per channel" in PAGE
    assert "for the 300 000 intervals that an answer may have" in PAGE
    assert (history.MOST_POINTS, history.MOST_POINTS_IN_ALL) == (10_000, 300_000)


def test_every_action_stands_in_the_page():
    bodies = (*get_args(get_args(CommandBody)[0]), *get_args(get_args(SiteCommandBody)[0]))
    actions = {get_args(body.model_fields["action"].annotation)[0] for body in bodies}
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.M)) == actions


def test_the_page_has_no_example_that_is_not_held_against_its_shape():
    assert len(BLOCKS) == 4
    assert all(json.loads(block) for block in BLOCKS)
