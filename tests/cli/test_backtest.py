"""``ohmstead backtest`` as a person types it: recorded, simulated and a site's own days, and what cannot be."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app
from ohmstead.core.model.charges import Charge
from ohmstead.core.model.settings import Settings
from ohmstead.site.sessions import SESSION
from ohmstead.site.setting_up import document
from ohmstead.store.store import Store
from ohmstead.store.values import Document, Sample, TailRow

HOUSEHOLD = Path(__file__).parents[2] / "data" / "household" / "recording.toml"
NOON = datetime(2026, 6, 21, 10, tzinfo=UTC)
SITE = {
    "site": {"name": "Test house", "timezone": "Europe/Rome", "main_fuse_a": 25, "grid_type": "1x230"},
    "devices": {
        "grid": {"driver": "modbus", "meter": "eastron-sdm120", "connect": "tcp://127.0.0.1:1", "role": "grid"}
    },
    "chargers": {"garage": {"board": {"connect": "tcp://127.0.0.1:2"}, "max_current_a": 16, "phases": ["L1"]}},
}


@pytest.fixture
def typed() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})


def rows(output: str) -> dict[str, list[str]]:
    """The cells of the table, by strategy."""
    lines = (line for line in output.splitlines() if line.startswith("│"))
    return {cells[0]: cells[1:] for cells in ([c.strip() for c in line.strip("│").split("│")] for line in lines)}


def test_simulated_days_are_set_side_by_side_with_table_plot_and_picture(typed: CliRunner, tmp_path: Path) -> None:
    svg = tmp_path / "side-by-side.svg"
    words = ["backtest", "--days", "3", "--from", "2025-06-06", "--workers", "0", "--svg", str(svg)]
    done = typed.invoke(app, [*words, "--strategy", "fast", "--strategy", "night"])
    assert done.exit_code == 0, done.output
    table = rows(done.output)
    assert list(table) == ["fast", "night"]
    assert table["night"][3] == "0.0 %"
    assert float(table["fast"][0].split()[0]) > 5
    assert "Car: mean power in kW by hour of the day" in done.output
    assert int(re.search(r"(\d+) decisions", done.output)[1]) >= 2 * 3 * 1440  # type: ignore[index]  # — it matches
    assert "<svg" in svg.read_text("utf-8")


def test_a_recorded_house_is_gone_through_and_nothing_it_lacks_is_made_up(typed: CliRunner) -> None:
    done = typed.invoke(
        app, ["backtest", str(HOUSEHOLD), "--days", "2", "--roof", "0", "--workers", "0", "--strategy", "solar"]
    )
    assert done.exit_code == 0, done.output
    assert rows(done.output)["solar"][0] == "0.0 kWh"  # without a roof there is no sun


@pytest.mark.parametrize(
    "words, told",
    [
        (["--strategy", "turbo"], "--strategy.*'turbo'.*fast, solar"),
        (["--from", "yesterday"], "--from.*'yesterday'.*2026-03-01"),
        (["--price", "cheap"], "--price.*'cheap'.*0.30"),
        (["--phases", "2"], "--phases.*2.*1 or 3"),
        (["nowhere.toml", "--data", "var"], "FILE.*one of FILE, --data"),
        (["--data", "nowhere"], "--data.*nowhere"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_allowed(typed: CliRunner, words: list[str], told: str) -> None:
    done = typed.invoke(app, ["backtest", "--days", "1", *words])
    assert done.exit_code == 2
    assert re.search(told, done.output.replace("\n", " "))


async def lived(url: str) -> None:
    """Two hours with 3 kW to spare, in which the car took 7 A on Fast for an hour."""
    settings = Settings.model_validate(SITE)
    store = await Store.open(url, settings.site.id, settings.site.timezone, gap_s=90.0)
    await store.documents.put(document(settings, "test"), at=NOON)
    imported = exported = car = 0
    for minute in range(121):
        car_w = 1610.0 if minute < 60 else 0.0
        await store.append(
            TailRow(
                NOON + timedelta(minutes=minute),
                {"grid": Sample(imported, exported, -3000.0 + car_w), "garage": Sample(car, 0, car_w)},
            )
        )
        exported += round((3000.0 - car_w) * 60)
        car += round(car_w * 60)
    hour = timedelta(hours=1)
    charge = Charge(
        f"garage-{NOON:%Y%m%dT%H%M%S}", "garage", NOON + timedelta(minutes=2), NOON + 2 * hour - timedelta(minutes=5),
        NOON, NOON + hour, 3600.0, car, car, None, "EUR", None, 16.0, 1, "unplugged",
    )  # fmt: skip
    body = {**{name: getattr(charge, name) for name in ("id", "charger", "energy_j", "green_j", "currency", "phases")}}
    times = ("connected_at", "disconnected_at", "started_at", "ended_at")
    body |= {name: getattr(charge, name).isoformat() for name in times}
    body |= {"charging_s": 3600.0, "cost": None, "authorization": None, "limit_a": 16.0, "stop_reason": "unplugged"}
    await store.documents.put(Document(SESSION, charge.id, body, "garage"), at=NOON)
    await store.close()


def test_the_history_of_a_site_is_gone_through_without_what_its_car_took_then(typed: CliRunner, tmp_path: Path) -> None:
    asyncio.run(lived(f"sqlite:///{tmp_path / 'ohmstead.sqlite'}"))
    words = ["backtest", "--data", str(tmp_path), "--from", "2026-06-21", "--days", "1", "--workers", "0"]
    done = typed.invoke(app, [*words, "--strategy", "solar", "--strategy", "night"])
    assert done.exit_code == 0, done.output
    table = rows(done.output)
    assert table["solar"][:4] == ["1.6 kWh", "0.0 kWh", "0 of 1", "100.0 %"]
    assert table["night"][:3] == ["0.0 kWh", "1.6 kWh", "1 of 1"]
