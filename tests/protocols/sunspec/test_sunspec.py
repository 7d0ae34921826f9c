import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.sunspec.device import (
    MARK,
    InverterPlate,
    inverter_image,
    placed,
)
from ohmstead.protocols.sunspec.measuring import measured
from ohmstead.protocols.sunspec.models import decode, encode, model
from tests.exploring import examples

PLATE = InverterPlate("Ohmstead", "sim", "1.0", "PV-1")


def shown(values: MeterValues):
    ((base, words),) = inverter_image(PLATE, values)
    assert words[:2] == MARK
    common = placed(base + 2, words[2:4])
    inverter = placed(common.next, words[common.next - base : common.next - base + 2])
    return words[inverter.register - base : inverter.next - base]


LEGS = st.builds(PhaseReading, voltage_v=st.floats(1, 900), current_a=st.floats(0, 200))


@examples(50)
@given(
    st.builds(
        MeterValues,
        power_w=st.floats(-1_000_000, 1_000_000),
        reactive_power_var=st.floats(-30_000, 30_000),
        power_factor=st.floats(-1, 1),
        frequency_hz=st.floats(41, 69),
        energy_import_j=st.integers(3600, 10**13),
        terminals=st.tuples(LEGS, LEGS, LEGS),
    )
)
def test_what_an_inverter_shows_is_read_to_the_resolution_of_its_scale_factors(values):
    back = measured(shown(values))
    assert back.quality is Quality.GOOD
    assert back.power_w == pytest.approx(values.power_w, rel=1e-3, abs=0.051)
    assert back.frequency_hz == pytest.approx(values.frequency_hz, abs=0.0051)
    assert back.power_factor == pytest.approx(values.power_factor, abs=0.0001)
    assert back.energy_import_j == pytest.approx(values.energy_import_j, abs=1801)
    total = sum(leg.current_a for leg in values.terminals)
    for leg, given_leg in zip(back.terminals, values.terminals, strict=True):
        assert leg.voltage_v == pytest.approx(given_leg.voltage_v, abs=0.051)
        assert leg.current_a == pytest.approx(given_leg.current_a, abs=0.0051 if total < 640 else 0.051)


def test_the_scale_factor_of_the_same_registers_counts():
    words = list(encode(model(103), {"W": 4320.0, "W_SF": 0}))
    assert measured(words).power_w == 4320
    words[15] = 1
    assert measured(words).power_w == 43_200
    words[15] = 0x10000 - 2
    assert measured(words).power_w == pytest.approx(43.2)


@pytest.mark.parametrize("factor", [0x8000, 11, 0x10000 - 11])
def test_a_value_without_a_sensible_scale_factor_is_missing(factor):
    words = list(encode(model(103), {"W": 4320.0, "W_SF": 0}))
    words[15] = factor
    assert measured(words).power_w is None


def test_points_that_are_not_implemented_are_missing():
    values = measured(encode(model(103), {}))
    assert values == MeterValues(terminals=(PhaseReading(),) * 3)


def test_a_sleeping_inverter_has_no_voltage_and_no_frequency_but_is_not_broken():
    asleep = MeterValues(power_w=0.0, frequency_hz=0.0, terminals=(PhaseReading(0.0, 0.0),) * 3)
    values = measured(shown(asleep))
    assert (values.quality, values.power_w, values.frequency_hz) == (Quality.GOOD, 0.0, None)
    assert values.terminals[0] == PhaseReading(None, 0.0)


@pytest.mark.parametrize(
    "points, point",
    [({"Hz": 90.0, "Hz_SF": -2}, "Hz"), ({"PF": 130.0, "PF_SF": -1}, "PF"), ({"PhVphA": 6000, "V_SF": 0}, "PhVphA")],
)
def test_an_implausible_point_is_named_and_makes_the_reading_bad(points, point):
    values = measured(encode(model(103), {"W": 100, "W_SF": 0, **points}))
    assert values.quality is Quality.BAD
    assert values.problem.params["point"] == point
    assert values.power_w == 100


def test_the_plate_stands_in_the_common_model():
    ((_, words),) = inverter_image(PLATE, MeterValues())
    points = decode(model(1), words[2:])
    assert (points["Mn"], points["Md"], points["Vr"], points["SN"], points["Opt"]) == (
        "Ohmstead",
        "sim",
        "1.0",
        "PV-1",
        None,
    )


@pytest.mark.parametrize("header", [(103, 0), (103, 65_000)])
def test_a_model_of_impossible_length_is_refused(header):
    with pytest.raises(ValueError, match="impossible length"):
        placed(40_002, header)


def test_another_model_measures_nothing():
    with pytest.raises(ValueError, match=r"one of the models 101, .* expected, got 160"):
        measured([160, 50, *([0] * 50)])


def test_too_few_registers_are_refused():
    with pytest.raises(ValueError, match="model 103 takes 27 registers, got 26"):
        measured([103, 50, *([0] * 24)])
