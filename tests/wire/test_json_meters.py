"""Answers of real Shelly and Tasmota devices, as others have published them, are read as what they say."""

import json
from pathlib import Path

import pytest

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols import shelly, tasmota
from ohmstead.protocols.json_values import parse

ANSWERS = {path.stem: json.loads(path.read_text("utf-8")) for path in (Path(__file__).parent / "json").glob("*.json")}
pytestmark = pytest.mark.wire


@pytest.mark.req("G-123", "G-128")
@pytest.mark.parametrize("name", ANSWERS)
def test_a_published_answer_is_read_as_what_it_says(name):
    golden = ANSWERS[name]
    documents = {key: parse(json.dumps(value).encode()) for key, value in golden["answers"].items()}
    if golden["speaks"] == "tasmota":
        seen = tasmota.read(documents["status"], "oven")
    else:
        seen = shelly.read(golden["speaks"], documents["status"], documents.get("data"), "oven")
    assert (seen.quality, seen.problem) == (Quality.GOOD, None)
    assert {key: getattr(seen, key) for key in golden["expect"]} == pytest.approx(golden["expect"])
    assert seen.terminals == tuple(PhaseReading(**row) for row in golden["phases"])


def test_every_answer_names_its_source():
    assert len(ANSWERS) >= 9
    assert all(len(golden["source"]) > 20 for golden in ANSWERS.values())
