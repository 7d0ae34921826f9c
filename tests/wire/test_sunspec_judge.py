"""pysunspec2, the alliance's own tool, reads what we serve and writes what we read."""

from collections.abc import Mapping, Sequence
from typing import Any

import anyio.to_thread
import pytest
import sunspec2.device
import sunspec2.modbus.client

from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.protocols.sunspec.device import InverterPlate, map_of
from ohmstead.protocols.sunspec.measuring import INVERTERS, METERS, measured, shown
from ohmstead.protocols.sunspec.models import decode, encode, model
from ohmstead.protocols.sunspec.storage import dc_ports, storage
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit

pytestmark = [pytest.mark.wire, pytest.mark.anyio]

MEASURING = (*INVERTERS, *METERS)
HOUSE = MeterValues(
    *(4321.0, -200.0, 0.98, 49.97, 44_444_412_000, 2_444_040_000),
    terminals=tuple(PhaseReading(v, a, a * v, -60.0, 0.97) for v, a in ((230.2, 6.31), (231.6, 6.3), (229.5, 6.32))),
)
BATTERY = {"WHRtg": 10_200, "WHAvail": 6120, "SoC": 62.5, "SoH": 96, "Sta": 0, "WH_SF": 0, "Pct_SF": -1}
PORTS = {
    "NPrt": 2,
    "DCA_SF": -2,
    "DCV_SF": -1,
    "DCW_SF": 0,
    "DCWH_SF": 0,
    "DCW": 4300,
    "DCWhInj": 5_000_000_000,
    "Prt.0.DCV": 410.5,
    "Prt.1.DCV": 330.2,
    "Prt.1.DCA": -5.25,
}
SERVED = (*(shown(number, HOUSE) for number in MEASURING), encode(model(713), BATTERY), encode(model(714), PORTS))


def words(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2))


def theirs(number: int, values: Mapping[str, Any]) -> tuple[int, ...]:
    """The registers that pysunspec2 makes of ``values``."""
    built = sunspec2.device.Model(number)
    factors = {name: value for name, value in values.items() if name.endswith("_SF")}
    for name, value in factors.items():
        built.points[name].value = value
    for name, value in values.items():
        if name not in factors:
            built.points[name].cvalue = value
    return words(built.get_mb())


def scan(port: int) -> dict[int, Any]:
    device = sunspec2.modbus.client.SunSpecModbusClientDeviceTCP(slave_id=5, ipaddr="127.0.0.1", ipport=port, timeout=5)
    try:
        device.scan()
        return {number: of[0] for number, of in device.models.items() if isinstance(number, int)}
    finally:
        device.close()


def same(ours: Mapping[str, Any], points: Mapping[str, Any]) -> Sequence[str]:
    """The names of numbers that both read, after holding them against each other."""
    compared = []
    for name, point in points.items():
        value = ours.get(name)
        if not isinstance(value, int | float):
            assert value is not None or point.cvalue is None or name in ("Pad", "Evt"), (name, point.cvalue)
            continue
        assert point.cvalue == pytest.approx(value, rel=1e-6), name
        compared.append(name)
    return compared


@pytest.mark.req("G-128")
async def test_their_scan_finds_every_model_we_serve_and_reads_the_same_values() -> None:
    image = map_of(InverterPlate("Ohmstead", "sim", "1.0", "X-1"), SERVED)
    server = ModbusServer([ServedUnit(5, holdings=lambda: image)])
    await server.start()
    try:
        found = await anyio.to_thread.run_sync(scan, server.port)
    finally:
        await server.stop()
    assert set(found) == {1, *MEASURING, 713, 714}
    assert (found[1].Mn.value, found[1].SN.value) == ("Ohmstead", "X-1")
    for registers in SERVED:
        number = registers[0]
        assert len(same(decode(model(number), registers), found[number].points)) > 5
    assert [port.DCV.cvalue for port in found[714].Prt] == pytest.approx([410.5, 330.2])
    assert found[203].W.cvalue == pytest.approx(HOUSE.power_w)
    assert found[213].PhVphB.value == pytest.approx(231.6)


@pytest.mark.parametrize("number", [103, 203, 701])
async def test_what_they_write_in_integers_we_read(number: int) -> None:
    watts, leg = {103: ("W", "AphB"), 203: ("W", "WphB"), 701: ("W", "WL2")}[number]
    factor = {"AphB": "A_SF"}.get(leg, "W_SF")
    registers = theirs(number, {"W_SF": 1, factor: 1, watts: -43_210, leg: 120, "Hz_SF": -2, "Hz": 50.02})
    values = measured(registers)
    assert (values.power_w, values.frequency_hz) == (-43_210, pytest.approx(50.02))
    second = values.terminals[1]
    assert (second.current_a if number == 103 else second.power_w) == 120
    assert values.terminals[0] == PhaseReading()


@pytest.mark.parametrize("number", [111, 112, 113, 211, 212, 213, 214])
async def test_what_they_write_in_floats_we_read(number: int) -> None:
    built = sunspec2.device.Model(number)
    built.points["W"].value, built.points["AphA"].value = -1234.5, 5.25
    registers = words(built.get_mb())
    values = measured(registers)
    assert (values.power_w, values.terminals[0].current_a) == (-1234.5, 5.25)
    assert (values.frequency_hz, values.energy_import_j) == (None, None)


async def test_a_battery_of_theirs_is_read() -> None:
    assert storage(theirs(713, BATTERY)).battery.charge_percent == pytest.approx(62.5)
    bank = storage(theirs(802, {"SoC_SF": -1, "SoC": 71.5, "W_SF": 1, "W": 12_340, "ChaSt": 4}))
    assert (bank.battery.charge_percent, bank.power_w) == (pytest.approx(71.5), -12_340)
    basic = storage(theirs(124, {"ChaState_SF": -1, "ChaState": 48.2}))
    assert basic.battery.charge_percent == pytest.approx(48.2)


async def test_ports_are_read_as_they_read_them() -> None:
    whole, (one, two) = dc_ports(encode(model(714), PORTS))
    built = sunspec2.device.Model(714, data=b"".join(w.to_bytes(2, "big") for w in encode(model(714), PORTS)))
    assert (whole.power_w, one.voltage_v) == (built.DCW.cvalue, pytest.approx(built.Prt[0].DCV.cvalue))
    assert two.current_a == pytest.approx(built.Prt[1].DCA.cvalue) == pytest.approx(-5.25)
