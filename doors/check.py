"""``./dev check``: every rule that needs no running program, side by side."""

from doors import app, jobs
from doors.jobs import Job
from doors.place import ENVIRONMENT, PYTHON, ROOT, UI

PROGRAMS = ENVIRONMENT / "bin"
CODE = ("src", "tests", "bench", "doors", "checks", "hatch_build.py", "conftest.py")


def check() -> int:
    """Run the checks; 0 if all passed."""
    code = [name for name in CODE if (ROOT / name).exists()]
    # The slow ones first: with two cores they decide how long it takes.
    rows = [
        Job("types (mypy)", [PROGRAMS / "mypy"]),
        *_app(),
        Job("our own rules (checks)", [PYTHON, "-m", "checks"]),
        Job("dead code (checks.dead_code)", [PYTHON, "-m", "checks", "dead_code"]),
        Job("who imports whom (import-linter)", [PROGRAMS / "lint-imports"]),
        Job("declared packages (deptry)", [PROGRAMS / "deptry", "src"]),
        Job("lint (ruff)", [PROGRAMS / "ruff", "check", *code]),
        Job("format (ruff)", [PROGRAMS / "ruff", "format", "--check", *code]),
    ]
    return jobs.run(rows)


def _app() -> list[Job]:
    if not app.exists():
        return []
    return [Job("the app (npm run check)", [*app.npm(), "run", "check"], cwd=UI, env=app.packages())]
