"""Every sentence the code can ask for exists in each language, and takes the same parameters there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ohmstead
from ohmstead.texts import LANGUAGES, load

SOURCE = Path(ohmstead.__file__).parent
HOLE = re.compile(r"\{(\w+)\}")
MAKERS = {"Reason", "_refused", "_reason", "_garbled", "LinkError"}
"""What turns a key into a sentence: the class, and the short hands that rooms have for it."""


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Each call of a maker in the source, with its place."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in MAKERS and node.args:
                    yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


def keys(node: ast.expr) -> Iterator[tuple[str, bool]]:
    """The keys an expression can give, and whether each is whole or only how it begins."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
        yield node.value, True
    elif isinstance(node, ast.IfExp):
        yield from keys(node.body)
        yield from keys(node.orelse)
    elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value), False


def given(node: ast.Call) -> frozenset[str] | None:
    """The names of the parameters when they stand there to be read."""
    if len(node.args) == 1 and not node.keywords:
        return frozenset()
    if len(node.args) == 2 and isinstance(node.args[1], ast.Dict):
        names = [key.value if isinstance(key, ast.Constant) else None for key in node.args[1].keys]
        return None if None in names else frozenset(str(name) for name in names)
    return None


def test_every_key_in_the_source_has_a_text_in_every_language() -> None:
    missing = []
    for where, node in calls():
        for key, whole in keys(node.args[0]):
            for language in LANGUAGES:
                texts = load(language)
                if not (key in texts if whole else any(text.startswith(key) for text in texts)):
                    missing.append(f"{where} {language} {key}")
    assert missing == []


def test_every_parameter_that_a_text_needs_is_given() -> None:
    lacking = []
    for where, node in calls():
        names = given(node)
        if names is None or not (isinstance(node.func, ast.Name) and node.func.id == "Reason"):
            continue
        for key, whole in keys(node.args[0]):
            needed = set(HOLE.findall(load("en").get(key, ""))) if whole else set()
            if not needed <= names:
                lacking.append(f"{where} {key} needs {sorted(needed - names)}")
    assert lacking == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_the_languages_have_the_same_keys_and_placeholders(language: str) -> None:
    english, other = load("en"), load(language)
    assert english.keys() == other.keys()
    assert {key: set(HOLE.findall(text)) for key, text in english.items()} == {
        key: set(HOLE.findall(text)) for key, text in other.items()
    }
    assert [key for key, text in other.items() if not text.strip()] == []


def test_there_is_something_to_look_at() -> None:
    found = {key for _, node in calls() for key, whole in keys(node.args[0]) if whole}
    assert len(found) > 60
    assert {"command.role", "health.loop_failed", "store.full"} & found
