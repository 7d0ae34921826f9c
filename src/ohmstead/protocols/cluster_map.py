"""What a slave of a cluster adds to the registers of a charger, and how its master reads and writes them (G-067).

``docs/protocols/charger-modbus.md`` is the reference; its tables and the rows here are one thing, and a test holds them
together. A poll is the block from register 100 on, written in one request; anything else there is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import TypeVar, get_args

from ohmstead.core.model.authorization import AuthorizationMode, Verdict
from ohmstead.core.model.cluster import Asking, Orders, Poll, Report, Standing
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.protocols.charger_map import CURRENT_STEPS, ChargerPicture, Row, SlavePicture, Value, WriteRefused

REPORT_START, REPORT_COUNT = 300, 25
POLL_START, POLL_COUNT = 100, 17
CARD_BYTES = 10

AUTHORIZATIONS: tuple[AuthorizationMode, ...] = get_args(AuthorizationMode)
VERDICTS: tuple[Verdict | None, ...] = (None, *get_args(Verdict))
STANDINGS: tuple[Standing, ...] = get_args(Standing)
_ANSWERS: Mapping[int, bool | None] = {0: None, 1: True, 2: False}
_ABSENT_A = 0xFFFF

T = TypeVar("T")


def _of(value: Callable[[SlavePicture], Value]) -> Callable[[ChargerPicture], Value]:
    return lambda picture: None if picture.slave is None else value(picture.slave)


def _upward(current_a: float) -> float:
    """Rounded up to what the wire carries, since less would be a promise that is not kept."""
    return ceil(current_a * CURRENT_STEPS - 1e-6) / CURRENT_STEPS


def _card(number: int) -> Callable[[SlavePicture], Value]:
    def word(slave: SlavePicture) -> Value:
        written = bytes.fromhex(slave.asking.card).ljust(CARD_BYTES, b"\0")
        return int.from_bytes(written[2 * number : 2 * number + 2], "big")

    return word


def _told(name: str) -> Callable[[SlavePicture], Value]:
    return lambda slave: 0 if slave.told is None else getattr(slave.told, name)


def _answer(value: bool | None) -> int:
    return {None: 0, True: 1, False: 2}[value]


INPUTS: tuple[Row, ...] = (
    Row(300, "u32", "the slave's own number", _of(lambda s: s.report.slave)),
    Row(302, "u32", "number of the master it is paired with, 0 with none", _of(lambda s: s.report.master)),
    Row(304, "u16", "its start, another number each time", _of(lambda s: s.report.boot)),
    Row(305, "u32", "beat: its clock, ms since the start", _of(lambda s: s.report.beat)),
    Row(307, "u16", "start of the master that it heard last", _of(lambda s: s.report.start)),
    Row(308, "u32", "number of the poll that it accepted last", _of(lambda s: s.report.seq)),
    Row(
        310, "u16", "what it may take now, 0.01 A per phase", _of(lambda s: _upward(s.report.allowed_a)), CURRENT_STEPS
    ),
    Row(
        311,
        "u16",
        "what its vehicle may draw now at most, 0.01 A",
        _of(lambda s: _upward(s.report.hold_a)),
        CURRENT_STEPS,
    ),
    Row(312, "u16", "what it falls back to, 0.01 A", _of(lambda s: _upward(s.report.fallback_a)), CURRENT_STEPS),
    Row(313, "u16", "0 led, 1 lost, 2 on its fallback", _of(lambda s: STANDINGS.index(s.standing))),
    Row(
        314,
        "u16",
        "the most it could use by its own limits, 0.01 A",
        _of(lambda s: s.asking.requested_a),
        CURRENT_STEPS,
    ),
    Row(
        315,
        "u16",
        "authorization: 0 no vehicle, 1 waiting, 2 rejected, 3 granted",
        _of(lambda s: VERDICTS.index(s.asking.verdict)),
    ),
    Row(316, "u32", "session, another number for each vehicle, 0 without one", _of(lambda s: s.asking.session)),
    Row(318, "u16", "card request: counts the cards that were shown", _of(lambda s: s.asking.card_request)),
    Row(319, "u16", "bytes of that card's number, 0 when none waits", _of(lambda s: len(s.asking.card) // 2)),
    *(Row(320 + n, "u16", f"card, bytes {2 * n + 1} and {2 * n + 2}", _of(_card(n))) for n in range(CARD_BYTES // 2)),
)
"""Read with function 4."""

HOLDINGS: tuple[Row, ...] = (
    Row(100, "u32", "number of the master", _of(_told("master"))),
    Row(102, "u16", "start of the master, another number each time", _of(_told("start"))),
    Row(103, "u16", "start of the slave, as it says", _of(_told("boot"))),
    Row(104, "u32", "beat of the slave, as it said last", _of(_told("beat"))),
    Row(106, "u32", "number of this poll, above all before", _of(_told("seq"))),
    Row(108, "u16", "grant, 0.01 A per phase: 0, or from 600", _of(_told("grant_a")), CURRENT_STEPS),
    Row(109, "u16", "what to fall back to, 0.01 A: 0, or from 600", _of(_told("fallback_a")), CURRENT_STEPS),
    Row(
        110,
        "u16",
        "who authorises: 0 nobody, 1 app, 2 card, 3 both",
        _of(lambda s: AUTHORIZATIONS.index(s.orders.authorization)),
    ),
    Row(111, "u16", "card request that is answered", _of(lambda s: s.orders.card_request)),
    Row(112, "u16", "the answer: 0 none, 1 valid, 2 refused", _of(lambda s: _answer(s.orders.card_valid))),
    Row(113, "u32", "session that the app's word is about", _of(lambda s: s.orders.session)),
    Row(115, "u16", "that word: 0 none, 1 authorise, 2 reject", _of(lambda s: _answer(s.orders.decision))),
    Row(116, "u16", "1: leave the cluster", _of(lambda s: int(s.orders.leave))),
)
"""Read with function 3; written with function 16, all in one request."""


def encode_poll(poll: Poll, orders: Orders) -> tuple[int, ...]:
    """The words of a poll from ``POLL_START`` on."""
    return (
        *_two(poll.master),
        poll.start,
        poll.boot,
        *_two(poll.beat),
        *_two(poll.seq),
        round(poll.grant_a * CURRENT_STEPS),
        round(poll.fallback_a * CURRENT_STEPS),
        AUTHORIZATIONS.index(orders.authorization),
        orders.card_request,
        _answer(orders.card_valid),
        *_two(orders.session),
        _answer(orders.decision),
        int(orders.leave),
    )


def decode_poll(register: int, words: Sequence[int]) -> tuple[Poll, Orders]:
    """What one request from ``register`` on asks for. Raises WriteRefused; then nothing of it counts."""
    if register != POLL_START or len(words) != POLL_COUNT:
        last = POLL_START + POLL_COUNT - 1
        raise WriteRefused(
            2, f"registers {register} to {register + len(words) - 1}; allowed: {POLL_START} to {last} at once"
        )
    poll = Poll(
        master=_joined(words, 0),
        start=words[2],
        boot=words[3],
        beat=_joined(words, 4),
        seq=_joined(words, 6),
        grant_a=_ampere(words[8], "a grant"),
        fallback_a=_ampere(words[9], "a fallback"),
    )
    orders = Orders(
        authorization=_one_of(words[10], dict(enumerate(AUTHORIZATIONS)), "who authorises"),
        card_request=words[11],
        card_valid=_one_of(words[12], _ANSWERS, "the answer to a card"),
        session=_joined(words, 13),
        decision=_one_of(words[15], _ANSWERS, "the app's word"),
        leave=_one_of(words[16], {0: False, 1: True}, "leave"),
    )
    return poll, orders


def decode_report(words: Sequence[int]) -> tuple[Report, Asking, Standing]:
    """What a slave says, from the ``REPORT_COUNT`` words at ``REPORT_START``. Raises ValueError when it is none."""
    if len(words) != REPORT_COUNT:
        raise ValueError(f"{len(words)} words; allowed: {REPORT_COUNT}")
    report = Report(
        slave=_joined(words, 0),
        master=_joined(words, 2),
        boot=words[4],
        beat=_joined(words, 5),
        start=words[7],
        seq=_joined(words, 8),
        allowed_a=words[10] / CURRENT_STEPS,
        hold_a=words[11] / CURRENT_STEPS,
        fallback_a=words[12] / CURRENT_STEPS,
    )
    standing, verdict, count = words[13], words[15], words[19]
    if _ABSENT_A in words[10:13] or standing >= len(STANDINGS) or verdict >= len(VERDICTS) or count > CARD_BYTES:
        raise ValueError(f"registers 310 to 319 are {tuple(words[10:20])}; allowed: those of a slave")
    card = b"".join(word.to_bytes(2, "big") for word in words[20:25])[:count].hex().upper()
    requested_a = None if words[14] == _ABSENT_A else words[14] / CURRENT_STEPS
    asking = Asking(requested_a, VERDICTS[verdict], _joined(words, 16), words[18], card)
    return report, asking, STANDINGS[standing]


def _two(number: int) -> tuple[int, int]:
    return number >> 16, number & 0xFFFF


def _joined(words: Sequence[int], at: int) -> int:
    return words[at] << 16 | words[at + 1]


def _ampere(word: int, what: str) -> float:
    current_a = word / CURRENT_STEPS
    if word == _ABSENT_A or 0 < current_a < MINIMUM_CURRENT_A:
        raise WriteRefused(3, f"{what} of {current_a:g} A; allowed: 0, or at least {MINIMUM_CURRENT_A:g} A")
    return current_a


def _one_of(word: int, values: Mapping[int, T], what: str) -> T:
    if word not in values:
        raise WriteRefused(3, f"{what}: {word}; allowed: {', '.join(map(str, values))}")
    return values[word]
