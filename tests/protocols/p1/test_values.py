import pytest

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading, UtilityCounter
from ohmstead.protocols.p1.values import values
from ohmstead.texts import word
from tests.protocols.p1.telegrams import made, read, recorded

KWH = 3_600_000


def of(name: str):
    return values(read(recorded(name)))


def said(*lines: str):
    return values(read(made(*lines)))


@pytest.mark.req("G-123", "G-001")
@pytest.mark.parametrize(
    "name, power_w, imported_wh, exported_wh",
    [
        ("v2_2", 1010, 2_002, 2_002),
        ("v4_2", 2027, 3_016_829, 0),
        ("v5", 244, 6_825, 2_444),
        ("v5_two_mbus", 111, 2_375_582, 0),
        ("fluvius_v171", 0, 15_792, 11),
        ("iskra_ie", -100, 20_363, 20_563),
        ("sagemcom_t210_d_r", 286, 6_545_766, 58),
    ],
)
def test_power_and_counters_of_every_recorded_telegram(name, power_w, imported_wh, exported_wh):
    seen = of(name)
    assert (seen.quality, seen.problem) == (Quality.GOOD, None)
    assert (seen.power_w, seen.energy_import_j, seen.energy_export_j) == (
        power_w,
        imported_wh * 3600,
        exported_wh * 3600,
    )


@pytest.mark.parametrize(
    "name, phases",
    [
        ("v2_2", {}),
        ("sagemcom_t210_d_r", {}),
        ("v4_2", {"L1": (None, 0, 170), "L2": (None, 6, 1247), "L3": (None, 2, 209)}),
        ("v5", {"L1": (230, 0.48, 70), "L2": (230, 0.44, 32), "L3": (229, 0.86, 142)}),
        ("iskra_ie", {"L1": (242.5, 0, -10), "L2": (241.7, 0, -10), "L3": (243.3, 0, -10)}),
    ],
)
def test_each_phase_has_what_its_meter_sends_and_nothing_else(name, phases):
    assert of(name).phases == {phase: PhaseReading(*three) for phase, three in phases.items()}


def test_the_last_digit_of_the_currents_is_told():
    steps = {name: of(name).current_step_a for name in ("v5", "fluvius_v171", "v5_two_mbus", "v2_2")}
    assert steps == {"v5": 0.01, "fluvius_v171": 0.01, "v5_two_mbus": 1.0, "v2_2": 0.0}


def test_the_quarter_of_an_hour_and_the_peak_of_the_month_are_read():
    seen = of("fluvius_v171")
    assert (seen.supply.demand_w, seen.supply.demand_peak_w) == (2351, 2589)
    assert of("v5").supply.demand_peak_w is None


@pytest.mark.parametrize(
    "name, utilities",
    [
        ("v2_2", (("gas", 1.001),)),
        ("v4_2", (("gas", 981.443),)),
        ("v5", (("gas", 0.107),)),
        ("v5_two_mbus", (("gas", 246.138),)),
        ("fluvius_v171", (("gas", 112.384), ("water", 872.234))),
        ("iskra_ie", ()),
    ],
)
def test_gas_and_water_meters_that_have_sent_something_are_read(name, utilities):
    assert of(name).supply.utilities == tuple(UtilityCounter(kind, volume) for kind, volume in utilities)


def test_a_meter_of_the_swedish_kind_gives_totals_and_reactive_power_per_phase():
    seen = said(
        "1-0:1.8.0(00006678.394*kWh)",
        "1-0:2.8.0(00000000.000*kWh)",
        "1-0:3.7.0(0000.000*kvar)",
        "1-0:4.7.0(0000.309*kvar)",
        "1-0:1.7.0(0001.727*kW)",
        "1-0:2.7.0(0000.000*kW)",
        "1-0:21.7.0(0001.023*kW)",
        "1-0:22.7.0(0000.000*kW)",
        "1-0:23.7.0(0000.000*kvar)",
        "1-0:24.7.0(0000.009*kvar)",
        "1-0:32.7.0(240.3*V)",
        "1-0:31.7.0(004.2*A)",
    )
    assert (seen.power_w, seen.reactive_power_var, seen.energy_import_j) == (1727, -309, round(6678.394 * KWH))
    assert seen.phases == {"L1": PhaseReading(240.3, 4.2, 1023, -9)}


def test_a_meter_of_the_luxembourg_kind_sends_a_total_for_import_and_for_export():
    seen = said("1-0:1.8.0(000123.456*kWh)", "1-0:2.8.0(000007.000*kWh)", "1-0:1.7.0(0.5*kW)", "1-0:2.7.0(0*kW)")
    assert (seen.energy_import_j, seen.energy_export_j) == (round(123.456 * KWH), 7 * KWH)


def test_frequency_and_power_factor_are_read_where_a_meter_sends_them():
    seen = said("1-0:1.7.0(1*kW)", "1-0:14.7.0(50.01*Hz)", "1-0:13.7.0(0.987)", "1-0:33.7.0(0.9)")
    assert (seen.frequency_hz, seen.power_factor, seen.phases["L1"].power_factor) == (50.01, 0.987, 0.9)


def test_the_total_stands_when_tariffs_are_sent_beside_it():
    assert said("1-0:1.8.0(10*kWh)", "1-0:1.8.1(4*kWh)", "1-0:1.8.2(5*kWh)").energy_import_j == 10 * KWH


def test_a_sum_with_an_unusable_part_is_missing_and_not_too_small():
    seen = said("1-0:1.7.0(1*kW)", "1-0:1.8.1(4*kWh)", "1-0:1.8.2(5*kW)")
    assert (seen.energy_import_j, seen.quality) == (None, Quality.BAD)


@pytest.mark.parametrize(
    "line, says",
    [
        ("1-0:32.7.0(9999.0*V)", "The meter sends 9999.0*V for 32.7.0; allowed is -1000 to 1000 V, sent in V."),
        ("1-0:1.7.0(1.0*kWh)", "allowed is -3000 to 3000 kW, sent in W or kW"),
        ("1-0:31.7.0(five*A)", "The meter sends five*A for 31.7.0"),
        ("1-0:1.8.1(-1*kWh)", "allowed is 0 to 1 000 000 000 kWh"),
        ("1-0:14.7.0(500*Hz)", "allowed is 40 to 70 Hz"),
    ],
)
def test_what_cannot_be_true_is_named_with_what_is_allowed(line, says):
    seen = said("1-0:21.7.0(1*kW)", line)
    assert seen.quality is Quality.BAD
    assert says in word(seen.problem)


def test_an_export_that_cannot_be_used_leaves_no_power():
    assert said("1-0:1.7.0(1*kW)", "1-0:2.7.0(?*kW)").power_w is None


def test_a_gas_meter_that_says_nonsense_costs_the_supply_nothing():
    seen = said("1-0:1.7.0(1*kW)", "0-1:24.1.0(003)", "0-1:24.2.1(200512134558S)(nonsense*m3)")
    assert (seen.quality, seen.power_w, seen.supply.utilities) == (Quality.GOOD, 1000, ())


def test_a_telegram_without_anything_electrical_is_missing_and_says_so():
    seen = said("0-0:96.13.0(48)")
    assert (seen.quality, seen.problem.key) == (Quality.MISSING, "p1.empty")
