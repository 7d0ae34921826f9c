"""``ohmstead check`` as a person and as a machine reads it."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ohmstead.cli.main import app
from ohmstead.cli.site import alone
from ohmstead.simulator.building import Building
from ohmstead.simulator.site_file import site_toml
from tests.drivers.scanning.world import building
from tests.simulator.reading import running as scenario

pytestmark = pytest.mark.req("EM-346", "G-128")


@pytest.fixture
def typed() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1", "LC_ALL": "C"})


@contextmanager
def house(file: Path, living: Callable[[], AbstractAsyncContextManager[Building]] = building) -> Iterator[None]:
    """A building that runs in a loop of its own, and its settings in ``file``."""
    ready, over = threading.Event(), threading.Event()

    async def live() -> None:
        async with living() as running:
            file.write_text(site_toml(running.settings, running.places), "utf-8")
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    try:
        assert ready.wait(30)
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


def test_a_house_in_which_all_is_well_ends_with_0_and_every_value(typed: CliRunner, file: Path) -> None:
    with house(file):
        said = typed.invoke(app, ["check", str(file)])
    assert said.exit_code == 0, said.output
    assert "6 of 6 are good." in said.stdout
    for shown in ("grid (grid)", "frequency", "L3", "reactive power", "control pilot", "kWh", "0.0 s"):
        assert shown in said.stdout


TALKATIVE = """
[battery]
capacity_kwh = 10
charge_w = 3000
discharge_w = 3000

[devices.panel]
driver = "modbus"
meter = "eastron-sdm630"
role = "load"

[devices.battery]
driver = "sunspec"
point = "battery"
role = "battery"
"""


@pytest.mark.req("G-001")
def test_everything_a_device_tells_is_shown_in_the_words_of_its_role(typed: CliRunner, file: Path) -> None:
    with house(file, lambda: scenario(TALKATIVE)):
        said = typed.invoke(app, ["check", str(file)])
        told = typed.invoke(app, ["check", str(file), "--json"])
    assert said.exit_code == 0, said.output
    panel, battery = said.stdout.split("battery (battery)")
    for row in ("│       │ apparent power ", "│ L3    │ energy import ", "│ N     │ current ", "│ L1-L2 │ voltage "):
        assert row in panel
    for quantity in ("power given", "energy charged", "energy discharged", "state of charge", "capacity", "10.000 kWh"):
        assert quantity in battery
    devices = {one["name"]: one for one in json.loads(told.stdout)["devices"]}
    assert devices["panel"]["details"]["voltage_v"]["L1-L2"] > 380
    assert devices["battery"]["battery"]["capacity_j"] == 36_000_000
    assert devices["panel"]["supply"] is None


def test_a_house_with_a_mistake_ends_with_1_and_says_what_to_mend_in_either_language(
    typed: CliRunner, file: Path
) -> None:
    with house(file):
        file.write_text(file.read_text("utf-8").replace("unit = 7", "unit = 9"), "utf-8")
        english = typed.invoke(app, ["check", str(file)])
        italian = typed.invoke(app, ["check", str(file), "--language", "it"])
    assert (english.exit_code, italian.exit_code) == (1, 1)
    assert "5 of 6 are good." in english.stdout
    assert "on the same line these do: 7, 8" in english.stdout
    assert "sulla stessa linea rispondono: 7, 8" in italian.stdout


def test_a_machine_reads_one_document_with_units_in_the_names_and_missing_as_null(typed: CliRunner, file: Path) -> None:
    with house(file):
        file.write_text(file.read_text("utf-8").replace("abb-b23", "abb-b24").replace("unit = 7", "unit = 9"), "utf-8")
        said = typed.invoke(app, ["check", str(file), "--json"])
    document = json.loads(said.stdout)
    devices = {one["name"]: one for one in document["devices"]}
    assert (said.exit_code, document["good"], document["site_running"]) == (1, False, False)
    assert devices["grid"]["good"]
    assert 200 < devices["grid"]["phases"]["L1"]["voltage_v"] < 260
    assert devices["solar"]["phases"]["L1"]["power_w"] is None
    assert devices["oven"]["problem"]["key"] == "modbus.exception.11"
    assert (devices["oven"]["quality"], devices["oven"]["age_s"]) == ("missing", None)
    assert devices["heat-pump"]["advice"][0]["params"]["meter"] == "abb-b23"
    assert devices["garage"]["board"]["pilot"] in ("A", "B")


def test_a_site_that_runs_beside_it_is_named_when_something_fails(typed: CliRunner, file: Path, tmp_path: Path) -> None:
    file.write_text('[site]\nname = "x"\ntimezone = "UTC"\n[devices.a]\ndriver = "p1"\nrole = "grid"\n', "utf-8")
    file.write_text(file.read_text("utf-8") + 'connect = "tcp://127.0.0.1:1"\n', "utf-8")
    with alone(tmp_path / "data"):
        said = typed.invoke(app, ["check", str(file), "--data", str(tmp_path / "data")])
    after = typed.invoke(app, ["check", str(file), "--data", str(tmp_path / "data")])
    assert "A site is running with this data folder" in said.stdout
    assert "A site is running" not in after.stdout
    assert (said.exit_code, after.exit_code) == (1, 1)


@pytest.mark.parametrize(
    "text, expected",
    [
        (None, "no such file"),
        ("[site", "TOML"),
        ('[site]\nname = "x"\ntimezone = "UTC"\n', "ohmstead scan"),
        ('[site]\nname = "x"\ntimezone = "UTC"\n[devices.a]\ndriver = "p1"\nconnect = "tcp://h:1"\n', "role"),
    ],
)
def test_a_file_that_cannot_be_checked_ends_with_2(typed: CliRunner, file: Path, text, expected) -> None:
    if text is not None:
        file.write_text(text, "utf-8")
    said = typed.invoke(app, ["check", str(file)])
    assert said.exit_code == 2, said.output
    assert expected in said.output
    assert "Traceback" not in said.output
