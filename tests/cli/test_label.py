"""The label of a charger from the command line: what the running site says, and a code that can be scanned."""

import numpy as np
import pytest
import zxingcpp
from typer.testing import CliRunner

from ohmstead.cli.main import app

RUN = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
HALVES = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0), "\xa0": (0, 0)}


@pytest.mark.req("EV-006")
def test_serial_secret_and_a_code_for_a_telephone_are_shown(at: str) -> None:
    shown = RUN.invoke(app, ["label", "garage", "--at", at])
    assert shown.exit_code == 0
    assert "Serial  SIM-garage" in shown.output
    assert "5A5A 5A5A" in shown.output
    assert f"http://{at}/chargers/garage/label" in shown.output
    drawn = [line for line in shown.output.splitlines() if len(line) > 30 and set(line) <= HALVES.keys()]
    rows = [[HALVES[one][half] for one in line] for line in drawn for half in (0, 1)]
    picture = np.array(rows, np.uint8) * 255
    [found] = zxingcpp.read_barcodes(picture.repeat(4, axis=0).repeat(4, axis=1))
    assert found.text.endswith("&secret=" + "5A" * 16)


def test_a_charger_that_is_not_there_is_said(at: str) -> None:
    said = RUN.invoke(app, ["label", "barn", "--at", at])
    assert said.exit_code == 2
    assert "There is no charger called barn." in said.stderr
