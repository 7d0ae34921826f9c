"""The talk with an MFRC522, by the tables of its data sheet and the examples of ISO/IEC 14443-3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.protocols.rc522 import (
    COM_IRQ,
    COMMAND,
    FIFO_DATA,
    POWER_DOWN,
    VERSION,
    Get,
    Put,
    Rc522Error,
    Talk,
    Value,
    begin,
    i2c,
    look,
    spi,
    uart,
    with_crc,
)
from ohmstead.simulator.rc522_chip import Rc522Chip


def talked(talk: Talk[Value], chip: Rc522Chip) -> Value:
    """What comes of ``talk`` with ``chip``, byte by byte as on its serial line."""
    try:
        step = next(talk)
        while True:
            step = talk.send(chip.heard(uart(step)[0]))
    except StopIteration as done:
        value: Value = done.value
        return value


@pytest.mark.parametrize(
    ("data", "crc"),
    [(b"\x00\x00", "a01e"), (b"\x12\x34", "26cf"), (b"\x50\x00", "57cd"), (b"\x30\x04", "26ee")],
)
def test_the_checksum_is_that_of_the_standard(data: bytes, crc: str) -> None:
    assert with_crc(data) == data + bytes.fromhex(crc)


def test_an_address_is_written_as_each_wire_wants_it() -> None:
    read, write = Get(FIFO_DATA, 2), Put(FIFO_DATA, b"\x93\x20")
    assert (uart(read), uart(write)) == ((b"\x89\x89", None), (b"\x09\x93\x09\x20", b"\x09\x09"))
    assert (i2c(read), i2c(write)) == ((b"\x09", 2), (b"\x09\x93\x20", 0))
    assert (spi(read), spi(write)) == (b"\x92\x92\x00", b"\x12\x93\x20")


@pytest.mark.req("G-074")
@given(st.sampled_from((4, 7, 10)).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
def test_every_number_of_an_allowed_length_is_read_whole_and_again_at_the_next_look(uid: bytes) -> None:
    chip = Rc522Chip()
    assert talked(begin(), chip) == 0x92
    assert talked(look(), chip) is None
    chip.uid = uid
    assert [talked(look(), chip), talked(look(), chip)] == [uid, uid]
    chip.uid = None
    assert talked(look(), chip) is None


@pytest.mark.req("G-074")
@given(st.binary(min_size=1, max_size=12).filter(lambda uid: len(uid) not in (4, 7, 10)))
def test_a_number_of_another_length_is_refused(uid: bytes) -> None:
    chip = Rc522Chip()
    talked(begin(), chip)
    chip.uid = uid
    with pytest.raises(Rc522Error, match="uid"):
        talked(look(), chip)


class Odd(Rc522Chip):
    """A chip of which some registers say something else."""

    def __init__(self, **says: int) -> None:
        super().__init__()
        self.says = {int(key[1:], 16): value for key, value in says.items()}

    def get(self, register: int) -> int:
        return self.says.get(register, super().get(register))


@pytest.mark.parametrize("says", [{f"r{VERSION:x}": 0xFF}, {f"r{VERSION:x}": 0}, {f"r{COMMAND:x}": POWER_DOWN}])
def test_what_is_no_such_chip_or_does_not_wake_is_told(says: dict[str, int]) -> None:
    with pytest.raises(Rc522Error):
        talked(begin(), Odd(**says))


def test_a_chip_that_never_ends_a_transfer_is_told() -> None:
    with pytest.raises(Rc522Error, match="stuck"):
        talked(look(), Odd(**{f"r{COM_IRQ:x}": 0}))


@given(st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=40))
def test_whatever_the_registers_say_a_look_ends_with_a_number_none_or_an_error(noise: list[bytes]) -> None:
    talk = look()
    step = next(talk)
    for turn in range(5_000):
        said = noise[turn % len(noise)]
        count = step.count if isinstance(step, Get) else len(step.data)
        try:
            step = talk.send((said * (count // len(said) + 1))[:count])
        except StopIteration as done:
            found = done.value
            break
        except Rc522Error:
            return
    else:
        pytest.fail("it never ended")
    assert found is None or len(found) in (4, 7, 10)
