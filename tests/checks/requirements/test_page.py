"""The page of requirements: the same outcomes make the same bytes, and a run that failed makes none."""

import json

import pytest

from checks.requirements import page
from checks.requirements.catalogue import Chapter, Requirement

ROWS = tuple(Requirement(f"EM-00{n}", "M", "T", f"Title {n}") for n in range(1, 6))
CATALOGUE = (Chapter("The energy monitor", (*ROWS, Requirement("EM-006", "M", "H", "A fact", ("docs/glossary.md",)))),)


@pytest.fixture
def outcome(tmp_path):
    """Writes the outcome of one part of a run."""

    def write(name, shown, passed=True):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"passed": passed, "shown": shown}), encoding="utf-8")
        return path

    return write


def test_each_requirement_shown_names_its_tests():
    text = page.render({"EM-002": ["tests/core/test_a.py::test_x", "tests/core/test_b.py::TestY::test_z"]}, CATALOGUE)
    links = "[test_x](../tests/core/test_a.py)<br>[TestY.test_z](../tests/core/test_b.py)"
    assert f"| EM-002 | Title 2 | T | {links} |" in text


def test_a_fact_for_the_installer_names_its_document():
    assert "| EM-006 | A fact | H | [docs/glossary.md](glossary.md) |" in page.render({}, CATALOGUE)


def test_what_is_not_shown_is_listed_in_spans():
    assert "Not shown yet: EM-001, EM-003…005." in page.render({"EM-002": ["t.py::t"]}, CATALOGUE)


def test_parts_of_a_run_come_together_in_one_fixed_order(outcome):
    parts = [outcome("a", {"EM-001": ["b::x", "a::x"]}), outcome("b", {"EM-001": ["a::y"], "EM-002": ["c::z"]})]
    assert page.merge(parts) == page.merge(parts[::-1]) == {"EM-001": ["a::x", "a::y", "b::x"], "EM-002": ["c::z"]}


def test_a_run_that_failed_makes_no_page(outcome):
    with pytest.raises(ValueError, match="did not pass"):
        page.merge([outcome("a", {}), outcome("b", {"EM-001": ["a::x"]}, passed=False)])


def test_no_outcome_makes_no_page():
    with pytest.raises(ValueError, match="no outcome"):
        page.merge([])


def test_comparing_changes_nothing_and_names_a_stale_page(outcome, tmp_path, monkeypatch, capsys):
    stale = tmp_path / "requirements.md"
    stale.write_text("old\n", encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", stale)
    part = outcome("a", {"EM-001": ["a.py::x"]})
    assert page.main(["--compare", str(part)]) == 1
    assert "stale" in capsys.readouterr().out
    assert stale.read_text(encoding="utf-8") == "old\n"
    assert page.main([str(part)]) == 0
    assert page.main(["--compare", str(part)]) == 0
