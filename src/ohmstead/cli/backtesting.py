"""What ``ohmstead backtest`` goes through and shows: days from somewhere, a progress bar, a table and a plot."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import plotext
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ohmstead.cli.output import progress, unusable
from ohmstead.cli.site import kept_store_url
from ohmstead.core.backtest.days import Days, Prices, Visit, prices
from ohmstead.core.backtest.outcome import Outcome
from ohmstead.core.backtest.simulated import Family, family_days, family_visits, house_of, midnight, sunshine
from ohmstead.core.backtest.strategies import Strategy
from ohmstead.core.model.charges import Price, Tariff
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.quantities import PHASES, Role
from ohmstead.core.model.series import Columns, GaugeKind, Span
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.recording import Recording, load
from ohmstead.site.looking_back import LONGEST_DAYS, look_back
from ohmstead.site.side_by_side import side_by_side
from ohmstead.texts import word

if TYPE_CHECKING:
    from ohmstead.store.store import Store

FIRST_DAY = date(2025, 1, 1)
_WIDTH, _HEIGHT = 110, 20
_COLORS = ("blue+", "orange+", "green+", "magenta+", "cyan+", "red+")
_NIGHT_MIN = (6 * 60, 22 * 60)
_USUAL_PRICES = ("0.30", "0.22", "0.08")


@dataclass(frozen=True, slots=True)
class Source:
    """Days and visits with a name for people, and the charger at which it all happens."""

    name: str
    days: Days
    visits: tuple[Visit, ...]
    settings: Settings
    charger: str
    tariff: Tariff

    @property
    def prices(self) -> Prices | None:
        """By the minute; ``None`` when none holds in the first."""
        return prices(self.tariff, self.days)


@dataclass(frozen=True, slots=True)
class Told:
    """The prices of the command line, as they were written."""

    price: str | None
    night: str | None
    green: str | None

    def tariff(self, days: Days, zone: str) -> Tariff:
        """Prices by day and night for all of ``days``. Raises ConfigurationError."""
        usual = _USUAL_PRICES if self.price is None else (self.price, self.price, None)
        by_day, by_night, green = (
            _money(name, given if given is not None else default)
            for name, given, default in zip(
                ("--price", "--night-price", "--green-price"), (self.price, self.night, self.green), usual, strict=True
            )
        )
        first = days.start.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
        changes = []
        for number in range(days.minutes // 1440 + 3):
            for minute, per_kwh in zip(_NIGHT_MIN, (by_day, by_night), strict=True):
                at = midnight(first + timedelta(days=number), zone, minute)
                changes.append(Price(at, per_kwh or Decimal(0), green))
        return Tariff("EUR", tuple(changes))


def of_family(family: Family, first: date | None, count: int, told: Told) -> Source:
    """So many days of a simulated house."""
    with progress("the days", count * 1440) as done:
        days = family_days(family, first or FIRST_DAY, count, done)
    settings = house_of(family, "Simulated house")
    shown = f"Simulated house, {count} days from {first or FIRST_DAY}"
    tariff = told.tariff(days, family.zone)
    return Source(shown, days, family_visits(family, days), settings, family.charger, tariff)


def of_recording(file: Path, family: Family, count: int | None, told: Told) -> Source:
    """A recorded house, with a simulated roof where it has none, and a car that comes home as the family's does.

    Raises ConfigurationError.
    """
    recording = load(file)
    at_home = Family(
        recording.timezone,
        family.latitude,
        family.longitude,
        family.peak_w,
        family.seed,
        family.phases,
        family.max_a,
        family.trip_kwh,
    )
    days = _recorded(recording, at_home)
    days = days.between(0, min(days.minutes, (count or 3660) * 1440))
    name = f"{file.resolve().parent.name}, {days.minutes / 1440:g} days from {days.start:%Y-%m-%d}"
    tariff = told.tariff(days, recording.timezone)
    return Source(name, days, family_visits(at_home, days), house_of(at_home, name), family.charger, tariff)


def of_site(
    data: Path, database: str | None, charger: str | None, first: date | None, count: int | None, told: Told
) -> Source:
    """What a site recorded, with the visits of its charger. Raises ConfigurationError and StoreError."""
    return asyncio.run(_of_site(kept_store_url(data, database), charger, first, count, told))


async def _of_site(url: str, charger: str | None, first: date | None, count: int | None, told: Told) -> Source:
    from ohmstead.drivers.clock import SystemClock
    from ohmstead.site.sessions import TARIFF, Sessions
    from ohmstead.site.start import kept_settings, open_known

    store = await open_known(url)
    try:
        settings = await kept_settings(store)
        name = _charger(settings, charger)

        async def kept() -> None:
            """Nothing is changed here."""

        sessions = Sessions(settings, SystemClock(), lambda event: None, kept, lambda: store)
        for document in await store.documents.list(TARIFF):
            sessions.recall_tariff(document.id, document.body)
        end = datetime.now(UTC)
        start = end - timedelta(days=count or LONGEST_DAYS)
        if first is not None:
            start = midnight(first, settings.site.timezone)
            end = min(end, start + timedelta(days=count or LONGEST_DAYS))
        if start >= end:
            raise unusable("--from", f"{first}", "a day of the past")
        charges = await sessions.ended([name], start, end)
        with progress("reading", 1.0) as done:
            past = await look_back(settings, name, partial(_read, store), charges, start, end, done)
    except CommandRefused as error:
        raise unusable("--data", word(error.reason), "the folder of a site that has recorded its grid meter") from error
    finally:
        await store.close()
    zone, days = settings.site.timezone, past.days
    tariff = sessions.tariff if told.price is None else told.tariff(days, zone)
    began = days.start.astimezone(ZoneInfo(zone))
    shown = f"{settings.site.name}, {name}, {days.minutes / 1440:.1f} days from {began:%Y-%m-%d}"
    return Source(shown, days, past.visits, settings, name, tariff)


async def _read(
    store: "Store", channels: Sequence[str], span: Span, start: datetime, end: datetime, kinds: Sequence[GaugeKind]
) -> Mapping[str, Columns]:
    return await store.read(channels, span, start, end, quantities=kinds)


def _charger(settings: Settings, wanted: str | None) -> str:
    known = ", ".join(settings.chargers) or "none is set up"
    if wanted is None and len(settings.chargers) == 1:
        return next(iter(settings.chargers))
    if wanted is None or wanted not in settings.chargers:
        raise unusable("--charger", "nothing" if wanted is None else repr(wanted), known)
    return wanted


def compare(source: Source, strategies: Sequence[Strategy], workers: int, svg: Path | None) -> None:
    """Go through ``source`` with each of ``strategies``, and show what came of it."""
    console = Console(record=svg is not None, width=_WIDTH)
    strategies = [replace(one, tariff=source.tariff) if one.plans else one for one in strategies]
    began_s = time.perf_counter()
    with progress("backtest", 1.0) as done:
        outcomes = side_by_side(
            strategies, source.days, source.visits, source.prices, (source.settings, source.charger), workers, done
        )
    took_s = time.perf_counter() - began_s
    console.print(_table(source, outcomes))
    calls = sum(one.calls for one in outcomes)
    wanted_kwh = sum(one.wanted_j for one in source.visits) / 3.6e6
    console.print(f"{len(source.visits)} visits wanted {wanted_kwh:.1f} kWh; {calls} decisions in {took_s:.1f} s")
    console.print(_plot(source, outcomes))
    if svg is not None:
        console.save_svg(str(svg), title="ohmstead backtest")


def _recorded(recording: Recording, family: Family) -> Days:
    """The rows of ``recording`` as minutes; its step must be minutes. Raises ConfigurationError."""
    if recording.step_s % 60:
        raise unusable("FILE", f"step_s = {recording.step_s}", "steps of whole minutes")
    grids = [name for name, one in recording.channels.items() if one.role is Role.GRID]
    if not grids:
        raise unusable("FILE", "no channel with the role grid", "a recording of the grid connection")
    step_min = recording.step_s // 60
    start = recording.start.replace(second=0, microsecond=0)
    columns = {phase: [0.0] * (recording.steps * step_min) for phase in PHASES}
    for name in grids:
        phase = recording.channels[name].phase
        for step, row in enumerate(recording.rows[name]):
            watts = float("nan") if row.power_w is None else row.power_w
            for minute in range(step * step_min, (step + 1) * step_min):
                columns[phase][minute] += watts
    if family.peak_w and not any(one.role is Role.PRODUCTION for one in recording.channels.values()):
        sun = sunshine(family, start, -(-recording.steps * step_min // 1440))
        own = {recording.channels[name].phase for name in grids}
        for phase in own:
            columns[phase] = [w - s / len(own) for w, s in zip(columns[phase], sun, strict=False)]
    return Days(start, (columns["L1"], columns["L2"], columns["L3"]))


def _money(name: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise unusable(name, repr(text), "an amount such as 0.30") from error
    if not value.is_finite() or abs(value) > 100:
        raise unusable(name, repr(text), "an amount such as 0.30")
    return value


def _table(source: Source, outcomes: Sequence[Outcome]) -> Table:
    heads = ("strategy", "energy", "missed", "short visits", "solar share", "cost", "per kWh", "cycles")
    table = Table(*heads, title=source.name)
    for one in outcomes:
        share = "–" if one.solar_share is None else f"{100 * one.solar_share:.1f} %"
        cost = "–" if one.cost is None else f"{one.cost:.2f} {source.tariff.currency}"
        per_kwh = "–" if one.per_kwh is None else f"{one.per_kwh:.3f}"
        energy, missed = f"{one.energy_kwh:.1f} kWh", f"{one.missed_kwh:.1f} kWh"
        table.add_row(one.name, energy, missed, f"{one.short} of {one.visits}", share, cost, per_kwh, str(one.cycles))
    return table


def _plot(source: Source, outcomes: Sequence[Outcome]) -> Text:
    """When the car charges: its mean power by the hour of the site's day."""
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(_WIDTH, _HEIGHT)
    plotext.canvas_color("default")
    plotext.axes_color("default")
    plotext.ticks_color("default")
    plotext.title("Car: mean power in kW by hour of the day")
    plotext.ylim(0, None)
    for outcome, color in zip(outcomes, _COLORS * len(outcomes), strict=False):
        by_hour = mean_day_kw(outcome, source)
        plotext.plot(list(by_hour), list(by_hour.values()), label=outcome.name, marker="braille", color=color)
    hours: Sequence[Any] = range(0, 24, 3)
    plotext.xticks(list(hours), [f"{hour}:00" for hour in hours])
    return Text.from_ansi(plotext.build())


def mean_day_kw(outcome: Outcome, source: Source) -> Mapping[int, float]:
    """The car's mean power in each hour of the day of the site's zone."""
    zone = ZoneInfo(source.settings.site.timezone)
    kwh = dict.fromkeys(range(24), 0.0)
    for hour, joules in enumerate(outcome.hours_j):
        local: datetime = (source.days.start + timedelta(hours=hour)).replace(tzinfo=UTC).astimezone(zone)
        kwh[local.hour] += joules / 3.6e6
    days = max(1.0, source.days.minutes / 1440)
    return {hour: energy / days for hour, energy in kwh.items()}
