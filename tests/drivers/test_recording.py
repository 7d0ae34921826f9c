"""A recording is read exactly, its gaps stay gaps, and a bad file is refused with line and column."""

import importlib
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.model.time import Instant
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.recording import RecordedMeter, load
from ohmstead.transport.modbus_client import Buses

DESCRIPTION = """
file = "r.csv"
timezone = "Europe/Paris"
step_s = 60
[time]
column = "at"
format = "%Y-%m-%d %H:%M"
[channels.grid]
role = "grid"
phase = "L1"
power = { column = "p", unit = "kW" }
voltage = { column = "u", unit = "V" }
[channels.oven]
role = "load"
phase = "L1"
energy = { column = "oven", unit = "Wh" }
"""
ROWS = ["at,p,u,oven", "2026-01-01 00:00,1.5,230,2", "2026-01-01 00:01,,,", "2026-01-01 00:02,3,229,5"]


def written(folder: Path, rows: list[str], description: str = DESCRIPTION) -> Path:
    (folder / "r.csv").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "recording.toml").write_text(description, "utf-8")
    return folder / "recording.toml"


class At:
    """A clock that stands where the test puts it."""

    def __init__(self, utc: datetime) -> None:
        self.utc = utc

    def now(self) -> Instant:
        return Instant(self.utc, self.utc.timestamp())

    async def outside(self, work):  # type: ignore[no-untyped-def] — never awaited here
        return await work


@pytest.mark.anyio
async def test_a_recorded_meter_counts_each_finished_step_and_stands_still_over_a_gap(tmp_path: Path) -> None:
    recording = load(written(tmp_path, ROWS))
    clock = At(recording.start)
    grid, told = RecordedMeter("grid", recording, clock), []
    for _ in range(5):
        reading = await grid.read()
        told.append((reading.quality, reading.power_w, reading.energy_import_j))
        clock.utc += timedelta(seconds=60)
    assert recording.start == datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    assert told == [
        (Quality.GOOD, None, 0),
        (Quality.GOOD, 1500.0, 90_000),
        (Quality.MISSING, None, None),
        (Quality.GOOD, 3000.0, 270_000),
        (Quality.MISSING, None, None),
    ]


@pytest.mark.anyio
async def test_energy_within_a_step_gives_its_mean_power(tmp_path: Path) -> None:
    recording = load(written(tmp_path, ROWS))
    oven = RecordedMeter("oven", recording, At(recording.start + timedelta(seconds=60)))
    reading = await oven.read()
    assert (reading.power_w, reading.energy_import_j) == (120.0, 7200)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([*ROWS[:2], "2026-01-01 00:01,x,230,1"], "line 3 column p: got 'x'; allowed: a number"),
        ([*ROWS[:2], "2026-01-01 00:01,NaN,230,1"], "allowed: a finite number"),
        (
            [*ROWS[:2], "2026-01-01 00:00,1,230,1"],
            "line 3: got time 2025-12-31 23:00:00 UTC; allowed: 2025-12-31 23:01:00",
        ),
        ([*ROWS[:2], "2025-12-31 22:00,1,230,1"], "each once"),
        ([*ROWS[:2], "yesterday,1,230,1"], "line 3 column at: got 'yesterday'"),
        (["at,p,oven", "2026-01-01 00:00,1,1"], "no column 'u'; allowed: at, oven, p"),
        (["at,p,u,oven"], "no rows"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, rows: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, rows))
    assert said in str(caught.value)


def test_a_bad_description_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"channels\.grid\.power\.unit"):
        load(written(tmp_path, ROWS, DESCRIPTION.replace('"kW"', '"PS"')))


def test_keys_of_a_description_that_lack_or_are_unknown_are_told_with_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, ROWS, "flie = 'r.csv'\n[time]\ncolum = 'at'\n[channels.grid.power]\nunits = 'W'\n"))
    told = [str(mistake).split(": ", 1)[1] for mistake in caught.value.mistakes]
    assert "flie: got unknown key 'flie'; allowed: channels, file, step_s, time, timezone. Did you mean file?" in told
    assert "time.colum: got unknown key 'colum'; allowed: column, format. Did you mean column?" in told
    assert any(
        line.startswith("channels.grid.power.units: got unknown key 'units'; allowed: column, unit") for line in told
    )
    assert "channels.grid.role: got nothing; allowed: a value; this key is needed" in told


def as_parquet(folder: Path, columns: dict[str, list[object]]) -> Path:
    parquet = importlib.import_module("pyarrow.parquet")
    path = written(folder, [], DESCRIPTION.replace("r.csv", "r.parquet"))
    parquet.write_table(importlib.import_module("pyarrow").table(columns), folder / "r.parquet")
    return path


COLUMNS: dict[str, list[object]] = {
    "at": [datetime(2025, 12, 31, 23, minute, tzinfo=UTC) for minute in (0, 1, 2)],
    "p": [1.5, None, 3.0],
    "u": [230.0, None, 229.0],
    "oven": [2, None, 5],
}


def test_a_parquet_file_is_read_as_the_same_csv_would_be(tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    assert load(as_parquet(tmp_path, COLUMNS)) == load(written(tmp_path / "csv", ROWS))
    texts = {**COLUMNS, "at": ["2026-01-01 00:00", "2026-01-01 00:01", "2026-01-01 00:02"]}
    assert load(as_parquet(tmp_path, texts)) == load(written(tmp_path / "csv", ROWS))


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"at": [COLUMNS["at"][0], COLUMNS["at"][2], COLUMNS["at"][1]]}, "row 2: got time 2025-12-31 23:02:00 UTC"),
        ({"at": [COLUMNS["at"][0], COLUMNS["at"][0], COLUMNS["at"][2]]}, "row 2: got time 2025-12-31 23:00:00 UTC"),
        ({"p": [1.5, float("nan"), 3.0]}, "row 2 column p: got 'nan'; allowed: a finite number"),
        ({"p": ["1", "x", "3"]}, "row 2 column p: got 'x'"),
        ({"at": [1, 2, 3]}, "row 1 column at: got '1'"),
        ({"p": None}, "no column 'p'"),
    ],
)
def test_a_wrong_parquet_file_is_refused_with_row_and_what_came(tmp_path: Path, changed, said) -> None:
    columns = {name: values for name, values in {**COLUMNS, **changed}.items() if values is not None}
    with pytest.raises(ConfigurationError, match=re.escape(said)) as caught:
        load(as_parquet(tmp_path, columns))
    assert "r.parquet" in str(caught.value)


def test_a_parquet_file_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, [], DESCRIPTION.replace("r.csv", "r.parquet"))
    (tmp_path / "r.parquet").write_text("at,p\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"r\.parquet.*a readable Parquet file"):
        load(path)


def test_without_the_library_for_parquet_the_file_is_refused_with_what_to_do(tmp_path: Path, monkeypatch) -> None:
    path = as_parquet(tmp_path, COLUMNS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"Install ohmstead\[parquet\]"):
        load(path)


@pytest.mark.parametrize("rows", [[ROWS[0], ROWS[1], ROWS[3], ROWS[2]], [ROWS[0], ROWS[1], ROWS[1]]])
def test_unordered_and_repeated_times_of_a_csv_are_refused_with_line_and_what_came(tmp_path: Path, rows) -> None:
    with pytest.raises(ConfigurationError, match=r"r\.csv line 3: got time .* UTC; allowed: 2025-12-31 23:01:00 UTC"):
        load(written(tmp_path, rows))


@pytest.mark.anyio
@pytest.mark.parametrize("speed", [1, 60])
async def test_a_recording_plays_as_a_device_at_its_pace_and_its_counter_agrees_with_its_power(tmp_path, speed) -> None:
    path = written(tmp_path, ["at,p,u,oven", *(f"2026-01-01 00:{minute:02},1.5,230,2" for minute in range(4))])
    clock = At(datetime(2026, 6, 21, tzinfo=UTC))
    settings = DeviceSettings(
        driver="recording", connect=f"file://{path}", role=Role.GRID, channel="grid", speed=float(speed)
    )
    meter = open_meter("supply", settings, Buses(), clock)
    told = []
    for _ in range(6):
        reading = await meter.read()
        assert (reading.device, reading.at) == ("supply", clock.now())
        told.append((reading.quality, reading.power_w, reading.energy_import_j))
        clock.utc += timedelta(seconds=60 / speed)
    step = 1500 * 60 // speed
    good = [(Quality.GOOD, 1500, step * n) for n in range(1, 5)]
    assert told == [(Quality.GOOD, None, 0), *good, (Quality.MISSING, None, None)]


def test_a_channel_that_the_recording_does_not_have_is_refused(tmp_path: Path) -> None:
    settings = DeviceSettings(driver="recording", connect=f"file://{written(tmp_path, ROWS)}", role=Role.GRID)
    with pytest.raises(ConfigurationError, match=r"devices\.supply\.channel: got 'supply'; allowed: grid, oven"):
        open_meter("supply", settings, Buses(), SystemClock())
