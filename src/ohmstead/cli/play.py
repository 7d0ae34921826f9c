"""``ohmstead play``: a recording of waveforms plays as a sampling front end, for a site that measures it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors, unusable
from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.mistakes import unreadable

if TYPE_CHECKING:  # numpy is loaded when there is something to play
    from ohmstead.protocols.comtrade import Waveforms

File = Annotated[Path, typer.Argument(help="A .cfg (COMTRADE, its .dat beside it), .csv or .npy file.")]
Listen = Annotated[str, typer.Option(help="HOST:PORT to listen on.")]
Rate = Annotated[float | None, typer.Option(help="Samples a second; COMTRADE tells it by itself.", min=1)]
Nominal = Annotated[int, typer.Option(help="Mains frequency in Hz, 50 or 60; COMTRADE tells it by itself.")]
Channels = Annotated[str | None, typer.Option(help="Names of the channels to play, with commas between them.")]
Voltages = Annotated[int, typer.Option(help="How many channels of a .npy file are voltages.", min=1, max=3)]
Repeat = Annotated[bool, typer.Option(help="Begin again at the end.")]


def play(
    file: File,
    listen: Listen = "127.0.0.1:5390",
    rate: Rate = None,
    nominal: Nominal = 50,
    channels: Channels = None,
    voltages: Voltages = 3,
    repeat: Repeat = True,
) -> None:
    """Serve a recording as samples, at its own pace, until interrupted."""
    from ohmstead.protocols.comtrade import BadRecording

    configure_logs(quiet=True)
    with plain_errors():
        host, _, port = listen.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
            raise unusable("--listen", repr(listen), "HOST:PORT, such as 127.0.0.1:5390")
        try:
            asyncio.run(_play(file, (host, int(port)), (rate, nominal, voltages), channels, repeat))
        except BadRecording as error:
            raise ConfigurationError((Mistake(f"{file}: {error.where}", error.came, error.allowed),)) from error
        except KeyboardInterrupt:
            return


async def _play(
    file: Path, place: tuple[str, int], told: tuple[float | None, int, int], channels: str | None, repeat: bool
) -> None:
    from ohmstead.simulator.played import Player, chosen

    names = None if channels is None else [name.strip() for name in channels.split(",")]
    recording = chosen(await asyncio.to_thread(_read, file, *told), names)
    player = Player(recording, repeat, *place)
    try:
        await player.start()
    except OSError as error:
        raise unusable("--listen", f"{place[0]}:{place[1]} ({error.strerror or error})", "a free address") from error
    try:
        print(f"samples://{place[0]}:{player.port} {', '.join(recording.names)}", flush=True)
        await player.play()
    finally:
        await player.stop()


def _read(file: Path, rate: float | None, nominal: int, voltages: int) -> "Waveforms":
    from ohmstead.protocols import comtrade, waveform_tables

    try:
        if file.suffix.lower() == ".cfg":
            beside = next((p for p in (file.with_suffix(".dat"), file.with_suffix(".DAT")) if p.exists()), None)
            if beside is None:
                raise unusable(str(file), "no .dat file beside it", "both files of the recording in one folder")
            return comtrade.read(file.read_text("utf-8", "replace"), beside.read_bytes())
        if file.suffix.lower() not in (".csv", ".npy"):
            raise unusable(str(file), f"the ending {file.suffix!r}", ".cfg, .csv or .npy")
        if rate is None:
            raise unusable("--rate", "nothing", "samples a second, which this kind of file does not tell")
        if nominal not in (50, 60):
            raise unusable("--nominal", str(nominal), "50 or 60")
        if file.suffix.lower() == ".csv":
            return waveform_tables.read_csv(file.read_text("utf-8"), rate, nominal)
        return waveform_tables.read_npy(file.read_bytes(), rate, nominal, voltages)
    except (OSError, UnicodeDecodeError) as error:
        raise unusable(str(file), unreadable(error), "a readable recording") from error
