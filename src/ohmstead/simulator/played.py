"""A recording of waveforms that plays as a sampling front end: the real protocol, at the recording's own pace."""

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from ohmstead.protocols.comtrade import BadRecording, Waveforms
from ohmstead.protocols.samples import (
    CURRENTS_AT_MOST,
    RATES_HZ,
    VOLTAGES_AT_MOST,
    Block,
    Hello,
    block_frame,
    hello_frame,
)
from ohmstead.transport.sample_link import SampleServer

BEAT_S = 0.05


def chosen(recording: Waveforms, channels: Sequence[str] | None) -> Waveforms:
    """``recording`` with voltages before currents: those named, or the first three voltages and 28 currents.

    Raises BadRecording for a name that is not there, or a rate no front end has.
    """
    least = max(RATES_HZ[0], 88.0 * recording.nominal_hz)
    if not least <= recording.rate_hz <= RATES_HZ[1]:
        allowed = f"{least:g} to {RATES_HZ[1]:g}, which harmonics to the 40th need"
        raise BadRecording("rate", f"{recording.rate_hz:g} samples a second", allowed)
    for name in channels or ():
        if name not in recording.names:
            raise BadRecording("--channels", repr(name), ", ".join(recording.names))
    places = [recording.names.index(name) for name in channels or recording.names]
    voltages = [place for place in places if recording.quantities[place] == "V"]
    currents = [place for place in places if recording.quantities[place] == "A"]
    if channels is None:
        voltages, currents = voltages[:VOLTAGES_AT_MOST], currents[:CURRENTS_AT_MOST]
    unknown = [recording.names[place] for place in places if recording.quantities[place] is None]
    if channels is not None and unknown:
        raise BadRecording("--channels", unknown[0], "channels in V or A")
    if not voltages or len(voltages) > VOLTAGES_AT_MOST or len(currents) > CURRENTS_AT_MOST:
        came = f"{len(voltages)} voltages and {len(currents)} currents"
        raise BadRecording("--channels", came, f"1 to {VOLTAGES_AT_MOST} voltages, up to {CURRENTS_AT_MOST} currents")
    kept = [*voltages, *currents]
    return Waveforms(
        recording.rate_hz,
        recording.nominal_hz,
        tuple(recording.names[place] for place in kept),
        tuple(recording.quantities[place] for place in kept),
        recording.values[:, kept],
    )


class Player:
    """Plays ``recording`` from its start, over and over if asked; samples that are missing in it are left out."""

    def __init__(self, recording: Waveforms, repeat: bool, host: str = "127.0.0.1", port: int = 0) -> None:
        """``recording`` as :func:`chosen` gave it."""
        self._recording, self._repeat = recording, repeat
        columns = recording.quantities
        self._hello = Hello(
            recording.rate_hz,
            recording.nominal_hz,
            columns.count("V"),
            columns.count("A"),
            "f32",
            (1.0,) * len(columns),
            "recording",
        )
        self._server = SampleServer(lambda: hello_frame(self._hello), host, port)

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        return self._server.port

    async def start(self) -> None:
        """Listen. Raises OSError for a taken port."""
        await self._server.start()

    async def stop(self) -> None:
        """Listen no more."""
        await self._server.stop()

    async def play(self) -> None:
        """Play from when somebody first listens; returns at the end, unless it repeats."""
        while not self._server.connections:  # noqa: ASYNC110 — nothing else to wait for
            await asyncio.sleep(BEAT_S)
        loop = asyncio.get_running_loop()
        began_s, sample = loop.time(), 0
        end = math.inf if self._repeat else len(self._recording.values)
        while sample < end:
            due = int(min((loop.time() - began_s) * self._recording.rate_hz, end))
            if due > sample:
                self._emit(sample, due)
                sample = due
            await asyncio.sleep(BEAT_S)

    def _emit(self, first: int, end: int) -> None:
        values = np.take(self._recording.values, np.arange(first, end), axis=0, mode="wrap")
        whole = np.isfinite(values).all(axis=1)
        utc_ns = int(datetime.now(UTC).timestamp() * 1e9) - int((end - first) / self._recording.rate_hz * 1e9)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], whole, [False]]).astype(np.int8)))
        for low, high in zip(edges[::2], edges[1::2], strict=True):
            data = values[low:high].astype("<f4").tobytes()
            self._server.send(block_frame(Block(first + int(low), utc_ns, int(high - low), data)))
