import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols.power_box.codec import (
    BusDevice,
    PowerBoxSetup,
    PowerBoxValues,
    Slot,
    SlotValues,
    decode,
    decode_bus,
    decode_setup,
    encode,
    identify,
)
from ohmstead.protocols.power_box.table import PHASES, SLOTS, Association, table
from ohmstead.protocols.registers import words_of
from ohmstead.texts import word
from tests.exploring import examples

FIRST = Slot(Association(0), "SCT03 50 A")
SETUP = PowerBoxSetup((FIRST, Slot(Association(2, reversed=True), "closed CT"), *(Slot(),) * 26), "5400000123", (1, 44))


def read(image, live):
    cells = {start + i: w for start, words in image for i, w in enumerate(words)}
    return [[cells[b.start + i] for i in range(b.count)] for b in table().blocks(live)]


def house(**changes):
    slots = [SlotValues(PhaseReading(None, 4.0 + i, 900.0 + i), 3_600_000 * i, 7_200_000) for i in range(SLOTS)]
    return PowerBoxValues(**{"frequency_hz": 50.0, "voltages": (230.0, 231.0, 232.0), "slots": tuple(slots), **changes})


ASSOCIATIONS = st.none() | st.builds(Association, st.integers(0, 2), st.booleans())
SLOT = st.builds(Slot, ASSOCIATIONS, st.sampled_from(sorted(table().ct_types.values())))
SETUPS = st.builds(
    PowerBoxSetup,
    st.tuples(*[SLOT] * SLOTS),
    st.integers(0, 999_999).map(lambda n: f"5400{n:06d}"),
    st.tuples(st.integers(0, 99), st.integers(0, 99)),
)


@pytest.mark.req("G-128", "G-001")
@examples(40)
@given(setup=SETUPS, watts=st.floats(-50_000, 50_000), amps=st.floats(0, 800), joules=st.integers(0, 10**12))
def test_what_a_box_shows_is_read_slot_by_slot(setup, watts, amps, joules):
    slot = SlotValues(PhaseReading(None, amps, watts), joules, joules // 2)
    image = encode(setup, house(slots=(slot,) * SLOTS))
    assert decode_setup(read(image, live=False)) == setup
    values = decode(setup, read(image, live=True))
    assert (values.quality, values.frequency_hz) == (Quality.GOOD, 50.0)
    for placed, back in zip(setup.slots, values.slots, strict=True):
        assert back.values.current_a == pytest.approx(amps, rel=1e-6, abs=1e-6)
        if placed.association is None:
            assert back == SlotValues(PhaseReading(None, back.values.current_a))
        else:
            assert back.values.voltage_v == (230.0, 231.0, 232.0)[placed.association.terminal]
            assert back.values.power_w == pytest.approx(watts, rel=1e-6, abs=1e-6)
            assert back.energy_import_j == pytest.approx(joules, abs=1801)


@examples(40)
@given(st.data())
def test_any_words_at_all_are_values_in_range_or_missing(data):
    sizes = [b.count for b in table().blocks(live=True)]
    blocks = [data.draw(st.lists(st.integers(0, 65535), min_size=size, max_size=size)) for size in sizes]
    values = decode(SETUP, blocks)
    assert values.frequency_hz is None or 40 <= values.frequency_hz <= 70
    assert all(v is None or (math.isfinite(v) and abs(v) <= 1000) for v in values.voltages)
    assert (values.quality is Quality.GOOD) == (values.problem is None)


def test_a_reversed_transformer_is_turned_by_the_box_and_not_again():
    values = decode(SETUP, read(encode(SETUP, house()), live=True))
    assert SETUP.slots[1].association.reversed
    assert values.slots[1] == SlotValues(PhaseReading(232.0, 5.0, 901.0), 3_600_000, 7_200_000)


def test_a_phase_that_is_not_connected_is_missing_in_its_slots():
    values = decode(SETUP, read(encode(SETUP, house(voltages=(None, 231.0, 232.0))), live=True))
    assert (values.quality, values.slots[0].values.voltage_v) == (Quality.GOOD, None)


def test_a_value_that_cannot_be_is_missing_and_its_slot_named():
    image = read(encode(SETUP, house()), live=True)
    image[1][4:6] = words_of(7000.0, "f32", "little")
    values = decode(SETUP, image)
    assert (values.quality, values.slots[1].values.current_a) == (Quality.BAD, None)
    assert (values.problem.params["register"], values.problem.params["quantity"]) == (0x84, "current_a 2")
    assert values.slots[0].values.current_a == 4.0


def test_a_phase_map_that_makes_no_sense_is_no_association_and_named():
    blocks = read(encode(SETUP, house()), live=False)
    blocks[0][3] = 17
    setup = decode_setup(blocks)
    assert setup.slots[3].association is None
    for language in ("en", "it"):
        assert "17" in word(setup.problem, language)
        assert "4" in word(setup.problem, language)


def test_a_transformer_of_unknown_type_has_no_name():
    blocks = read(encode(SETUP, house()), live=False)
    blocks[1][0] = 77
    assert decode_setup(blocks).slots[0] == Slot(Association(0), None)


@pytest.mark.parametrize("firmware, recent", [((1, 44), True), ((2, 0), True), ((1, 43), False), ((0, 99), False)])
def test_firmware_older_than_the_map_is_told_apart(firmware, recent):
    assert replace(SETUP, firmware=firmware).recent is recent


def test_another_model_and_other_blocks_are_refused():
    blocks = read(encode(SETUP, house()), live=False)
    blocks[2][0] = 5500
    with pytest.raises(ValueError, match="model 5400 expected, got 5500"):
        decode_setup(blocks)
    with pytest.raises(ValueError, match=r"blocks of \[28, 28, 6\] registers were planned, got \[28\]"):
        decode_setup([[0] * 28])
    with pytest.raises(ValueError, match="5400 and a number expected"):
        encode(replace(SETUP, serial="5500000001"), house())


DEVICES = (
    BusDevice(5400, "5400000123", (1, 44), ()),
    BusDevice(5500, "5500070000", (1, 7), (0, 1, 2, 3)),
    BusDevice(5600, "5600000009", (2, 3), (27, 26, 25)),
)


def on_bus(devices):
    image = encode(SETUP, house(), devices)
    cells = {start + i: w for start, words in image for i, w in enumerate(words)}
    return [[cells[b.start + i] for i in range(b.count)] for b in table().bus_blocks()]


def test_devices_on_the_bus_are_read_with_the_slots_of_their_channels():
    assert decode_bus(on_bus(DEVICES)) == DEVICES
    assert [device.name for device in DEVICES] == ["Power Box", "CT Hub", "Solid Core 3-Phase CT"]
    assert decode_bus(on_bus(())) == ()


def test_the_ninth_channel_stands_one_register_further():
    many = BusDevice(5400, "5400000123", (1, 44), tuple(range(12)))
    (block, *_) = on_bus((many,))
    assert (block[0x0A + 7], block[0x0A + 8], block[0x0A + 9]) == (7, 0, 8)
    assert decode_bus(on_bus((many,)))[0].slots == tuple(range(12))


def test_slots_that_no_box_has_and_channels_beyond_the_description_are_left_out():
    blocks = on_bus(DEVICES)
    blocks[1][1], blocks[1][0x0A] = 0xFFFF, 28
    assert decode_bus(blocks)[1].slots[:3] == (1, 2, 3)
    assert len(decode_bus(blocks)[1].slots) < 28
    blocks[0][0] = 5700
    assert decode_bus(blocks)[0].name is None
    with pytest.raises(ValueError, match="10 blocks of 32 registers"):
        decode_bus(blocks[:3])


def test_a_transformer_is_asked_to_show_itself_by_its_slot():
    assert identify(0, on=True) == (0x0900, (1,))
    assert identify(27, on=False) == (0x091B, (0,))
    with pytest.raises(ValueError, match="0 to 27"):
        identify(28, on=True)


def test_the_table_keeps_its_rows_apart_and_in_reach():
    cells = [
        (name, row.at(index) + offset)
        for name, row in table().rows.items()
        for index in range(row.count)
        for offset in range(2 if row.type in ("f32", "s32") else 1)
    ]
    assert len({at for _, at in cells}) == len(cells)
    assert {row.count for name, row in table().rows.items()} == {1, 2, PHASES, 4, SLOTS}
    assert all(b.count <= 125 for live in (True, False) for b in table().blocks(live))
