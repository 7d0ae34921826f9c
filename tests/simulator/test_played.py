"""Recordings that play as front ends, and what a site measures of them."""

import asyncio
import contextlib
from pathlib import Path

import numpy as np
import pytest

from ohmstead.core.model.quantities import Quality, Role
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.drivers.build import open_meter
from ohmstead.drivers.clock import SystemClock
from ohmstead.drivers.sampling.front_end import FrontEnds
from ohmstead.protocols.comtrade import BadRecording, Waveforms, read
from ohmstead.protocols.samples import Frames
from ohmstead.protocols.waveform_tables import read_csv, read_npy
from ohmstead.simulator.played import Player, chosen
from ohmstead.transport.modbus_client import Buses
from tests.drivers.sampling.houses import first
from tests.end_to_end.house import Process
from tests.protocols.recordings import comtrade, waves


def as_csv(values: np.ndarray, rate: float = 8000.0) -> str:
    rows = [f"{n / rate:.6f}," + ",".join(f"{each:.4f}" for each in row) for n, row in enumerate(values)]
    return "time,u1,u2,i1\n" + "\n".join(rows) + "\n"


@pytest.mark.anyio
async def test_a_comtrade_recording_is_measured_like_a_front_end(tmp_path: Path) -> None:
    cfg, dat = comtrade(waves(4.0), "FLOAT32")
    (tmp_path / "feeder.cfg").write_text(cfg)
    (tmp_path / "feeder.dat").write_bytes(dat)
    process = await Process.start("play", str(tmp_path / "feeder.cfg"), "--listen", "127.0.0.1:0")
    try:
        place = (await process.saying(r"(samples://\S+) VA, VB, IA"))[1]
        settings = DeviceSettings(driver="samples", connect=place, role=Role.LOAD, points=[1], phases=["L1"])
        meter = open_meter("feeder", settings, Buses(), SystemClock(), front_ends=FrontEnds("2x120/240"))
        reading = await first(meter)
        assert reading.quality is Quality.GOOD
        assert reading.power_w == pytest.approx(2300, rel=1e-3)
        assert reading.frequency_hz == pytest.approx(50, abs=0.005)
        await meter.close()
    finally:
        await process.stop()


@pytest.mark.anyio
async def test_a_recording_with_a_bad_header_ends_the_command_with_a_line_to_mend(tmp_path: Path) -> None:
    cfg, dat = comtrade(waves(), "BINARY", rate=1600.0)
    (tmp_path / "slow.cfg").write_text(cfg)
    (tmp_path / "slow.dat").write_bytes(dat)
    for name, arguments, says in (
        ("slow.cfg", (), "1600 samples a second"),
        ("gone.cfg", (), "no .dat file beside it"),
        ("slow.dat", (), ".cfg, .csv or .npy"),
    ):
        process = await Process.start("play", str(tmp_path / name), "--listen", "127.0.0.1:0", *arguments)
        assert await process.ended() != 0
        assert says in " ".join(process.text.split()), process.text


def test_a_table_is_read_by_its_header_and_its_rate_is_proved() -> None:
    values = waves()[:, :3]
    seen = read_csv(as_csv(values), 8000.0, 50)
    assert seen.quantities == ("V", "V", "A")
    assert seen.values == pytest.approx(values, abs=1e-3)
    for text, says in (
        (as_csv(values, rate=4000.0), "line 3"),
        (as_csv(values).replace("325.2691", "high", 1), "could not convert"),
        (as_csv(values).replace(",", ";", 1), "cells"),
    ):
        with pytest.raises(BadRecording, match=says):
            read_csv(text, 8000.0, 50)


def test_an_array_is_read_without_running_anything_in_it(tmp_path: Path) -> None:
    values = waves()[:, :3]
    np.save(tmp_path / "w.npy", values)
    seen = read_npy((tmp_path / "w.npy").read_bytes(), 8000.0, 50, 2)
    assert seen.names == ("u1", "u2", "i1")
    np.save(tmp_path / "o.npy", np.array([{}], object), allow_pickle=True)
    for data in ((tmp_path / "o.npy").read_bytes(), b"", b"PK\x03\x04"):
        with pytest.raises(BadRecording):
            read_npy(data, 8000.0, 50, 2)


def test_channels_are_chosen_by_name_and_ordered_voltages_first() -> None:
    recording = read(*comtrade(waves(), "ASCII"))
    assert chosen(recording, ["IA", "VB"]).names == ("VB", "IA")
    assert chosen(recording, None).names == ("VA", "VB", "IA")
    for names, says in ((["IX"], "VA, VB, IA, temp"), (["temp", "VA"], "channels in V or A"), (["IA"], "0 voltages")):
        with pytest.raises(BadRecording, match=says):
            chosen(recording, names)


@pytest.mark.anyio
async def test_samples_that_a_recording_lacks_are_a_gap_and_its_end_is_the_end() -> None:
    values = waves(0.4)[:, [0, 2]]
    values[1200:1400] = np.nan
    player = Player(chosen(Waveforms(8000.0, 50, ("u", "i"), ("V", "A"), values), None), repeat=False)
    await player.start()
    playing = asyncio.create_task(player.play())
    reader, writer = await asyncio.open_connection("127.0.0.1", player.port)
    await playing
    await player.stop()

    frames, blocks = Frames(), []
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            blocks += frames.feed(data)
    writer.close()
    taken = np.zeros(len(values), bool)
    for block in blocks:
        taken[block.first : block.first + block.count] = True
    assert not taken[1200:1400].any()
    assert taken[:1200].all()
