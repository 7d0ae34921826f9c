"""Telegrams that the grid company encrypts: sealed bytes in any pieces in, the telegram's own bytes out.

Luxembourg (P1 port specification, clause 3) and parts of Austria wrap each telegram into a DLMS general-glo-ciphering
APDU (Green Book 9.2.7): tag 0xDB, system title, length, security control, invocation counter, ciphertext and a tag of
12 bytes. It is AES-128 in GCM; the nonce is system title and counter, the additional data are the security control and
the authentication key. Only what is encrypted *and* authenticated is opened. Memory stays below one APDU.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ohmstead.protocols.p1.framing import LONGEST, Damage

APDU_TAG = 0xDB
_TITLE, _COUNTER, _TAG = 8, 4, 12
_SEALED_AND_SIGNED = 0x30
"""Security suite 0 with both services on."""
_BEGIN = bytes((APDU_TAG, _TITLE))
_SHOWN = 24


@dataclass(frozen=True, slots=True)
class _Apdu:
    title: bytes
    control: int
    counter: bytes
    sealed: bytes
    end: int


class Unsealer:
    """Cuts a stream into APDUs and opens each. What stands between them is counted in ``noise`` and dropped."""

    def __init__(self, key: bytes, authentication_key: bytes) -> None:
        """Both keys have 16 bytes."""
        self.noise = 0
        self._key, self._authentication_key = key, authentication_key
        self._pending = bytearray()

    @property
    def inside(self) -> bool:
        """Whether an APDU has begun and not ended."""
        return bool(self._pending)

    def feed(self, data: bytes) -> Iterator[bytes | Damage]:
        """What ``data`` completes, in order: the bytes of a telegram, or why there are none."""
        self._pending += data
        while (apdu := self._next()) is not None:
            if isinstance(apdu, Damage):
                yield apdu
                continue
            yield self._opened(apdu)

    def _next(self) -> _Apdu | Damage | None:
        """The next whole APDU; what cannot begin one is dropped."""
        while True:
            start = self._pending.find(_BEGIN)
            kept = start if start >= 0 else len(self._pending) - self._pending.endswith(_BEGIN[:1])
            skipped = bytes(self._pending[:kept])
            del self._pending[:kept]
            self.noise += len(skipped.strip(b"\0\r\n"))
            if b"\n!" in skipped:
                return Damage("plain", skipped[-_SHOWN:].decode("ascii", "backslashreplace").strip())
            if start < 0:
                return None
            head = _length(self._pending, len(_BEGIN) + _TITLE)
            if head is None:
                return None
            at, length = head
            if not 1 + _COUNTER + _TAG < length <= LONGEST:
                self._drop(1)
                continue
            if len(self._pending) < at + length:
                return None
            body = bytes(self._pending[at : at + length])
            title = bytes(self._pending[len(_BEGIN) : len(_BEGIN) + _TITLE])
            return _Apdu(title, body[0], body[1 : 1 + _COUNTER], body[1 + _COUNTER :], at + length)

    def _opened(self, apdu: _Apdu) -> bytes | Damage:
        if apdu.control != _SEALED_AND_SIGNED:
            self._drop(1)
            return Damage("security", f"0x{apdu.control:02X}")
        nonce, tag = apdu.title + apdu.counter, apdu.sealed[-_TAG:]
        opener = Cipher(algorithms.AES(self._key), modes.GCM(nonce, tag, _TAG)).decryptor()
        opener.authenticate_additional_data(bytes((apdu.control,)) + self._authentication_key)
        try:
            opened = opener.update(apdu.sealed[:-_TAG]) + opener.finalize()
        except InvalidTag:
            self._drop(1)
            return Damage("sealed", f"{apdu.title.decode('ascii', 'backslashreplace')} {apdu.counter.hex()}")
        del self._pending[: apdu.end]
        return opened

    def _drop(self, count: int) -> None:
        """This was no APDU, or a broken one: the next may begin within it."""
        del self._pending[:count]
        self.noise += count


def _length(pending: bytearray, at: int) -> tuple[int, int] | None:
    """Where the content begins and how long it is (BER); ``None`` while that has not come. An absurd form is 0 long."""
    if len(pending) <= at:
        return None
    first = pending[at]
    if first < 0x80:
        return at + 1, first
    width = first & 0x7F
    if width not in (1, 2):
        return at + 1, 0
    if len(pending) < at + 1 + width:
        return None
    return at + 1 + width, int.from_bytes(pending[at + 1 : at + 1 + width], "big")
