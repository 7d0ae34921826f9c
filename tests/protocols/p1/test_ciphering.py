"""Sealed telegrams, made by dlms-cosem (which dsmr-parser opens them with), opened by us."""

from binascii import hexlify

import pytest
from dlms_cosem.security import SecurityControlField, encrypt
from dsmr_parser import telegram_specifications as known
from dsmr_parser.parsers import TelegramParser

from ohmstead.protocols.p1.ciphering import Unsealer
from ohmstead.protocols.p1.framing import LONGEST, Damage
from tests.protocols.p1.telegrams import read, recorded

KEY, AUTHENTICATION = bytes.fromhex("AA" * 16), bytes.fromhex("BB" * 16)
TITLE = b"SYSTEMID"


def sealed(data: bytes, counter: int = 0x10000001, key: bytes = KEY, authenticated: bool = True) -> bytes:
    """``data`` in an APDU as a meter sends it."""
    control = SecurityControlField(security_suite=0, authenticated=authenticated, encrypted=True)
    hidden = encrypt(
        security_control=control,
        key=key,
        auth_key=AUTHENTICATION,
        system_title=TITLE,
        invocation_counter=counter,
        plain_text=data,
    )
    body = control.to_bytes() + counter.to_bytes(4, "big") + hidden
    return bytes((0xDB, 8)) + TITLE + bytes((0x82,)) + len(body).to_bytes(2, "big") + body


def opened(*pieces: bytes) -> list[bytes | Damage]:
    unsealer = Unsealer(KEY, AUTHENTICATION)
    return [found for piece in pieces for found in unsealer.feed(piece)]


@pytest.mark.req("G-123")
@pytest.mark.parametrize("size", [1, 7, 100, 5000])
def test_an_encrypted_telegram_is_opened_in_any_pieces(size):
    telegram = recorded("sagemcom_t210_d_r")
    stream = sealed(telegram) + sealed(telegram, 0x10000002)
    assert opened(*(stream[i : i + size] for i in range(0, len(stream), size))) == [telegram, telegram]


def test_an_independent_reader_opens_the_same_bytes_and_sees_the_same_numbers():
    frame = sealed(recorded("sagemcom_t210_d_r"))
    parser = TelegramParser(known.SAGEMCOM_T210_D_R)
    theirs = parser.parse(hexlify(frame).decode(), KEY.hex(), AUTHENTICATION.hex())
    (telegram,) = opened(frame)
    ours = read(telegram)
    for name, code in (("CURRENT_ELECTRICITY_USAGE", "1.7.0"), ("ELECTRICITY_IMPORTED_TOTAL", "1.8.0")):
        assert ours.measure(code).value == getattr(theirs, name).value


def test_a_telegram_that_broke_off_costs_itself_and_the_next_is_opened():
    telegram = recorded("v5")
    broken = sealed(telegram)[:-300]
    found = opened(broken, sealed(telegram, 2), sealed(telegram, 3))
    assert [one.kind for one in found if isinstance(one, Damage)] == ["sealed"]
    assert [one for one in found if isinstance(one, bytes)] == [telegram, telegram]


def test_a_flipped_bit_or_another_key_opens_nothing():
    frame = bytearray(sealed(recorded("v5")))
    frame[150] ^= 1
    assert [found.kind for found in opened(bytes(frame))] == ["sealed"]
    (wrong,) = opened(sealed(recorded("v5"), key=bytes(16)))
    assert (wrong.kind, wrong.came) == ("sealed", "SYSTEMID 10000001")


def test_what_is_encrypted_but_not_authenticated_is_refused():
    assert [found.kind for found in opened(sealed(recorded("v5"), authenticated=False))] == ["security"]


def test_a_plain_telegram_is_named_and_not_taken():
    (found,) = opened(recorded("v5"))
    assert found.kind == "plain"


def test_noise_is_counted_and_a_flood_holds_no_more_than_one_frame():
    unsealer = Unsealer(KEY, AUTHENTICATION)
    for _ in range(200):
        assert all(found.kind == "sealed" for found in unsealer.feed(b"\xdb\x08SYSTEMID\x82\x40\x00" + b"\x30" * 400))
        assert len(unsealer._pending) <= LONGEST + 500
    noisy = Unsealer(KEY, AUTHENTICATION)
    telegram = recorded("v5")
    assert list(noisy.feed(b"\x01\x02\x03" + sealed(telegram))) == [telegram]
    assert noisy.noise == 3
