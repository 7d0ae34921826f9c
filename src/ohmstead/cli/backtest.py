"""``ohmstead backtest``: other ways of charging on the same days, side by side, at full speed."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ohmstead.cli.output import configure_logs, plain_errors, unusable

File = Annotated[
    Path | None, typer.Argument(help="The TOML file of a recorded house; when left out a family's house is simulated.")
]
Strategies = Annotated[
    list[str] | None, typer.Option("--strategy", help="May be repeated: fast, solar, hybrid-75, night, plan.")
]
Data = Annotated[Path | None, typer.Option("--data", help="The history of a site that has run, in this folder.")]
Database = Annotated[str | None, typer.Option(help="The same in a database, postgresql://…")]
Charger = Annotated[str | None, typer.Option(help="With --data: which charger; the only one when left out.")]
First = Annotated[str | None, typer.Option("--from", help="The first day, YYYY-MM-DD.")]
DayCount = Annotated[int | None, typer.Option("--days", help="How many days.", min=1, max=3660)]
Roof = Annotated[float, typer.Option(help="Peak power of the simulated roof in kW.", min=0, max=1000)]
Phases = Annotated[int, typer.Option(help="Phases of the simulated car, 1 or 3.", min=1, max=3)]
MaxCurrent = Annotated[float, typer.Option(help="What the simulated car takes, in ampere.", min=6, max=80)]
Trip = Annotated[float, typer.Option(help="What a day of driving takes, in kWh.", min=0.1, max=200)]
Seed = Annotated[int, typer.Option(help="The same seed tells the same days.")]
Price = Annotated[str | None, typer.Option(help="Of a kWh from the grid; with a site its own prices when left out.")]
NightPrice = Annotated[str | None, typer.Option(help="The same from 22:00 to 06:00.")]
GreenPrice = Annotated[str | None, typer.Option(help="Of a kWh of own sun, such as the feed-in that is lost.")]
Workers = Annotated[int | None, typer.Option(help="Processes; as many as processors when left out.", min=0, max=64)]
Svg = Annotated[Path | None, typer.Option(help="Write table and plot as a picture.")]

USUAL = ("fast", "solar", "hybrid-75", "night", "plan")


def backtest(
    file: File = None,
    strategy: Strategies = None,
    data: Data = None,
    database: Database = None,
    charger: Charger = None,
    first: First = None,
    days: DayCount = None,
    roof: Roof = 6.0,
    phases: Phases = 1,
    max_current: MaxCurrent = 16.0,
    trip: Trip = 11.0,
    seed: Seed = 1,
    price: Price = None,
    night_price: NightPrice = None,
    green_price: GreenPrice = None,
    workers: Workers = None,
    svg: Svg = None,
) -> None:
    """What other strategies would have made of recorded or simulated days: energy, cost, solar share, cycles."""
    from ohmstead.cli import backtesting
    from ohmstead.core.backtest.simulated import Family
    from ohmstead.core.backtest.strategies import NAMES, named

    configure_logs(quiet=True)
    with plain_errors():
        wanted = []
        for text in strategy or USUAL:
            try:
                wanted.append(named(text))
            except ValueError as error:
                raise unusable("--strategy", repr(text), f"{', '.join(NAMES)}; PERCENT 5 to 100 by 5") from error
        if sum(one is not None for one in (file, data, database)) > 1:
            raise unusable("FILE", f"{file} beside a site's history", "one of FILE, --data and --database")
        if phases == 2:
            raise unusable("--phases", "2", "1 or 3")
        family = Family(
            peak_w=1000 * roof,
            seed=seed,
            phases=("L1", "L2", "L3") if phases == 3 else ("L1",),
            max_a=max_current,
            trip_kwh=trip,
        )
        told = backtesting.Told(price, night_price, green_price)
        if data is not None or database is not None:
            source = backtesting.of_site(data or Path("var"), database, charger, _day(first), days, told)
        elif file is not None:
            source = backtesting.of_recording(file, family, days, told)
        else:
            source = backtesting.of_family(family, _day(first), days or 365, told)
        backtesting.compare(source, wanted, os.cpu_count() or 1 if workers is None else workers, svg)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise unusable("--from", repr(text), "a day such as 2026-03-01") from error
