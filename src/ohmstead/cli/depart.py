"""``ohmstead depart``: how much is to be in the car by when, through the door of the running site."""

from datetime import datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer

from ohmstead.cli.asking import AT, At, ask
from ohmstead.cli.output import plain_errors, unusable

Charger = Annotated[str, typer.Argument(help="The key of the charger in site.toml.")]
By = Annotated[str | None, typer.Option(help="HH:MM, the next one on this machine's clock, or ISO 8601 with offset.")]
Energy = Annotated[float | None, typer.Option("--kwh", help="Energy to be given until then.", min=0.1, max=500)]
From = Annotated[int | None, typer.Option("--from", help="State of charge now, in percent.", min=0, max=100)]
To = Annotated[int | None, typer.Option("--to", help="State of charge wanted, in percent.", min=1, max=100)]
Battery = Annotated[float | None, typer.Option(help="What the battery holds, in kWh.", min=1, max=500)]
Never = Annotated[bool, typer.Option("--none", help="Take the target away.")]


def depart(
    charger: Charger,
    by: By = None,
    kwh: Energy = None,
    from_percent: From = None,
    to_percent: To = None,
    battery: Battery = None,
    none: Never = False,
    at: At = AT,
) -> None:
    """Set what is to be in the car by when; the best hours until then are chosen. Or take it away."""
    with plain_errors():
        value = None if none else _target(by, kwh, from_percent, to_percent, battery)
        body = {"action": "set_departure", "value": value}
        ask(at, "POST", f"/api/v1/chargers/{quote(charger, safe='')}/commands", body)
    typer.echo("The target is taken away." if value is None else f"Set: by {value['by']}.")


def _target(
    by: str | None, kwh: float | None, from_percent: int | None, to_percent: int | None, battery: float | None
) -> dict[str, Any]:
    if by is None:
        raise unusable("--by", "nothing", "HH:MM, or ISO 8601 with an offset; --none takes the target away")
    charge = (from_percent, to_percent, battery)
    if (kwh is None) is (None in charge) or (kwh is not None and charge != (None, None, None)):
        raise unusable("--kwh", "neither or both ways", "--kwh, or --from, --to and --battery together")
    wanted = {"energy_kwh": kwh, "from_percent": from_percent, "to_percent": to_percent, "battery_kwh": battery}
    return {"by": _moment(by).isoformat(), **{key: value for key, value in wanted.items() if value is not None}}


def _moment(text: str) -> datetime:
    now = datetime.now().astimezone()
    try:
        if len(text) == len("HH:MM"):
            at = datetime.combine(now.date(), time.fromisoformat(text)).astimezone()
            return at if at > now else datetime.combine(now.date() + timedelta(days=1), at.time()).astimezone()
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise unusable("--by", repr(text), "HH:MM, or ISO 8601 with an offset") from error
    return moment if moment.tzinfo is not None else moment.astimezone()
