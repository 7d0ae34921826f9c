"""``ohmstead replay``: a recorded series through a whole site on virtual time, with a closing table and plot."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors
from ohmstead.cli.site import store_url

File = Annotated[Path, typer.Argument(help="The TOML file that describes the recording.")]
Car = Annotated[bool, typer.Option("--car", help="The recorded house as a load, with a car on Fast beside it.")]
Contract = Annotated[float, typer.Option(help="With --car: the contract power in watts.", min=1000)]
Days = Annotated[float | None, typer.Option(help="With --car: only the first days of the recording.", min=0.01)]
Kept = Annotated[
    Path | None, typer.Option("--data", help="Keep the store in this folder; by default it is thrown away.")
]
Svg = Annotated[Path | None, typer.Option(help="Write table and plot as a picture.")]


def replay(
    file: File,
    car: Car = False,
    contract_power_w: Contract = 9000.0,
    days: Days = None,
    data: Kept = None,
    svg: Svg = None,
) -> None:
    """Feed a recording to a site and compare what it recorded with the file."""
    from ohmstead.cli.replaying import replay_recording, replay_with_car
    from ohmstead.drivers.recording import load

    configure_logs(quiet=True)
    with plain_errors(), tempfile.TemporaryDirectory(prefix="ohmstead-replay-") as folder:
        recording, url = load(file), store_url(data or Path(folder), None)
        name = file.resolve().parent.name
        if car:
            replay_with_car(recording, name, url, contract_power_w, days, svg)
        else:
            replay_recording(recording, name, url, svg)
