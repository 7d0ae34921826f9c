"""Model 103 against a register list of another source.

Addresses are transcribed from the inverter register list in prafull1249/RaspberryPi_ProjectPrototype,
myModbus/registers.py (counted from 1 there), whose common model is 65 registers long; the words are written by hand.
"""

import pytest

from ohmstead.core.model.quantities import Quality
from ohmstead.protocols.sunspec.device import BASES, MARK, placed
from ohmstead.protocols.sunspec.measuring import measured

pytestmark = pytest.mark.wire

LISTED = {  # address as listed: word
    40001: 0x5375,
    40002: 0x6E53,
    40003: 1,
    40004: 65,
    40070: 103,
    40071: 50,
    40072: 1893,
    40073: 631,
    40074: 630,
    40075: 632,
    40076: 0xFFFE,
    40077: 0xFFFF,
    40078: 0xFFFF,
    40079: 0xFFFF,
    40080: 2302,
    40081: 2316,
    40082: 2295,
    40083: 0xFFFF,
    40084: 4321,
    40085: 0x0000,
    40086: 4997,
    40087: 0xFFFE,
    40088: 4400,
    40089: 0x0000,
    40090: 0xFF38,
    40091: 0x0000,
    40092: 0x2648,
    40093: 0xFFFE,
    40094: 0x0012,
    40095: 0xD687,
    40096: 0x0001,
    40122: 0xFFFF,
    40123: 0,
}  # fmt: skip — a register list reads by its lines


def words(register: int, count: int) -> list[int]:
    return [LISTED.get(register + 1 + i, 0x8000) for i in range(count)]


@pytest.mark.req("G-128", "G-001")
def test_an_inverter_is_found_by_walking_from_the_mark_and_read_with_its_scale_factors() -> None:
    base = BASES[0]
    assert tuple(words(base, 2)) == MARK
    common = placed(base + 2, words(base + 2, 2))
    assert common is not None
    inverter = placed(common.next, words(common.next, 2))
    assert inverter is not None
    assert (inverter.id, inverter.register, inverter.length) == (103, 40069, 50)
    assert placed(inverter.next, words(inverter.next, 2)) is None

    values = measured(words(inverter.register, 52))
    assert values.quality is Quality.GOOD
    assert (values.power_w, values.reactive_power_var, values.frequency_hz) == (4321, -200, 49.97)
    assert values.power_factor == pytest.approx(0.98)
    assert values.energy_import_j == 12_345_670 * 3600
    assert values.energy_export_j is None
    assert [t.voltage_v for t in values.terminals] == [230.2, 231.6, 229.5]
    assert [t.current_a for t in values.terminals] == [6.31, 6.30, 6.32]
    assert [t.power_w for t in values.terminals] == [None, None, None]
