"""The app words parameters by itself, from the same table of cases (``ui/src/words/words.test.ts`` reads it too)."""

import json
from pathlib import Path

import pytest

from ohmstead import texts
from ohmstead.core.model.reasons import Reason

CASES = json.loads((Path(__file__).resolve().parents[2] / "ui/src/words/parity.json").read_text("utf-8"))


@pytest.mark.parametrize("name, value, wording", CASES)
def test_a_parameter_is_worded_as_in_the_app(name, value, wording, monkeypatch):
    monkeypatch.setattr(texts, "load", lambda language: {"case": f"{{{name}}}"})
    assert texts.word(Reason("case", {name: value})) == wording


@pytest.mark.parametrize(
    "name, value, wording", [("came_w", 6500.0, "6,50 kW"), ("limit_a", 9.9, "9,9 A"), ("detail", "3.7", "3.7")]
)
def test_an_italian_number_has_its_comma(name, value, wording, monkeypatch):
    monkeypatch.setattr(texts, "load", lambda language: {"case": f"{{{name}}}"})
    assert texts.word(Reason("case", {name: value}), "it") == wording
