"""pymodbus' client, which has no part in our reading, reads every meter that we serve."""

from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from ohmstead.protocols.meters.catalogue import load, names
from ohmstead.protocols.meters.codec import encode
from ohmstead.transport.modbus_server import ModbusServer, ServedUnit
from tests.wire.test_golden_blocks import decoded, golden

pytestmark = [pytest.mark.wire, pytest.mark.anyio]
THEIRS = {"u": "UINT", "s": "INT", "f": "FLOAT"}


async def theirs(client: AsyncModbusTcpClient, key: str, row: dict[str, Any]) -> float:
    """The number at one row of a golden block, as pymodbus reads and converts it."""
    table = load(key)
    kind = next(point.type for point in (*table.points, *table.details) if point.register == row["at"])
    count = len(row["words"].split())
    read = client.read_input_registers if table.function == 4 else client.read_holding_registers
    answer = await read(row["at"], count=count, device_id=7)
    assert not answer.isError(), answer
    target = client.DATATYPE[f"{THEIRS[kind[0]]}{kind[1:]}"]
    value = client.convert_from_registers(answer.registers, target, word_order=table.word_order)
    assert isinstance(value, int | float)
    return value


@pytest.mark.req("G-128")
@pytest.mark.parametrize("key", names())
async def test_their_client_reads_from_our_server_what_the_second_source_says(key: str) -> None:
    table = load(key)
    scales = {point.register: float(point.scale) for point in (*table.points, *table.details)}
    image = encode(table, decoded(key))
    unit = ServedUnit(7, inputs=lambda: image) if table.function == 4 else ServedUnit(7, holdings=lambda: image)
    server = ModbusServer([unit])
    await server.start()
    client = AsyncModbusTcpClient("127.0.0.1", port=server.port, timeout=5, retries=0)
    try:
        assert await client.connect()
        for row in golden(key)["rows"]:
            value = await theirs(client, key, row) * scales[row["at"]]
            assert value == pytest.approx(row["value"], rel=1e-6), row
    finally:
        client.close()
        await server.stop()
