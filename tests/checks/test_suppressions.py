"""An exception to a rule without code or reason is caught."""

import pytest

from checks import suppressions

BARE = [
    "x = 1  # noqa",
    "x = 1  # noqa: E501",
    "x = 1  # noqa — too long",
    "x = f()  # type: ignore",
    "x = f()  # type: ignore[arg-type]",
    "# ruff: noqa",
    "x = 1  # pragma: no cover",
]
REASONED = [
    "x = 1  # noqa: E501 — an address cannot be broken",
    "x = 1  # noqa: E501, B008 — an address cannot be broken",
    "x = f()  # type: ignore[arg-type]  # the library's stub is wrong",
    "x = 'noqa in a string'",
    "x = 1  # an ordinary remark",
]
SKIPPED = [
    "@pytest.mark.skip\ndef test_a(): ...",
    "@pytest.mark.skipif(True)\ndef test_a(): ...",
    "def test_a():\n    pytest.skip('later')",
    "@pytest.mark.xfail\ndef test_a(): ...",
]
BARE_IN_APP = ["// @ts-ignore", "// @ts-expect-error", "// eslint-disable-next-line", "<!-- svelte-ignore -->"]
IN_PROJECT = [
    'ignore = [\n  "E501",\n]\n',
    '[tool.ruff.lint.per-file-ignores]\n"tests/*" = ["D1"]\n',
    '[tool.deptry.per_rule_ignores]\nDEP002 = [\n  "uvloop",\n]\n',
]


@pytest.mark.parametrize("line", BARE)
def test_a_bare_exception_is_caught(said, line):
    (finding,) = said(suppressions.check, {"src/ohmstead/a.py": f"{line}\n"})
    assert "needs its code and its reason" in finding


@pytest.mark.parametrize("line", REASONED)
def test_one_with_code_and_reason_is_let_through(said, line):
    assert said(suppressions.check, {"src/ohmstead/a.py": f"{line}\n"}) == []


@pytest.mark.parametrize("code", SKIPPED)
def test_a_test_skipped_without_reason_is_caught(said, code):
    (finding,) = said(suppressions.check, {"tests/test_a.py": code})
    assert "a skipped test says why" in finding


def test_a_test_skipped_with_its_reason_is_let_through(said):
    code = '@pytest.mark.skipif(windows, reason="no Unix sockets there")\ndef test_a(): ...\n'
    assert said(suppressions.check, {"tests/test_a.py": code}) == []


@pytest.mark.parametrize("line", BARE_IN_APP)
def test_a_bare_exception_in_the_app_is_caught(said, line):
    (finding,) = said(suppressions.check, {"ui/src/a.svelte": f"{line}\n"})
    assert "needs its reason" in finding


@pytest.mark.parametrize("text", IN_PROJECT)
def test_an_ignored_row_without_remark_is_caught(said, text):
    (finding,) = said(suppressions.check, {"pyproject.toml": text})
    assert "needs its reason behind a #" in finding
