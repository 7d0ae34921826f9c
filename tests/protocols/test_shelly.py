"""Shelly's components: which one measures, and that what a server shows is read back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols import shelly
from ohmstead.protocols.meters.codec import MeterValues


@pytest.mark.parametrize(
    "status, component",
    [
        ({"sys": {}, "switch:0": {"output": True}, "switch:1": {"apower": 1}}, "switch:1"),
        ({"em:0": {"total_act_power": 1}, "switch:0": {"apower": 1}}, "em:0"),
        ({"em1:1": {"act_power": 1}, "em1data:1": {}}, "em1:1"),
        ({"pm1:0": {"apower": 1}}, "pm1:0"),
        ({"switch:0": {"output": True}, "em:0": None}, None),
        ([], None),
    ],
)
def test_the_component_that_measures_is_found(status, component):
    assert shelly.first_of(status) == component


@pytest.mark.parametrize("component", ["em:0", "em1:1", "pm1:0", "switch:2"])
def test_what_a_server_shows_is_read_back(component):
    phases = shelly.split(component)[0].phases
    row = PhaseReading(231.25, 4.5, -1000.125, None, -0.96)
    values = MeterValues(-1000.125 * phases, None, None, 50.01, 7_200_000, 3_600_000, (row,) * phases)
    documents = shelly.shown(component, values)
    seen = shelly.read(component, documents[component], documents.get(shelly.data_name(component)), "oven")
    assert seen == replace(values, power_w=pytest.approx(values.power_w))


def test_a_meter_without_power_is_bad_and_without_counters_is_not():
    assert shelly.read("pm1:0", {"id": 0, "voltage": 230.0}, None, "oven").quality is Quality.BAD
    seen = shelly.read("em1:0", {"act_power": 5, "voltage": 230.0}, None, "oven")
    assert (seen.quality, seen.power_w, seen.energy_import_j) == (Quality.GOOD, 5, None)


FIELDS = ("a_voltage", "voltage", "a_freq", "freq", "total_act_power", "apower", "a_pf", "pf", "aenergy")
ANYTHING = st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | st.text(max_size=3)


@given(st.sampled_from(["em:0", "pm1:0"]), st.none() | st.dictionaries(st.sampled_from(FIELDS), ANYTHING))
def test_any_answer_gives_values_or_a_reason(component, status):
    seen = shelly.read(component, status, None, "oven")
    assert seen.quality is Quality.GOOD or seen.problem is not None


@pytest.mark.parametrize("component", ["em", "em:", "em:x", "cover:0", "em:1000"])
def test_what_is_no_component_is_refused(component):
    with pytest.raises(ValueError, match=component):
        shelly.split(component)
