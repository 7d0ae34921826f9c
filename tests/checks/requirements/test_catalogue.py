"""The catalogue of requirements is whole and readable."""

import re

from checks.requirements.catalogue import CHECKS, chapters, known_ids

ALL = [row for chapter in chapters() for row in chapter.requirements]


def test_every_id_of_the_three_sources_is_there():
    counts = {"EM": 349, "EV": 309, "G": 135}
    assert known_ids() == {f"{prefix}-{n:03}" for prefix, last in counts.items() for n in range(1, last + 1)}


def test_every_row_has_its_kind_its_check_and_a_title_of_one_short_line():
    for row in ALL:
        assert row.kind in {"M", "D", "G"}, row
        assert row.check in CHECKS, row
        assert re.fullmatch(r"\S.{2,69}", row.title), row


def test_titles_can_be_told_apart():
    titles = [(row.id[:2], row.title) for row in ALL]
    twice = {title for title in titles if titles.count(title) > 1}
    assert {title for prefix, title in twice} == set()
