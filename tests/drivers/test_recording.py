"""A recording is read exactly, its gaps stay gaps, and a bad file is refused with line and column."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.time import Instant
from ohmstead.drivers.recording import RecordedMeter, load

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
