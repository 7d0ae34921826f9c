"""A site that records at full speed, to be killed: ``python child.py sqlite:///PATH``; ``sealing``: all at once.

Its time is its own: each row is a second after the last one kept. Its three meters count 1000, 2000 and 3000 J a
second from a fixed moment, so that a counter tells whether anything was lost or counted twice.
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from ohmstead.core.accounting.counters import CounterMemory, advance
from ohmstead.core.model.readings import Reading
from ohmstead.core.model.time import Instant
from ohmstead.store import closing
from ohmstead.store.store import Store
from ohmstead.store.values import Document, Sample, TailRow

BEGIN = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
METERS = {"grid": 1000, "oven": 2000, "sun": 3000}
FIRST_J = 10**9


def counter_j(meter: str, at: datetime) -> int:
    """What the meter shows at ``at``."""
    return FIRST_J + round((at - BEGIN).total_seconds()) * METERS[meter]


async def live(url: str) -> None:
    """Record until killed."""
    store = await Store.open(url, "home", "Europe/Rome")
    last = await store.last()
    kept = last.memory.get("counters", {})
    assert isinstance(kept, dict)
    memories = {name: CounterMemory.load(body) for name, body in kept.items() if isinstance(body, list)}
    at = last.at or BEGIN
    while True:
        at += timedelta(seconds=1)
        samples = {}
        for meter, power in METERS.items():
            reading = Reading(meter, Instant(at, at.timestamp()), power_w=power, energy_import_j=counter_j(meter, at))
            after = advance(memories.get(meter, CounterMemory()), reading)
            memories[meter] = after.memory
            samples[meter] = Sample(after.energy_import_j, after.energy_export_j, float(power))
        memory = {"counters": {name: each.dump() for name, each in memories.items()}}
        document = Document("session", "1", {"at": at.isoformat()}, "site")
        await store.append(TailRow(at, samples), memory=memory, documents=[document] if at.second % 10 == 0 else [])
        sys.stdout.write(f"kept {at.isoformat()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[2:] == ["sealing"]:
        closing.PLAIN_MS = dict.fromkeys(closing.PLAIN_MS, (0, 0))
    asyncio.run(live(sys.argv[1]))
