"""Flicker from samples on a socket to what is stored and shown: ten minutes of a front end that hurries."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from ohmstead.core.model.series import FLICKER_STEPS, Span
from ohmstead.protocols.samples import Block, Hello, block_frame, hello_frame, steps_of
from ohmstead.site.start import starting
from ohmstead.store.putting import Intervals
from ohmstead.store.store import Store
from ohmstead.web.application import create_app

RATE = 4_400
HELLO = Hello(RATE, 50, 3, 3, "i16", (0.02,) * 3 + (0.004,) * 3)
PERIOD_S = 12
"""Eleven times up and down, and 600 cycles: it joins itself without a jump."""
DEPTHS = (0.722, 0.0, 1.444)
"""In percent, at 110 changes a minute: severities of 1, 0 and 2 (IEC 61000-4-15, table 5)."""
BEGAN = datetime(2026, 10, 5, 8, 59, 30, tzinfo=UTC)
HURRIES_S, PIECE_S = 640, 0.5
PATIENCE_S = 120.0
SITE = """
[site]
name = "Joinery"
timezone = "Europe/Rome"
main_fuse_a = 63.0

[devices.grid]
driver = "samples"
connect = "samples://127.0.0.1:{port}"
points = [1, 2, 3]
role = "grid"
"""


def pieces() -> list[tuple[bytes, int]]:
    """A period of what is sent, in pieces."""
    time = np.arange(PERIOD_S * RATE)[:, None] / RATE
    phase = 2 * np.pi * (50 * time - np.arange(3) / 3)
    deep = 1 + np.where((time * 110 / 120) % 1 < 0.5, 1.0, -1.0) * np.array(DEPTHS) / 200
    samples = np.concatenate([230 * np.sqrt(2) * deep * np.sin(phase), 14 * np.sin(phase)], axis=1).astype(np.float32)
    return [steps_of(HELLO, each) for each in np.split(samples, int(PERIOD_S / PIECE_S))]


async def play(writer: asyncio.StreamWriter) -> None:
    """A stretch as fast as it is taken, then at the pace of the clock."""
    known, count = pieces(), int(PIECE_S * RATE)
    began_ns, number = int(BEGAN.timestamp() * 1e9), 0
    writer.write(hello_frame(HELLO))
    while True:
        data, clipped = known[number % len(known)]
        utc_ns = began_ns + int(number * PIECE_S * 1e9)
        writer.write(block_frame(Block(number * count, utc_ns, count, data, clipped)))
        await writer.drain()
        number += 1
        if number * PIECE_S > HURRIES_S:
            await asyncio.sleep(PIECE_S)


@asynccontextmanager
async def front_end() -> AsyncIterator[int]:
    """Its port."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await play(writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def site(folder: Path, port: int) -> AsyncIterator[tuple[Callable[..., Any], Store]]:
    """A whole site on it: what asks its API, and its record."""
    config = folder / "site.toml"
    config.write_text(SITE.format(port=port), "utf-8")
    async with starting(config, f"sqlite:///{folder / 'site.db'}") as (house, store):
        transport = httpx2.ASGITransport(create_app(house, None, local_only=True))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def get(path: str, **params: Any) -> Any:
                answer = await client.get(f"/api/v1/{path}", params=params)
                return answer.json() if answer.status_code == 200 else None

            yield get, store


async def until(holds: Callable[[], Any]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):
            await asyncio.sleep(0.2)
    return found


SERIES = [f"grid.flicker-{n}" for n in (1, 2, 3)]


async def stored(get: Callable[..., Any]) -> Any:
    """The severities in the series of each phase, where all have one."""
    now = datetime.now(UTC)
    found = await get(
        "series",
        channel=SERIES,
        span="5min",
        **{"from": (now - timedelta(minutes=20)).isoformat(), "to": (now + timedelta(minutes=5)).isoformat()},
    )
    rows = [((found or {}).get("channels", {}).get(name) or {}).get("flicker_pst") for name in SERIES]
    return rows if all(rows) else None


@pytest.mark.anyio
async def test_ten_minutes_of_flicker_are_shown_and_stored_by_phase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmstead.drivers.sampling.front_end.WORKER", "tests.drivers.sampling.patient")
    async with front_end() as port, site(tmp_path, port) as (get, _):

        async def shown() -> Any:
            seen = await get("power-quality/grid")
            return seen and seen["flicker"] and seen["flicker"]["pst"][0] is not None and seen["flicker"]

        flicker = await until(shown)
        assert flicker["pst"] == [
            pytest.approx(1.0, rel=0.05),
            pytest.approx(0.0, abs=0.05),
            pytest.approx(2.0, rel=0.05),
        ]
        assert flicker["highest_pst"] == flicker["pst"]
        assert flicker["flagged"] is False
        assert abs(datetime.fromisoformat(flicker["ended"]) - datetime.now(UTC)) < timedelta(minutes=10)
        rows = await until(lambda: stored(get))
        assert [row[-1] for row in rows] == pytest.approx(flicker["pst"], abs=0.005)
        live = (await get("snapshot"))["channels"]["grid"]["details"]["flicker_pst"]
        assert [round(live[phase], 2) for phase in ("L1", "L2", "L3")] == flicker["pst"]


@pytest.mark.anyio
async def test_after_a_restart_the_highest_of_the_day_is_that_of_the_record(tmp_path: Path) -> None:
    async with front_end() as port, site(tmp_path, port) as (get, store):
        slot_s = int(datetime.now(UTC).timestamp()) // 600 * 600 - 600
        starts_s = np.arange(slot_s - 13 * 600, slot_s + 600, 300)
        for name, highest in zip(SERIES, (1.234, 0.5, 0.7), strict=True):
            severities = np.where(starts_s // 600 == slot_s // 600 - 5, highest, 0.4)
            unknown = np.full(len(starts_s), np.nan)
            held_ms = np.full(len(starts_s), 300_000)
            await store.put(
                name,
                Span.FIVE_MINUTES,
                Intervals(starts_s * 1000, held_ms, FLICKER_STEPS * severities, unknown, unknown),
            )
        seen = await until(lambda: get("power-quality/grid"))
        assert seen["flicker"]["highest_pst"] == [1.23, 0.5, 0.7]
