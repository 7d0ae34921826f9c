"""An undocumented key, command or option is caught, and so is a documented one that has gone."""

from typing import Annotated

import typer
from pydantic import BaseModel, Field

from checks import reference


class Board(BaseModel):
    connect: str


class Charger(BaseModel):
    board: Board
    limit_a: float | None = None


class Planted(BaseModel):
    name: str
    chargers: dict[str, Charger] = Field(default_factory=dict)
    spare: Board | None = None


KEYS = {"name", "chargers.NAME.board.connect", "chargers.NAME.limit_a", "spare.connect"}
PAGE = "".join(f"| `{key}` | what it means |\n" for key in sorted(KEYS))
app = typer.Typer()
database = typer.Typer()
app.add_typer(database, name="db")


@app.command()
def site(config: Annotated[str, typer.Option("--config", "-c")]) -> None:
    """Planted."""
    print(config)


@database.command()
def upgrade(dry_run: bool = False) -> None:
    """Planted."""
    print(dry_run)


COMMANDS = dict(reference.commands(typer.main.get_command(app)))
MANUAL = "# C\n\n## ohmstead site\n\n`--config FILE`: x\n\n## ohmstead db upgrade\n\n`--dry-run`, `--no-dry-run`\n"


def test_the_keys_of_a_model_are_found_however_deep():
    assert set(reference.keys(Planted)) == KEYS


def test_a_complete_page_of_keys_is_let_through():
    assert list(reference.unlike_keys(KEYS, PAGE)) == []


def test_an_undocumented_key_is_caught():
    page = PAGE.replace("| `spare.connect`", "| ~~spare~~")
    assert list(reference.unlike_keys(KEYS, page)) == ["the key `spare.connect` is not documented"]


def test_a_key_that_has_gone_is_caught():
    page = PAGE + "| `chargers.NAME.colour` | gone |\n"
    (text,) = reference.unlike_keys(KEYS, page)
    assert text == "the key `chargers.NAME.colour` is documented but does not exist"


def test_the_commands_of_an_app_are_found_however_deep():
    assert COMMANDS.keys() == {"ohmstead site", "ohmstead db upgrade"}
    assert COMMANDS["ohmstead site"] == {"--config"}


def test_a_complete_page_of_commands_is_let_through():
    assert list(reference.unlike_commands(COMMANDS, MANUAL)) == []


def test_an_undocumented_command_is_caught():
    page = MANUAL.replace("## ohmstead db upgrade", "")
    assert "the command `ohmstead db upgrade` is not documented" in list(reference.unlike_commands(COMMANDS, page))


def test_an_undocumented_option_is_caught():
    page = MANUAL.replace("`--config FILE`", "a file")
    assert list(reference.unlike_commands(COMMANDS, page)) == [
        "the option `--config` of `ohmstead site` is not documented"
    ]


def test_a_command_that_has_gone_is_caught():
    page = MANUAL + "\n## ohmstead fly\n"
    assert list(reference.unlike_commands(COMMANDS, page)) == [
        "the command `ohmstead fly` is documented but does not exist"
    ]


REASONS = "| package | why |\n|---|---|\n| numpy | arrays |\n| pytest, pytest-xdist | tests |\n"


def test_packages_with_their_reasons_are_let_through():
    assert list(reference.unlike_packages({"numpy", "pytest", "pytest-xdist"}, REASONS)) == []


def test_a_package_without_a_reason_is_caught():
    real = {"numpy", "pytest", "pytest-xdist", "scipy"}
    assert list(reference.unlike_packages(real, REASONS)) == ["the package scipy has no reason"]


def test_a_reason_without_a_package_is_caught():
    (text,) = reference.unlike_packages({"pytest", "pytest-xdist"}, REASONS)
    assert text == "the package numpy has a reason but is not required"
