"""Code that nothing uses is caught; code that a test uses is not dead."""

from checks import dead_code

SETTINGS = '[tool.vulture]\npaths = ["src", "tests"]\nmin_confidence = 60\nignore_decorators = ["@app.*"]\n'


def test_an_unused_function_is_caught(said):
    (finding,) = said(dead_code.check, {"pyproject.toml": SETTINGS, "src/ohmstead/a.py": "def lonely(): ...\n"})
    assert finding == "src/ohmstead/a.py:1: unused function 'lonely'"


def test_one_that_a_test_uses_is_let_through(said):
    files = {"src/ohmstead/a.py": "def wanted(): ...\n", "tests/test_a.py": "from ohmstead.a import wanted\nwanted()\n"}
    assert said(dead_code.check, {"pyproject.toml": SETTINGS, **files}) == []


def test_a_route_or_command_is_let_through(said):
    code = "app = object()\n\n@app.get('/')\ndef home(): ...\n\nprint(app)\n"
    assert said(dead_code.check, {"pyproject.toml": SETTINGS, "src/ohmstead/a.py": code}) == []
