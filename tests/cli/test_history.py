"""History goes out to files and comes in from others' files, and a wrong file changes nothing."""

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from ohmstead.cli.main import app
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.series import Span
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a site that recorded an hour."""

    async def fill() -> None:
        store = await Store.open(f"sqlite:///{tmp_path / 'ohmstead.sqlite'}", "home", "Europe/Rome", gap_s=60)
        for i in range(1, 61):
            await store.append(TailRow(NOON + timedelta(minutes=i), {"grid": Sample(60_000 * i, None, 1000.0)}))
        await store.close()

    asyncio.run(fill())
    return tmp_path


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["history", *map(str, words)])
    return done.exit_code, done.output


@pytest.mark.req("G-009")
def test_an_export_carries_what_meters_tell_by_phase_in_both_formats(data: Path) -> None:
    async def fill() -> None:
        store = await Store.open(f"sqlite:///{data / 'ohmstead.sqlite'}", "home", "Europe/Rome", gap_s=60)
        for i in range(61, 71):
            seen = {"L2": PhaseReading(voltage_v=230.0 + i % 5 / 10, current_a=1.5)}
            await store.append(TailRow(NOON + timedelta(minutes=i), {"oven": Sample(i, power_factor=0.9, phases=seen)}))
        await store.close()

    asyncio.run(fill())
    span = ("--from", "2026-06-21", "--to", "2026-06-22", "--data", data, "--span", "15min")
    assert run("export", "-o", data / "a.csv", *span) == (0, f"5 intervals in {data / 'a.csv'}\n")
    oven = next(row for row in csv.DictReader((data / "a.csv").open()) if row["channel"] == "oven")
    assert list(oven)[7:] == [
        f"{what}_{how}" for what in ("power_factor", "voltage_v_l2", "current_a_l2") for how in ("mean", "min", "max")
    ]
    assert [oven[f"voltage_v_l2_{how}"] for how in ("mean", "min", "max")] == ["230.2", "230.0", "230.4"]
    assert (oven["power_factor_mean"], oven["current_a_l2_mean"], oven["power_mean_w"]) == ("0.9", "1.5", "")
    assert run("export", "-o", data / "a.parquet", *span)[0] == 0
    table = parquet.read_table(data / "a.parquet").to_pydict()
    assert table["voltage_v_l2_max"] == [None] * 4 + [230.4]


def total_j(data: Path, channel: str) -> int:
    async def ask() -> int:
        store = await Store.open(f"sqlite:///{data / 'ohmstead.sqlite'}", "home", "Europe/Rome")
        points = (await store.series(channel, Span.DAY, NOON - timedelta(days=900), NOON + timedelta(days=2))).points
        await store.close()
        return sum(point.energy_import_j or 0 for point in points)

    return asyncio.run(ask())


@pytest.mark.req("G-009")
def test_an_export_holds_every_interval_in_both_formats(data: Path) -> None:
    span = ("--from", "2026-06-21", "--to", "2026-06-22", "--data", data)
    assert run("export", "-o", data / "a.csv", *span) == (0, f"12 intervals in {data / 'a.csv'}\n")
    rows = list(csv.DictReader((data / "a.csv").open()))
    assert [row["start"] for row in rows][:2] == ["2026-06-21T14:00:00+02:00", "2026-06-21T14:05:00+02:00"]
    assert sum(int(row["energy_import_j"]) for row in rows) == 59 * 60_000
    assert run("export", "-o", data / "a.parquet", *span)[0] == 0
    table = parquet.read_table(data / "a.parquet").to_pydict()
    assert sum(table["energy_import_j"]) == 59 * 60_000
    assert table["start"][0] == NOON


@pytest.mark.req("G-009")
def test_a_day_with_25_local_hours_comes_in_whole_and_only_once(data: Path) -> None:
    hours = [datetime(2025, 10, 25, 22, tzinfo=UTC) + timedelta(hours=i) for i in range(25)]
    from zoneinfo import ZoneInfo

    local = [hour.astimezone(ZoneInfo("Europe/Rome")).strftime("%Y-%m-%d %H:%M") for hour in hours]
    (data / "old.csv").write_text("when,used\n" + "".join(f"{text},0.5\n" for text in local))
    words = ("import", data / "old.csv", "--channel", "heat", "--time", "when", "--energy", "used", "--span", "1h")
    code, said = run(*words, "--data", data)
    assert (code, "25 intervals read, 25 of them new" in said) == (0, True)
    assert total_j(data, "heat") == 25 * 1_800_000
    code, said = run(*words, "--data", data)
    assert (code, "0 of them new" in said) == (0, True)
    assert total_j(data, "heat") == 25 * 1_800_000


@pytest.mark.parametrize(
    "body, words, told",
    [
        ("time,p\n2025-01-01T00:00Z,1\n2025-01-01T00:00Z,2\n", ("--power", "p"), "row 3 column time"),
        ("time,p\n2025-01-01T01:00Z,1\n2025-01-01T00:00Z,2\n", ("--power", "p"), "ascending order"),
        ("time,p\n2025-01-01T00:00Z,much\n", ("--power", "p"), "row 2 column p: got 'much'"),
        ("time,p\nyesterday,1\n", ("--power", "p"), "row 2 column time: got 'yesterday'"),
        ("time,p\n2025-01-01T00:00Z,1\n", ("--power", "watts"), "no column 'watts'; allowed: time, p"),
        ("time,p\n2025-01-01T00:00Z,1\n", ("--power", "p", "--power-unit", "hp"), "got 'hp'; allowed: W, kW"),
        ("time,p\n2025-03-30T02:30,1\n", ("--power", "p"), "its clocks went forward"),
        ("time,p\n2026-06-21T12:55Z,1\n", ("--power", "p"), "is not before"),
        ("time,p\n2025-01-01T00:01Z,1\n", ("--power", "p"), "beginning of an interval"),
        ("", ("--power", "p"), "a header row"),
    ],
)
def test_a_file_that_is_not_as_said_is_refused_by_row_and_changes_nothing(
    data: Path, body: str, words: tuple[str, ...], told: str
) -> None:
    (data / "old.csv").write_text(body)
    before = total_j(data, "grid")
    code, said = run("import", data / "old.csv", "--channel", "grid", *words, "--data", data)
    assert code == 2
    assert told in said
    assert "old.csv" in said or "unit" in said
    assert total_j(data, "grid") == before


def test_flicker_and_gas_go_out_in_their_own_units(data: Path) -> None:
    async def fill() -> None:
        store = await Store.open(f"sqlite:///{data / 'ohmstead.sqlite'}", "home", "Europe/Rome", gap_s=60)
        for i in range(61, 71):
            row = {"grid.flicker-2": Sample(power_w=734.0 + i % 2), "grid.gas": Sample(250 * i), "grid": Sample(i)}
            await store.append(TailRow(NOON + timedelta(minutes=i), row))
        await store.close()

    asyncio.run(fill())
    span = ("--from", "2026-06-21T13:05Z", "--to", "2026-06-21T13:10Z", "--data", data)
    assert run("export", "-o", data / "a.csv", *span)[0] == 0
    rows = {row["channel"]: row for row in csv.DictReader((data / "a.csv").open())}
    assert list(rows["grid"])[7:9] == ["volume_l", "flicker_pst"]
    assert [rows[name]["flicker_pst"] for name in ("grid", "grid.flicker-2", "grid.gas")] == ["", "0.735", ""]
    assert [rows[name]["volume_l"] for name in ("grid", "grid.flicker-2", "grid.gas")] == ["", "", "1.25"]
    assert (rows["grid.flicker-2"]["power_mean_w"], rows["grid.gas"]["energy_import_j"]) == ("", "")
    assert run("export", "-o", data / "a.parquet", *span)[0] == 0
    table = parquet.read_table(data / "a.parquet").to_pydict()
    assert sorted(value for value in table["flicker_pst"] if value is not None) == [0.735]


@pytest.mark.req("G-009")
def test_what_was_exported_and_edited_goes_back_as_a_correction_and_stays_listed(data: Path) -> None:
    span = ("--from", "2026-06-21T12:00Z", "--to", "2026-06-21T12:10Z", "--data", data)
    before = total_j(data, "grid")
    assert run("export", "-o", data / "a.csv", *span)[0] == 0
    text = (data / "a.csv").read_text().replace(",240000,", ",300000,").replace(",1000.0,", ",,")
    (data / "a.csv").write_text(text)
    status, told = run("correct", "replace", "--channel", "grid", "--file", data / "a.csv", "--data", data)
    assert (status, told.split(",")[0]) == (0, "replace: 2 intervals of 5min of grid")
    assert total_j(data, "grid") == before + 60_000
    status, told = run("correct", "scale", "--channel", "grid", *span, "--factor", -1, "--note", "wrong way round")
    assert status == 0, told
    status, told = run("corrections", "--data", data)
    assert status == 0
    newest, oldest = told.splitlines()
    assert "scale: 2 intervals" in newest
    assert newest.endswith("(wrong way round)")
    assert "540000 to 600000 J taken" in oldest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("double", "--channel", "grid"), "late, replace, remove, scale"),
        (("scale", "--channel", "grid", "--from", "2026-06-21", "--to", "2026-06-22"), "--factor"),
        (("scale", "--channel", "grid", "--from", "2026-06-21", "--to", "2026-06-22", "--factor", 0), "is not 0"),
        (("remove", "--channel", "grid", "--factor", 2, "--from", "2026-06-21", "--to", "2026-06-22"), "--factor"),
        (("remove", "--channel", "grid", "--from", "2026-06-22", "--to", "2026-06-21"), "earlier than"),
        (("remove", "--channel", "cow", "--from", "2026-06-21", "--to", "2026-06-22"), "grid"),
        (("remove", "--channel", "grid", "--from", "2026-06-21T12:01Z", "--to", "2026-06-21T12:10Z"), "beginning"),
        (("remove", "--channel", "grid", "--span", "1w", "--from", "2026-06-21", "--to", "2026-06-22"), "5min, 1h, 1d"),
        (("late", "--channel", "grid"), "--file"),
        (("late", "--channel", "grid", "--file", "missing.csv"), "missing.csv"),
    ],
)
def test_a_wrong_correction_says_what_is_allowed_and_changes_nothing(data: Path, words, said) -> None:
    before = total_j(data, "grid")
    status, told = run("correct", *words, "--data", data)
    assert status == 2
    assert said in " ".join(told.split())
    assert total_j(data, "grid") == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when,power_mean_w\n2026-06-21,5\n", "start"),
        ("start,power_mean_w\nnoon,5\n", "line 2"),
        ("start,power_mean_w\n2026-06-21T14:00,hot\n", "power_mean_w hot"),
        ("start,energy_import_j\n2026-06-21T14:00,-5\n", "from 0"),
        ("start,power_mean_w\n2026-06-21T14:00,\n", "no value"),
        ("start,power_mean_w\n2026-06-21T14:00,1\n2026-06-21T14:00,2\n", "line 3"),
        ("start,power_mean_w,channel\n2026-06-21T14:00,1,oven\n", "no rows"),
    ],
)
def test_a_wrong_row_of_a_correction_is_named(data: Path, text: str, said: str) -> None:
    (data / "a.csv").write_text(text)
    status, told = run("correct", "replace", "--channel", "grid", "--file", data / "a.csv", "--data", data)
    assert status == 2
    assert said in " ".join(told.split())
