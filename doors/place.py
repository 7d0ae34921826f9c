"""Where things stand in the repository, and the one error a door reports without a traceback."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
BOOTSTRAP = ROOT / ".uv"
ENVIRONMENT = ROOT / ".venv"
CACHE = ROOT / ".cache" / "doors"
UI = ROOT / "ui"
APP = ROOT / "src" / "ohmstead" / "web" / "app"
PYTHON = ENVIRONMENT / "bin" / "python"


class DoorError(Exception):
    """A door cannot open; the message says why and what to do."""
