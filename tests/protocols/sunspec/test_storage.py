import pytest

from ohmstead.core.model.details import Quantity
from ohmstead.core.model.readings import Battery
from ohmstead.protocols.sunspec.models import encode, model
from ohmstead.protocols.sunspec.storage import (
    BATTERY,
    PANELS,
    DcPort,
    Storage,
    dc_ports,
    described,
    shown_port,
    shown_storage,
    storage,
    together,
)


def test_a_battery_says_what_it_holds():
    shown = {"WHRtg": 10_200, "WHAvail": 6120, "SoC": 62.5, "SoH": 96, "Sta": 0, "WH_SF": 0, "Pct_SF": -1}
    assert storage(encode(model(713), shown)).battery == Battery(62.5, 96.0, 10_200 * 3600, 6120 * 3600)


def test_a_battery_that_says_nothing_holds_nothing_known():
    assert [storage(encode(model(number), {})) for number in (713, 802, 124)] == [Storage()] * 3


def test_a_state_of_charge_that_cannot_be_is_missing():
    assert storage(encode(model(713), {"SoC": 101, "Pct_SF": 0})).battery.charge_percent is None


@pytest.mark.parametrize(
    "status, shown, flows", [(3, 1500, 1500), (4, 1500, -1500), (4, -1500, -1500), (6, 1500, None), (6, 0, 0)]
)
def test_which_way_the_power_of_a_battery_bank_goes_is_what_its_charge_status_says(status, shown, flows):
    bank = {"W": shown, "W_SF": 0, "ChaSt": status, "SoC": 71.5, "SoC_SF": -1, "V": 51.2, "V_SF": -1}
    seen = storage(encode(model(802), bank))
    assert (seen.power_w, seen.battery.charge_percent) == (flows, 71.5)
    assert seen.voltage_v == 51.2


def test_basic_storage_control_tells_the_state_of_charge_and_no_power():
    seen = storage(
        encode(model(124), {"ChaState": 48.2, "ChaState_SF": -1, "ChaSt": 4, "InBatV": 409.0, "InBatV_SF": -1})
    )
    assert (seen.battery.charge_percent, seen.power_w, seen.fault) == (48.2, None, False)


@pytest.mark.parametrize("number, point, value", [(713, "Sta", 2), (802, "State", 99)])
def test_a_battery_that_says_it_is_broken_is_heard(number, point, value):
    assert storage(encode(model(number), {point: value})).fault


PORTS = {
    "NPrt": 2,
    "DCA_SF": -2,
    "DCV_SF": -1,
    "DCW_SF": 0,
    "DCWH_SF": 0,
    "Tmp_SF": -1,
    "DCW": 4300,
    "DCA": 11.5,
    "DCWhInj": 5_000_000_000,
    "Prt.0.IDStr": "east",
    "Prt.0.PrtTyp": 0,
    "Prt.0.DCV": 410.5,
    "Prt.0.DCA": 6.25,
    "Prt.0.DCW": 2566,
    "Prt.1.IDStr": "west",
    "Prt.1.PrtTyp": 0,
    "Prt.1.DCV": 330.2,
    "Prt.1.DCW": -1734,
    "Prt.1.Tmp": 38.5,
}


def test_ports_are_read_together_and_each():
    whole, (east, west) = dc_ports(encode(model(714), PORTS))
    assert whole == DcPort(current_a=11.5, power_w=4300, energy_injected_j=18_000_000_000_000)
    assert east == DcPort("east", 410.5, 6.25, 2566, kind=PANELS)
    assert (west.voltage_v, west.current_a, west.power_w, west.temperature_c) == (330.2, None, -1734, 38.5)


def test_ports_of_one_kind_are_added_up_and_a_sum_with_a_part_missing_is_missing():
    _, ports = dc_ports(encode(model(714), PORTS))
    assert together(ports, PANELS).power_w == 2566 - 1734
    assert (together(ports, PANELS).energy_injected_j, together(ports, BATTERY).power_w) == (None, None)
    assert described(ports)[Quantity.DC_POWER_W] == {"DC1": 2566, "DC2": -1734}


@pytest.mark.parametrize("count, whole", [(20, 0), (44, 0), (45, 1), (70, 2)])
def test_only_ports_that_are_whole_count(count, whole):
    words = encode(model(714), PORTS)
    assert len(dc_ports(words[:count])[1]) == whole


def test_a_number_of_ports_beyond_the_registers_is_harmless():
    words = list(encode(model(714), PORTS))
    words[4] = 0xFFFE
    assert len(dc_ports(words)[1]) == 2
    words[4] = 0xFFFF
    assert dc_ports(words)[1] == ()


@pytest.mark.parametrize("read", [storage, dc_ports])
def test_another_model_and_too_few_registers_are_refused(read):
    with pytest.raises(ValueError, match="expected, got 103"):
        read([103] * 60)
    with pytest.raises(ValueError, match="takes"):
        read([713 if read is storage else 714, 7])


@pytest.mark.parametrize("kwh", [5, 120, 9000])
def test_what_a_server_shows_of_a_battery_of_any_size_is_read_back(kwh):
    seen = Storage(kwh * 3_600_000, kwh * 1_800_000, 0.5, 0.98, 0)
    assert storage(shown_storage(seen)) == seen
    assert storage(shown_storage(Storage(None, None, None, None, None))).charge is None


@pytest.mark.parametrize("power_w", [-2400, 30_000, -800_000])
def test_what_a_server_shows_of_a_port_is_read_back(power_w):
    whole, (port,) = dc_ports(shown_port(DcPort("battery", 400.0, power_w / 400, power_w)))
    assert (port.name, port.voltage_v, port.current_a, port.power_w) == ("battery", 400, power_w / 400, power_w)
    assert whole.power_w == power_w
