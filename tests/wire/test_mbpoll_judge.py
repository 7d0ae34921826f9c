"""mbpoll, on libmodbus, reads every meter that we serve, over TCP and on a serial line."""

import pytest

from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import encode
from ohmstead.transport.address import SerialAddress, TcpAddress
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit
from ohmstead.transport.rtu_server import ModbusRtuServer
from tests.mbpoll import Kind, polled
from tests.transport.ptys import crossed_pair
from tests.wire.test_golden_blocks import decoded, golden

pytestmark = [pytest.mark.wire, pytest.mark.anyio]


def served(key: str) -> ServedUnit:
    image = encode(load(key), decoded(key))
    return ServedUnit(7, inputs=lambda: image) if load(key).function == 4 else ServedUnit(7, holdings=lambda: image)


async def words(address: TcpAddress | SerialAddress, key: str) -> dict[int, float]:
    kind: Kind = "3:hex" if load(key).function == 4 else "4:hex"
    found: dict[int, float] = {}
    for block in (*load(key).blocks, *load(key).detail_blocks):
        found |= await polled(address, 7, kind, block.start, block.count)
    return found


def listed(key: str) -> dict[int, int]:
    """The words of the golden block, except those of floats, whose last bit is a matter of rounding."""
    table = load(key)
    floats = {point.register for point in (*table.points, *table.details) if point.type[0] == "f"}
    rows = [row for row in golden(key)["rows"] if row["at"] not in floats]
    return {row["at"] + i: int(word, 16) for row in rows for i, word in enumerate(row["words"].split())}


@pytest.mark.req("G-128")
@pytest.mark.parametrize("key", names())
async def test_mbpoll_reads_from_our_server_the_words_of_the_second_source(key: str) -> None:
    server = ModbusServer([served(key)])
    await server.start()
    try:
        found = await words(TcpAddress("127.0.0.1", server.port), key)
        for register, word in listed(key).items():
            assert found[register] == word, f"register {register:#x}"
        floats = [point for point in load(key).points if point.type == "f32" and load(key).word_order == "big"]
        kind: Kind = "3:float" if load(key).function == 4 else "4:float"
        rows = {row["at"]: row["value"] for row in golden(key)["rows"]}
        for point in floats:
            value = (await polled(TcpAddress("127.0.0.1", server.port), 7, kind, point.register))[point.register]
            assert value * float(point.scale) == pytest.approx(rows[point.register], rel=1e-5), point
    finally:
        await server.stop()


@pytest.mark.req("G-128", "EM-071")
@pytest.mark.parametrize("key", ["eastron-sdm630", "gavazzi-em340", "abb-b23"])
async def test_mbpoll_reads_the_same_words_on_a_serial_line(key: str) -> None:
    tcp = ModbusServer([served(key)])
    await tcp.start()
    async with crossed_pair() as (near, far):
        rtu = ModbusRtuServer([served(key)], SerialAddress(far, 38_400, "even"))
        await rtu.start()
        try:
            ours = await words(SerialAddress(near, 38_400, "even"), key)
            assert ours == await words(TcpAddress("127.0.0.1", tcp.port), key)
        finally:
            await rtu.stop()
            await tcp.stop()
