import pytest

from ohmstead.protocols.sunspec.models import encode, model
from ohmstead.protocols.sunspec.storage import DcPort, Storage, dc_ports, shown_port, shown_storage, storage


def test_a_battery_says_what_it_holds():
    shown = {"WHRtg": 10_200, "WHAvail": 6120, "SoC": 62.5, "SoH": 96, "Sta": 0, "WH_SF": 0, "Pct_SF": -1}
    assert storage(encode(model(713), shown)) == Storage(10_200 * 3600, 6120 * 3600, 0.625, 0.96, 0)


def test_a_battery_that_says_nothing_holds_nothing_known():
    assert storage(encode(model(713), {})) == Storage(None, None, None, None, None)


def test_a_state_of_charge_that_cannot_be_is_missing():
    assert storage(encode(model(713), {"SoC": 101, "Pct_SF": 0})).charge is None


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
    assert east == DcPort("east", 410.5, 6.25, 2566)
    assert (west.voltage_v, west.current_a, west.power_w, west.temperature_c) == (330.2, None, -1734, 38.5)


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
