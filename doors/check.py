"""``./dev check``: every rule that needs no running program, side by side."""

from doors import app, environment, jobs
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
        Job("reference pages and API schema (checks)", [PYTHON, "-m", "checks", "reference", "api_schema"]),
        Job("who imports whom (import-linter)", [PROGRAMS / "lint-imports"]),
        Job("declared packages (deptry)", [PROGRAMS / "deptry", "src"]),
        Job("lint (ruff)", [PROGRAMS / "ruff", "check", *code]),
        Job("format (ruff)", [PROGRAMS / "ruff", "format", "--check", *code]),
    ]
    return jobs.run(rows)


def _app() -> list[Job]:
    if not app.exists():
        return []
    with environment.alone():
        env = app.packages()
    rows = [("the app (npm run check)", ("check",)), ("the app's types (npm run types)", ("types", "--", "--check"))]
    return [Job(name, [*app.npm(), "run", *words], cwd=UI, env=env) for name, words in rows]
