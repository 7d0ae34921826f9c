import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.sunspec.measuring import (
    INVERTERS,
    METERS,
    counts_export_as_positive,
    measured,
    reach,
    shown,
    turned,
)
from ohmstead.protocols.sunspec.models import encode, model
from tests.exploring import examples

LEGS = {101: 1, 111: 1, 201: 1, 211: 1, 102: 2, 112: 2, 202: 2, 212: 2}


def leg():
    return st.builds(
        PhaseReading,
        voltage_v=st.floats(1, 900),
        current_a=st.floats(0, 200),
        power_w=st.floats(-100_000, 100_000),
        reactive_power_var=st.floats(-100_000, 100_000),
        power_factor=st.floats(-1, 1),
    )


@pytest.mark.req("G-001", "G-128")
@pytest.mark.parametrize("number", [*INVERTERS, *METERS])
@examples(40)
@given(
    values=st.builds(
        MeterValues,
        power_w=st.floats(-900_000, 900_000),
        reactive_power_var=st.floats(-900_000, 900_000),
        power_factor=st.floats(-1, 1),
        frequency_hz=st.floats(41, 69),
        energy_import_j=st.integers(7200, 10**13),
        energy_export_j=st.integers(7200, 10**13),
        terminals=st.tuples(leg(), leg(), leg()),
    )
)
def test_what_a_device_shows_is_read_to_the_resolution_of_its_scale_factors(number, values):
    back = measured(shown(number, values)[: reach(number)])
    assert back.quality is Quality.GOOD
    assert len(back.terminals) == LEGS.get(number, 3)
    assert back.power_w == pytest.approx(values.power_w, rel=1e-6, abs=51)
    assert back.reactive_power_var == pytest.approx(values.reactive_power_var, rel=1e-6, abs=51)
    assert back.frequency_hz == pytest.approx(values.frequency_hz, abs=0.0051)
    assert back.power_factor == pytest.approx(values.power_factor, abs=0.0051)
    assert back.energy_import_j == pytest.approx(values.energy_import_j, rel=1e-6, abs=1801)
    if number in METERS or number == 701:
        assert back.energy_export_j == pytest.approx(values.energy_export_j, rel=1e-6, abs=1801)
    for one, other in zip(back.terminals, values.terminals, strict=False):
        assert one.voltage_v == pytest.approx(other.voltage_v, abs=0.051)
        assert one.current_a == pytest.approx(other.current_a, abs=0.051)
        if number in METERS or number == 701:
            assert one.power_w == pytest.approx(other.power_w, abs=51)
            assert one.power_factor == pytest.approx(other.power_factor, abs=0.0051)


@pytest.mark.parametrize("number", [*INVERTERS, *METERS])
@examples(20)
@given(data=st.data())
def test_any_words_at_all_are_values_in_range_or_missing(number, data):
    size = reach(number) - 2
    rest = data.draw(st.lists(st.integers(0, 65535), min_size=size, max_size=size))
    values = measured([number, model(number).length, *rest])
    assert values.frequency_hz is None or 40 <= values.frequency_hz <= 70
    assert all(abs(t.power_w or 0) <= 3e6 for t in values.terminals)
    assert (values.quality is Quality.GOOD) == (values.problem is None)


@pytest.mark.parametrize("number", [*INVERTERS, *METERS])
def test_what_is_not_implemented_is_missing_and_not_zero(number):
    values = measured(encode(model(number), {}))
    assert values == MeterValues(terminals=(PhaseReading(),) * LEGS.get(number, 3))


@pytest.mark.parametrize("number", [*INVERTERS, *METERS])
def test_everything_that_is_wanted_fits_into_one_request(number):
    assert reach(number) <= 125


@pytest.mark.parametrize("ac_type, legs", [(0, 1), (1, 2), (2, 3), (None, 3), (7, 3)])
def test_a_generator_says_how_many_legs_it_has(ac_type, legs):
    assert len(measured(encode(model(701), {"ACType": ac_type})).terminals) == legs


def test_a_generators_energies_are_injected_and_absorbed():
    words = encode(model(701), {"TotWhInj": 5000, "TotWhAbs": 0, "TotWh_SF": 0, "W": -40, "W_SF": 0})
    values = measured(words)
    assert (values.energy_import_j, values.energy_export_j, values.power_w) == (18_000_000, 0, -40)


def test_a_meter_without_voltage_says_zero_and_is_not_asleep():
    values = measured(encode(model(203), {"PhVphA": 0.0, "V_SF": -1, "Hz": 0.0, "Hz_SF": -2}))
    assert values.terminals[0].voltage_v == 0.0
    assert values.quality is Quality.BAD
    assert values.problem.params["point"] == "Hz"


def test_power_can_be_turned_round_and_energies_keep_their_names():
    values = MeterValues(900.0, -50.0, 0.9, 50.0, 1, 2, (PhaseReading(230.0, 4.0, 300.0, 20.0, 0.9), PhaseReading()))
    back = turned(values)
    assert (back.power_w, back.reactive_power_var, back.energy_import_j, back.energy_export_j) == (-900.0, 50.0, 1, 2)
    assert back.terminals == (PhaseReading(230.0, 4.0, -300.0, -20.0, -0.9), PhaseReading())
    assert turned(back) == values


@pytest.mark.parametrize(
    "maker, answer", [("SolarEdge ", True), ("SOLAREDGE", True), ("Fronius", False), (None, False)]
)
def test_makers_who_count_export_as_positive_are_known(maker, answer):
    assert counts_export_as_positive(maker) is answer


@pytest.mark.parametrize(
    "shown_factor, watts, apparent, factor, notes",
    [
        (0.98, 980, 1000, 0.98, 1),
        (98, 980, 1000, 0.98, 0),
        (-1, -1000, 1000, -1, 1),
        (1, 10, 1000, 0.01, 0),
        (0.98, None, None, 0.0098, 0),
        (0, 0, 1000, 0, 0),
    ],
)
def test_a_power_factor_that_is_no_percentage_is_seen_from_the_powers(shown_factor, watts, apparent, factor, notes):
    points = {"PF": shown_factor, "PF_SF": -2, "W": watts, "W_SF": 0, "VA": apparent, "VA_SF": 0}
    values = measured(encode(model(203), points))
    assert values.power_factor == pytest.approx(factor)
    assert [note.key for note in values.notes] == ["sunspec.plain_power_factor"] * notes
