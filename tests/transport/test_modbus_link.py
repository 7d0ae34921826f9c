"""One connection fed with bytes by hand: no sockets, any bytes, any chunks."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.transport.modbus_link import Link, LinkError
from tests.exploring import examples
from tests.transport.peers import right

REQUEST = bytes.fromhex("04 0010 0003")
LONGEST_FRAME = 260


class Wire:
    """The transport under a link, which only remembers."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def abort(self) -> None:
        self.aborted = True


def feed(link: Link, data: bytes, sizes) -> None:
    sizes = iter(sizes)
    while data:
        buffer = link.get_buffer(-1)
        count = min(next(sizes, len(buffer)), len(buffer), len(data))
        buffer[:count] = data[:count]
        data = data[count:]
        link.buffer_updated(count)
        assert len(link._pending) < LONGEST_FRAME + len(buffer)


def asked(link: Link, wire: Wire, reply) -> bytes:
    """The answer to one request when ``reply(frame sent)`` is fed to the link."""

    async def run() -> bytes:
        exchange = asyncio.create_task(link.exchange(1, REQUEST))
        await asyncio.sleep(0)
        reply(wire.sent[-1])
        async with asyncio.timeout(5):
            return await exchange

    return asyncio.run(run())


def made() -> tuple[Link, Wire]:
    link, wire = Link(), Wire()
    link.connection_made(wire)
    return link, wire


@examples(50)
@given(st.lists(st.integers(1, 20)))
def test_an_answer_is_whole_however_it_is_cut(sizes):
    link, wire = made()
    assert asked(link, wire, lambda sent: feed(link, right(sent), sizes)) == bytes.fromhex("04 06 0010 0011 0012")
    assert link.alive


@examples(100)
@given(st.binary(min_size=300, max_size=2000), st.lists(st.integers(1, 600), max_size=20))
def test_bytes_that_are_no_answer_end_the_connection(data, sizes):
    link, wire = made()
    with pytest.raises(LinkError) as caught:
        asked(link, wire, lambda sent: feed(link, b"\xff\xff\0\0\0\3\1\4\0" + data, sizes))
    assert caught.value.garbled
    assert wire.aborted
    assert not link.alive


@examples(100)
@given(st.binary(min_size=7, max_size=2000))
def test_bytes_that_nobody_asked_for_end_the_connection_or_wait_for_the_rest_of_a_frame(data):
    link, wire = made()
    feed(link, data, [])
    assert wire.aborted or len(link._pending) < LONGEST_FRAME


def test_the_other_side_closing_fails_the_request_and_those_after_it():
    link, wire = made()
    with pytest.raises(LinkError, match="connection_lost"):
        asked(link, wire, lambda sent: link.connection_lost(None))
    with pytest.raises(LinkError, match="connection_lost"):
        asyncio.run(link.exchange(1, REQUEST))


def test_transactions_run_through_all_numbers_but_zero():
    link, wire = made()
    link._transaction = 0xFFFE
    for expected in (0xFFFF, 1):
        asked(link, wire, lambda sent: feed(link, right(sent), []))
        assert int.from_bytes(wire.sent[-1][:2], "big") == expected
