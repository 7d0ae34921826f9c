"""Tasmota's sensor messages: one phase or several, tariffs or phases in a list, and whatever is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols import tasmota
from ohmstead.protocols.meters.codec import MeterValues


@pytest.mark.parametrize(
    "energy, joules",
    [
        ({"Power": [1, 2, 3], "Total": [1.0, 2.0, 4.0]}, 25_200_000),
        ({"Power": [1, 2, 3], "Total": [33.736, 11.717, 22.019]}, 121_449_600),
        ({"Power": 1, "Total": [33.736, 11.717, 22.019]}, 121_449_600),
        ({"Power": 1, "Total": 2.0, "ImportActive": 3.0}, 10_800_000),
        ({"Power": 1}, None),
    ],
)
def test_a_list_of_counters_is_phases_or_a_total_with_its_tariffs(energy, joules):
    assert tasmota.read({"ENERGY": energy}, "oven").energy_import_j == joules


@pytest.mark.parametrize("document", [None, 5, [], {}, {"StatusSNS": 5}, {"ENERGY": None}, {"StatusSNS": {"Time": ""}}])
def test_a_message_without_energy_is_named(document):
    seen = tasmota.read(document, "oven")
    assert (seen.quality, seen.problem.key) == (Quality.BAD, "tasmota.no_energy")


def test_text_where_a_number_should_be_is_named():
    seen = tasmota.read({"ENERGY": {"Power": "on"}}, "oven")
    assert (seen.quality, seen.problem.key, seen.problem.params["quantity"]) == (
        Quality.BAD,
        "source.no_number",
        "Power",
    )


ANYTHING = st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | st.text(max_size=3)
FIELDS = (
    "Power",
    "Voltage",
    "Current",
    "Factor",
    "ReactivePower",
    "Frequency",
    "Total",
    "ImportActive",
    "ExportActive",
)


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.lists(ANYTHING, max_size=5)))
def test_any_message_gives_values_or_a_reason(energy):
    seen = tasmota.read({"ENERGY": energy}, "oven")
    assert seen.quality is Quality.GOOD or seen.problem is not None


@pytest.mark.parametrize("phases", [1, 3])
def test_what_a_server_shows_is_read_back(phases):
    row = PhaseReading(231.25, 4.5, 1000.125, 210.5, 0.96)
    power = 1000.125 * phases
    values = MeterValues(power, 210.5 * phases, None, 50.01, 7_200_000, 3_600_000, (row,) * phases)
    seen = tasmota.read(tasmota.shown(values, "2026-06-21T10:00:00"), "oven")
    assert (seen.power_w, seen.terminals, seen.frequency_hz) == (power, values.terminals, 50.01)
    assert (seen.energy_import_j, seen.energy_export_j) == (7_200_000, 3_600_000)
