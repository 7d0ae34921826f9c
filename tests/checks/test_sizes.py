"""What grows above its size is caught, unless its reason is written; a reason that is no longer needed is caught."""

import pytest

from checks import sizes

LONG_FILE = "x = 1\n" * (sizes.FILE_LINES + 1)
WIDE_CLASS = "class Wide:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(sizes.PUBLIC_METHODS + 1))
LONG_FUNCTION = "async def long():\n" + "    x = 1\n" * sizes.FUNCTION_LINES
LONG_METHOD = "class A:\n    def m(self):\n" + "        x = 1\n" * sizes.FUNCTION_LINES

LARGE = [
    ("src/ohmstead/a.py", LONG_FILE, "files", "src/ohmstead/a.py", "401 lines, above 400"),
    ("ui/src/a.svelte", LONG_FILE, "files", "ui/src/a.svelte", "401 lines, above 400"),
    ("ui/src/a.ts", LONG_FILE, "files", "ui/src/a.ts", "401 lines, above 400"),
    ("src/ohmstead/a.py", WIDE_CLASS, "classes", "src/ohmstead/a.py::Wide", "has 16 public methods, above 15"),
    ("src/ohmstead/a.py", LONG_FUNCTION, "functions", "src/ohmstead/a.py::long", "has 61 lines, above 60"),
    ("src/ohmstead/a.py", LONG_METHOD, "functions", "src/ohmstead/a.py::A.m", "has 61 lines, above 60"),
]


@pytest.mark.parametrize("path, text, table, key, words", LARGE)
def test_what_is_too_large_is_caught(said, path, text, table, key, words):
    (finding,) = said(sizes.check, {path: text})
    assert words in finding


@pytest.mark.parametrize("path, text, table, key, words", LARGE)
def test_a_written_reason_lets_it_through(said, path, text, table, key, words):
    reasons = f'[{table}]\n"{key}" = "one table, read as a whole"\n'
    assert said(sizes.check, {path: text, sizes.REASONS: reasons}) == []


@pytest.mark.parametrize("path, text, table, key, words", LARGE)
def test_an_empty_reason_does_not(said, path, text, table, key, words):
    findings = said(sizes.check, {path: text, sizes.REASONS: f'[{table}]\n"{key}" = ""\n'})
    assert any(words in finding for finding in findings)


def test_a_reason_no_longer_needed_is_caught(said):
    reasons = '[files]\n"src/ohmstead/a.py" = "was long once"\n'
    (finding,) = said(sizes.check, {"src/ohmstead/a.py": "x = 1\n", sizes.REASONS: reasons})
    assert "no longer needed" in finding


def test_what_is_small_enough_or_made_by_a_tool_is_let_through(said):
    files = {
        "src/ohmstead/a.py": "x = 1\n" * sizes.FILE_LINES,
        "ui/src/api/schema.ts": LONG_FILE,
        "src/ohmstead/b.py": "def f():\n" + "    x = 1\n" * (sizes.FUNCTION_LINES - 1),
        "src/ohmstead/c.py": "class A:\n"
        + "".join(f"    def m{n}(self): ...\n" for n in range(sizes.PUBLIC_METHODS))
        + "    def _private(self): ...\n",
    }
    assert said(sizes.check, files) == []
