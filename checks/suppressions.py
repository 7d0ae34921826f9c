"""Every exception to a rule names the rule and gives its reason.

In Python a comment reads ``noqa: CODE — reason`` or ``type: ignore[code]  # reason``; a skipped test carries
``reason=``; in the app the reason follows ``@ts-expect-error`` or ``svelte-ignore CODE``. In ``pyproject.toml`` each
ignored row ends in a comment.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from checks.tree import Finding, Source, Tree

REASON = r"\s*(?:—|–|--|-|#)+\s*\S.{2,}"
MENTIONS = re.compile(r"#\s*(?:noqa\b|type:\s*ignore\b|pragma:\s*no|mypy:|ruff:)", re.I)
REASONED = re.compile(
    r"#\s*(?:noqa:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*"
    r"|type:\s*ignore\[[\w\-, ]+\]"
    r"|pragma:\s*no\s+\w+|mypy:\s*[\w\-=]+|ruff:\s*noqa:\s*[A-Z]+\d+)" + REASON,
    re.I,
)
SKIPS = frozenset(f"pytest.{name}" for name in ("skip", "importorskip", "mark.skip", "mark.skipif", "mark.xfail"))
APP_MENTIONS = re.compile(r"@ts-(?:ignore|nocheck|expect-error)|eslint-disable|svelte-ignore")
APP_REASONED = re.compile(r"(?:@ts-expect-error|svelte-ignore\s+\w+)\s*(?:—|–|:|-)*\s*\w{3,}")
IGNORE_TABLE = re.compile(r"^\[tool\..*ignore.*\]$")
IGNORE_ROW = re.compile(r"^(?:ignore|skip|exclude\w*|ignore_\w+)\s*=\s*\[$")


def check(tree: Tree) -> Iterator[Finding]:
    """Every exception without its reason."""
    for source in tree.python():
        yield from _python(source)
    for path in tree.files:
        if path.startswith("ui/") and path.endswith((".ts", ".svelte", ".js")):
            yield from _app(path, tree.read(path))
    if "pyproject.toml" in tree.files:
        yield from _project(tree.read("pyproject.toml"))


def _python(source: Source) -> Iterator[Finding]:
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and MENTIONS.search(token.string) and not REASONED.search(token.string):
            yield Finding(source.path, token.start[0], f"{token.string!r} needs its code and its reason")
    if source.path.startswith("tests/"):
        reasoned = {node.func for node in ast.walk(source.syntax) if isinstance(node, ast.Call) and _has_reason(node)}
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in SKIPS and node not in reasoned:
                yield Finding(source.path, node.lineno, "a skipped test says why: reason=…")


def _has_reason(call: ast.Call) -> bool:
    return any(keyword.arg == "reason" for keyword in call.keywords)


def _app(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        if APP_MENTIONS.search(line) and not APP_REASONED.search(line):
            yield Finding(path, number, f"{line.strip()!r} needs its reason")


def _project(text: str) -> Iterator[Finding]:
    """Rows of the tables and lists of ignored things in ``pyproject.toml``; brackets alone need no reason."""
    in_table = in_list = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            in_table, in_list = bool(IGNORE_TABLE.match(line)), False
        elif IGNORE_ROW.match(line):
            in_list = True
        elif line.startswith("]"):
            in_list = False if not in_table else in_list
        elif (in_table or in_list) and line.strip() and not line.rstrip().endswith("[") and "#" not in line:
            yield Finding("pyproject.toml", number, f"{line.strip()!r} needs its reason behind a #")
