"""A meter that nobody named is recognised by its code or by what its registers make sense as."""

from dataclasses import replace

import pytest

from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import MeterValues, encode
from ohmstead.protocols.meters.recognising import Fit, best, fit

ROW = PhaseReading(voltage_v=230.0, current_a=5.0, power_w=1150.0, reactive_power_var=0.0, power_factor=1.0)
SUPPLY = MeterValues(
    power_w=3448.0,
    reactive_power_var=0.0,
    power_factor=1.0,
    frequency_hz=50.0,
    energy_import_j=3_600_000_000,
    energy_export_j=7_200_000_000,
    terminals=(
        ROW,
        replace(ROW, voltage_v=231.0, current_a=4.0, power_w=924.0),
        replace(ROW, voltage_v=229.0, current_a=6.0, power_w=1374.0),
    ),
)


def shown(key: str, values: MeterValues = SUPPLY) -> Fit | None:
    table = load(key)
    if table.phases == 1:
        values = replace(values, power_w=values.terminals[0].power_w, terminals=values.terminals[:1])
    cells = {start + i: word for start, words in encode(table, values) for i, word in enumerate(words)}
    return fit(table, [[cells[b.start + i] for i in range(b.count)] for b in table.blocks])


def row(**changes) -> MeterValues:
    one = replace(ROW, **changes)
    return replace(SUPPLY, terminals=(one, one, one), power_w=3 * (one.power_w or 0.0))


@pytest.mark.req("G-128")
@pytest.mark.parametrize("key", names())
def test_each_table_fits_a_meter_of_its_model_and_that_is_no_accident(key):
    found = shown(key)
    assert found.table.key == key
    assert found.telling


@pytest.mark.parametrize(
    "what, values",
    [
        ("170 V", row(voltage_v=170.0, power_w=850.0)),
        ("44 Hz", replace(SUPPLY, frequency_hz=44.0)),
        ("a sum of other phases", replace(SUPPLY, power_w=9000.0)),
        ("more power than voltage and current carry", row(power_w=2300.0)),
        ("phases of different grids", replace(SUPPLY, terminals=(ROW, ROW, replace(ROW, voltage_v=120.0)))),
        ("no voltage anywhere", row(voltage_v=0.0, current_a=0.0, power_w=0.0)),
        ("nothing at all", MeterValues(terminals=(PhaseReading(),) * 3)),
    ],
)
def test_what_cannot_be_a_mains_fits_nothing(what, values):
    assert shown("eastron-sdm630", values) is None, what


def test_a_meter_without_load_can_be_no_more_than_possible():
    idle = row(current_a=0.0, power_w=0.0)
    assert not shown("eastron-sdm630", idle).telling


def test_a_terminal_without_wire_counts_against_a_table_but_does_not_exclude_it():
    dead = PhaseReading(voltage_v=0.0, current_a=0.0, power_w=0.0, reactive_power_var=0.0, power_factor=1.0)
    one = replace(SUPPLY, terminals=(ROW, dead, dead), power_w=1150.0)
    three, single = shown("eastron-sdm630", one), shown("eastron-sdm120", one)
    assert (three.dead, single.dead) == (2, 0)
    assert best([replace(three, agreements=single.agreements), single]) == (single,)


def test_tables_that_fit_alike_are_all_named():
    fits = [shown(key) for key in ("eastron-sdm630", "eastron-sdm72-v2", "janitza-umg604")]
    assert {each.table.key for each in best(fits)} >= {"eastron-sdm630", "eastron-sdm72-v2"}
    assert best([]) == ()


@pytest.mark.parametrize(
    "key, words, expected",
    [
        ("abb-b23", (0x4232, 0x3320), True),
        ("abb-b23", (0x4232, 0x3420), False),
        ("gavazzi-em340", (341,), True),
        ("gavazzi-em340", (349,), False),
        ("gavazzi-em540", (), False),
        ("schneider-iem3155", (0x6945, 0x4D33, 0x3235, 0x3520, 0x2020), True),
        ("schneider-iem3155", (0x6945, 0x4D33, 0x3235, 0x3020, 0x2020), False),
        ("siemens-pac2200", (42, 0x374B, 0x4D32, 0x3230, 0x302D, *(0,) * 22), True),
        ("siemens-pac2200", (42, 0x374B, 0x4D33, 0x3230, 0x302D, *(0,) * 22), False),
    ],
)
def test_a_code_is_the_models_own_or_of_its_family(key, words, expected):
    assert load(key).identify.fits(words) is expected


def test_no_two_models_have_the_same_code():
    coded = [load(key).identify for key in names() if load(key).identify]
    for one in coded:
        assert sum(other.block == one.block and other.fits(one.expect) for other in coded) == 1
