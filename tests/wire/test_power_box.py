"""The Power Box against registers laid out by hand.

Addresses, types and meanings are transcribed from Victron dbus-modbus-client, smappee.py (Reg_f32l and Reg_s32l: the
less significant word first). It is the only public source, so this block judges our reading of it, not the source.
"""

import pytest

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.power_box.codec import SlotValues, decode, decode_setup
from ohmstead.protocols.power_box.table import Association, table

pytestmark = pytest.mark.wire

LISTED = {
    0x0000: "3333 4366",  # 230.2 V, L1
    0x0004: "999A 4367",  # 231.6 V, L2
    0x0008: "8000 4365",  # 229.5 V, L3
    0x0080: "0000 40A8",  # slot 0: 5.25 A
    0x0080 + 4 * 27: "0000 414C",  # slot 27: 12.75 A
    0x0380: "1000 4496",  # slot 0: 1200.5 W
    0x0380 + 2 * 27: "2000 C3AF",  # slot 27: -350.25 W
    0x03F8: "E000 4247",  # 49.96875 Hz
    0x3000: "6039 0000",  # slot 0: 24 633 counts of 1 Wh, forward
    0x3002: "0007 0000",  # slot 0: 7, reverse
    0x3000 + 4 * 27: "D687 0012",  # slot 27: 1 234 567, forward
    0x1000: "0001",  # slot 0: L1 forward
    0x1000 + 27: "0040",  # slot 27: L3 reverse
    0x1100: "0008",  # SCT03-50A
    0x1100 + 27: "000C",  # closed CT
    0x1620: "1518 0000 E240 0001",  # 5400 123456
    0x1624: "002C 0001",  # 1.44
}


def blocks(live: bool) -> list[list[int]]:
    cells = {at + i: int(word, 16) for at, words in LISTED.items() for i, word in enumerate(words.split())}
    return [[cells.get(b.start + i, 0) for i in range(b.count)] for b in table().blocks(live)]


@pytest.mark.req("G-128")
def test_the_listed_registers_are_read_as_they_are_described() -> None:
    setup = decode_setup(blocks(live=False))
    assert (setup.serial, setup.firmware, setup.recent) == ("5400123456", (1, 44), True)
    assert setup.slots[0].association == Association(0)
    assert (setup.slots[27].association, setup.slots[27].ct_type) == (Association(2, reversed=True), "closed CT")
    assert setup.slots[1].association is None

    values = decode(setup, blocks(live=True))
    assert (values.quality, values.frequency_hz) == (Quality.GOOD, 49.96875)
    assert values.voltages == pytest.approx((230.2, 231.6, 229.5))
    assert values.slots[0] == SlotValues(PhaseReading(values.voltages[0], 5.25, 1200.5), 24_633 * 3600, 7 * 3600)
    assert values.slots[27].values == PhaseReading(values.voltages[2], 12.75, -350.25)
    assert values.slots[27].energy_import_j == 1_234_567 * 3600
    assert values.slots[5] == SlotValues(PhaseReading(None, 0.0))
