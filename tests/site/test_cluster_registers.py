"""Whatever is written to the registers of a slave, it is refused or safe, and the next good poll leads on (G-067)."""

import asyncio
from pathlib import Path

import pytest

from ohmstead.core.model.cluster import SEQUENCES, Orders, Poll
from ohmstead.core.model.errors import DeviceError
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.protocols import charger_map, cluster_map
from ohmstead.protocols.cluster_map import POLL_COUNT, POLL_START, REPORT_COUNT, REPORT_START
from ohmstead.transport.address import TcpAddress
from ohmstead.transport.modbus_client import Buses, Line
from ohmstead.transport.pipe import HOST
from tests.site.staging import START, Home, building, home
from tests.site.test_cluster import slave

HOLDING, INPUT, UNIT, PORT = 3, 4, 1, 1502
HOSTILE = (0, 1, 2, 599, 600, 1601, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
MASTER, GRANT_A, MOST_A = 7, 10.0, 16.0


class Lead:
    """Who is at the master's address: it leads well, or writes what it likes."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def write(self, register: int, *words: int) -> bool:
        """Whether it was taken."""
        try:
            await self._line.bus.write(UNIT, register, words, deadline_s=1.0)
        except DeviceError:
            return False
        return True

    async def poll(self) -> tuple[int, ...]:
        """The words of a good poll, by what the slave says of itself."""
        words = await self._line.bus.read(UNIT, INPUT, REPORT_START, REPORT_COUNT, deadline_s=1.0)
        report, _, _ = cluster_map.decode_report(words)
        seq = (report.seq + (1 << 16)) % SEQUENCES
        return cluster_map.encode_poll(Poll(MASTER, 1, report.boot, report.beat, seq, GRANT_A, 6.0), Orders())

    async def leads(self, house: Home) -> bool:
        """Whether a good poll is taken and holds."""
        taken = await self.write(POLL_START, *await self.poll())
        return taken and house.site.cluster.shown().allowed_a == GRANT_A


@pytest.mark.req("G-067")
def test_no_word_at_any_place_of_a_poll_harms_a_slave_or_keeps_it_from_its_master(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, f"sqlite:///{tmp_path / 'slave'}.db", building(), slave(PORT)) as house:
            await asyncio.sleep(7)
            line = Buses().open(TcpAddress(HOST, PORT))
            lead = Lead(line)
            assert await lead.leads(house)
            refused = 0
            for place in range(POLL_COUNT):
                for word in HOSTILE:
                    words = list(await lead.poll())
                    words[place] = word
                    refused += not await lead.write(POLL_START, *words)
                    await asyncio.sleep(0.2)
                    assert house.charger.offered_a is None or house.charger.offered_a <= MOST_A
                    assert (house.site.cluster.shown().allowed_a or 0.0) >= 0.0
                    assert await lead.leads(house), (place, word)
            assert refused > POLL_COUNT
            assert house.car_a() <= MOST_A + 0.1
            await line.close()

    run_virtual(main, START)


@pytest.mark.req("G-067", "G-128")
def test_no_register_of_a_slave_takes_a_part_of_a_poll_or_what_is_only_read(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, f"sqlite:///{tmp_path / 'slave'}.db", building(), slave(PORT)) as house:
            await asyncio.sleep(7)
            line = Buses().open(TcpAddress(HOST, PORT))
            lead = Lead(line)
            assert await lead.leads(house)
            places = {row.register for row in (*charger_map.HOLDINGS, *charger_map.INPUTS, *cluster_map.INPUTS)}
            for register in sorted(places | set(range(POLL_START, POLL_START + POLL_COUNT)) | {117, 999, 0xFFFF}):
                for word in HOSTILE:
                    assert not await lead.write(register, word), (register, word)
            assert await lead.leads(house)
            await line.close()

    run_virtual(main, START)
