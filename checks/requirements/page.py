"""Writes ``docs/requirements.md`` from the outcomes of one full run, or compares it with them.

``python -m checks.requirements.page [--compare] OUTCOME.json…`` — the outcomes come from the pytest plug-in; a run that
did not pass makes no page. The same tests always make the same bytes.
"""

import argparse
import difflib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from checks.requirements.catalogue import CHECKS, Chapter, Requirement, chapters

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "requirements.md"
Shown = Mapping[str, Sequence[str]]

HEAD = """# Requirements and the tests that show them

Made by `./dev test` from the tests that passed; do not edit. IDs: EM the energy monitor, EV the charger, G a decision
on an open point. *Shown as* says how a requirement shows: {checks}.
"""


def render(shown: Shown, catalogue: Sequence[Chapter]) -> str:
    """The page as text."""
    checks = ", ".join(f"{letter} by {meaning}" for letter, meaning in CHECKS.items())
    parts = [HEAD.format(checks=checks)]
    for chapter in catalogue:
        seen = [row for row in chapter.requirements if row.id in shown or row.shown_by]
        open_ids = [row.id for row in chapter.requirements if row not in seen]
        parts.append(f"## {chapter.title}\n\n{len(seen)} of {len(chapter.requirements)} shown.\n")
        if seen:
            rows = "\n".join(_row(row, shown.get(row.id, ())) for row in seen)
            parts.append(f"| ID | Title | Shown as | Shown by |\n|---|---|---|---|\n{rows}\n")
        if open_ids:
            parts.append(f"Not shown yet: {', '.join(_spans(open_ids))}.\n")
    return "\n".join(parts)


def merge(outcomes: Sequence[Path]) -> dict[str, list[str]]:
    """What all parts of one full run have shown.

    Raises:
        ValueError: there is no outcome, or one of them did not pass.
    """
    if not outcomes:
        raise ValueError("no outcome of a test run was given")
    shown: dict[str, set[str]] = {}
    for path in outcomes:
        outcome = json.loads(path.read_text(encoding="utf-8"))
        if not outcome["passed"]:
            raise ValueError(f"{path.name}: the run did not pass, so it shows nothing")
        for id_, tests in outcome["shown"].items():
            shown.setdefault(id_, set()).update(tests)
    return {id_: sorted(tests) for id_, tests in shown.items()}


def main(words: Sequence[str]) -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(prog="checks.requirements.page")
    parser.add_argument("--compare", action="store_true", help="change nothing; fail if the page is stale")
    parser.add_argument("outcomes", nargs="+", type=Path)
    options = parser.parse_args(words)
    text = render(merge(options.outcomes), chapters())
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if not options.compare:
        if text != old:
            PAGE.write_text(text, encoding="utf-8")
        return 0
    if text == old:
        return 0
    changes = difflib.unified_diff(
        old.splitlines(), text.splitlines(), "committed", "shown by this run", n=0, lineterm=""
    )
    print("\n".join(list(changes)[:40]))
    print("docs/requirements.md is stale: run ./dev test, then commit the page")
    return 1


def _row(row: Requirement, tests: Sequence[str]) -> str:
    links = [f"[{test.split('::', 1)[1].replace('::', '.')}]({_link(test.split('::')[0])})" for test in tests]
    links += [f"[{name}]({_link(name)})" for name in row.shown_by]
    return f"| {row.id} | {row.title} | {row.check} | {'<br>'.join(links)} |"


def _link(path: str) -> str:
    return os.path.relpath(ROOT / path, PAGE.parent)


def _spans(ids: Sequence[str]) -> list[str]:
    """``EM-001…003`` for three in a row."""
    spans: list[list[str]] = []
    for id_ in ids:
        if spans and int(id_.split("-")[1]) == int(spans[-1][-1].split("-")[1]) + 1:
            spans[-1].append(id_)
        else:
            spans.append([id_])
    return [span[0] if len(span) == 1 else f"{span[0]}…{span[-1].split('-')[1]}" for span in spans]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
