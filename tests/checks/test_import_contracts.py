"""The contracts of ``pyproject.toml`` catch each kind of wrong import in a planted package of the same name."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = (
    "cli",
    "web",
    "site",
    "cloud",
    "simulator",
    "services",
    "drivers",
    "store",
    "transport",
    "protocols",
    "texts",
    "core",
)
PARTS = ("backtest", "metrology", "accounting", "charging", "control", "automation", "commissioning", "plant", "model")
SERVICES = ("accounts", "reports")

# file, import, the words of the broken contract
WRONG = [
    ("core/__init__.py", "import ohmstead.texts", "ohmstead.core is not allowed to import ohmstead.texts"),
    ("protocols/__init__.py", "import ohmstead.transport", "not allowed to import ohmstead.transport"),
    ("transport/__init__.py", "import ohmstead.drivers", "not allowed to import ohmstead.drivers"),
    ("drivers/__init__.py", "import ohmstead.store", "ohmstead.drivers is not allowed to import ohmstead.store"),
    ("store/__init__.py", "import ohmstead.services", "not allowed to import ohmstead.services"),
    ("services/__init__.py", "import ohmstead.site", "ohmstead.services is not allowed to import ohmstead.site"),
    ("site/__init__.py", "import ohmstead.cloud", "ohmstead.site is not allowed to import ohmstead.cloud"),
    ("cloud/__init__.py", "import ohmstead.web", "ohmstead.cloud is not allowed to import ohmstead.web"),
    ("web/__init__.py", "import ohmstead.cli", "ohmstead.web is not allowed to import ohmstead.cli"),
    ("core/model/__init__.py", "import ohmstead.core.plant", "not allowed to import ohmstead.core.plant"),
    ("core/control/__init__.py", "import ohmstead.core.plant", "not allowed to import ohmstead.core.plant"),
    ("core/plant/__init__.py", "import ohmstead.core.backtest", "not allowed to import ohmstead.core.backtest"),
    ("services/accounts/__init__.py", "import ohmstead.services.reports", "Services are strangers"),
    ("attic/__init__.py", "", "not listed as layers"),
    ("core/attic/__init__.py", "", "not listed as layers"),
]


@pytest.fixture
def lint(tmp_path):
    """A whole planted house in order; called with a file and its text it says what import-linter thinks."""
    package = tmp_path / "ohmstead"
    folders = [*ROOMS, *(f"core/{part}" for part in PARTS), *(f"services/{name}" for name in SERVICES), ""]
    for folder in folders:
        _write(package / folder / "__init__.py", "")
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    start = text.index("[tool.importlinter]")
    assert set(tomllib.loads(text[start:])["tool"]) == {"importlinter"}
    _write(tmp_path / "pyproject.toml", text[start:])

    def run(files: dict[str, str]) -> tuple[int, str]:
        for name, code in files.items():
            _write(package / name, code)
        command = [str(Path(sys.executable).parent / "lint-imports"), "--config", "pyproject.toml", "--no-cache"]
        env = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    return run


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


def test_a_house_in_order_passes(lint):
    code, output = lint({})
    assert code == 0, output


def test_rooms_that_do_not_exist_yet_are_no_error(tmp_path, lint):
    for room in ("cloud", "services"):
        for path in sorted((tmp_path / "ohmstead" / room).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (tmp_path / "ohmstead" / room).rmdir()
    code, output = lint({})
    assert code == 0, output


@pytest.mark.parametrize("path, imports, words", WRONG)
def test_a_wrong_import_is_caught(lint, path, imports, words):
    code, output = lint({path: imports})
    assert code != 0
    assert words in output


def test_a_cycle_between_siblings_is_caught(lint):
    code, output = lint(
        {
            "web/routes/__init__.py": "import ohmstead.web.session",
            "web/session/__init__.py": "import ohmstead.web.routes",
        }
    )
    assert code != 0
    assert "No cycles between siblings BROKEN" in output
