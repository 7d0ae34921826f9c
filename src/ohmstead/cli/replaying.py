"""What ``ohmstead replay`` shows: a progress bar, then a table of sums and a plot."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import plotext
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ohmstead.cli.output import progress
from ohmstead.core.model.quantities import JOULES_PER_KWH, Role
from ohmstead.core.model.series import Series, Span
from ohmstead.drivers.recording import Recording
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.replay import CHARGER, Watch, car_settings, recorded_settings, replay_car, replay_house
from ohmstead.store.store import Store

T = TypeVar("T")

_WIDTH, _HEIGHT = 110, 24
_GAP_STEPS = 1.5
_COLORS = ("blue+", "orange+", "green+", "magenta+")


def replay_recording(recording: Recording, name: str, url: str, svg: Path | None) -> None:
    """Each channel of the recording as a meter; at the end the store's sums beside the file's."""
    settings = recorded_settings(recording, name)
    console = Console(record=svg is not None, width=_WIDTH)

    async def main(clock: VirtualClock) -> dict[str, tuple[Series, Series]]:
        store = await _opened(url, settings.site.id, settings.site.timezone, recording.step_s, clock)
        with progress("replaying", recording.steps * recording.step_s) as told:
            await replay_house(recording, settings, store, clock, told)
        store = await _opened(url, settings.site.id, settings.site.timezone, recording.step_s, clock)
        try:
            return await clock.outside(_histories(store, recording))
        finally:
            await clock.outside(store.close())

    histories = run_virtual(main, recording.start)
    console.print(_sums(recording, {channel: five for channel, (five, _) in histories.items()}))
    hours = {recording.channels[c].name or c: hour for c, (_, hour) in histories.items()}
    console.print(_plot(f"{name}: power in kW, hour by hour", hours, None))
    _save(console, svg, f"ohmstead replay {name}")


def replay_with_car(
    recording: Recording, name: str, url: str, contract_w: float, days: float | None, svg: Path | None
) -> None:
    """The recorded house with a charger beside it; at the end how the contract was kept."""
    settings = car_settings(recording, name, contract_w)
    console = Console(record=svg is not None, width=_WIDTH)
    seconds = min(recording.steps * recording.step_s, round((days or 1e6) * 86_400))
    end = recording.start + timedelta(seconds=seconds)

    async def main(clock: VirtualClock) -> tuple[Watch, Series, Series]:
        store = await _opened(url, settings.site.id, settings.site.timezone, recording.step_s, clock)
        with progress("replaying", seconds) as told:
            watch = await replay_car(recording, settings, store, clock, told, seconds)
        store = await _opened(url, settings.site.id, settings.site.timezone, recording.step_s, clock)
        try:
            grid = await clock.outside(store.series("grid", Span.HOUR, recording.start, end))
            return watch, grid, await clock.outside(store.series(CHARGER, Span.HOUR, recording.start, end))
        finally:
            await clock.outside(store.close())

    watch, grid, car = run_virtual(main, recording.start)
    console.print(_kept(watch, grid, car))
    console.print(
        _plot(f"{name} with a car on Fast: power in kW, hour by hour", {"Grid": grid, "Car": car}, contract_w)
    )
    _save(console, svg, f"ohmstead replay {name} --car")


async def _opened(url: str, site: str, zone: str, step_s: float, clock: VirtualClock) -> Store:
    return await clock.outside(Store.open(url, site, zone, gap_s=max(10.0, _GAP_STEPS * step_s)))


async def _histories(store: Store, recording: Recording) -> dict[str, tuple[Series, Series]]:
    end = recording.end + timedelta(seconds=recording.step_s)
    return {
        channel: (
            await store.series(channel, Span.FIVE_MINUTES, recording.start, end),
            await store.series(channel, Span.HOUR, recording.start, end),
        )
        for channel in recording.channels
    }


def _sums(recording: Recording, histories: dict[str, Series]) -> Table:
    table = Table(
        "channel", "recorded by the site", "in the file", "difference", "gaps in the file", title="Energy imported"
    )
    rest = 0
    for name, channel in recording.channels.items():
        kept = sum(point.energy_import_j or 0 for point in histories[name].points)
        rows = recording.rows[name]
        filed = sum(row.energy_j or 0 for row in rows)
        gaps = sum(row.energy_j is None for row in rows) * recording.step_s
        rest += kept if channel.role is Role.GRID else -kept
        table.add_row(channel.name or name, _kwh(kept), _kwh(filed), f"{kept - filed} J", _duration(gaps))
    table.add_row("Not measured by any sub-meter", _kwh(rest), "", "", "")
    return table


def _kept(watch: Watch, grid: Series, car: Series) -> Table:
    table = Table("", "", title=f"Contract {watch.contract_w / 1000:.1f} kW", show_header=False)
    rows = (
        ("Energy from the grid", _kwh(sum(point.energy_import_j or 0 for point in grid.points))),
        ("Energy into the car", _kwh(sum(point.energy_import_j or 0 for point in car.points))),
        ("Highest power on the supply", f"{watch.highest_w / 1000:.2f} kW"),
        ("Above the contract", _duration(watch.excess_s)),
        ("Longest of it while the car drew current", _duration(watch.longest_with_car_s)),
        ("House alone above the contract", _duration(watch.house_alone_s)),
        ("Contactor closed", f"{watch.closings} times"),
    )
    for row in rows:
        table.add_row(*row)
    return table


def _plot(title: str, series: dict[str, Series], limit_w: float | None) -> Text:
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(_WIDTH, _HEIGHT)
    plotext.canvas_color("default")
    plotext.axes_color("default")
    plotext.ticks_color("default")
    plotext.title(title)
    plotext.ylim(0, None)
    for (name, one), color in zip(series.items(), _COLORS, strict=False):
        points = [(p.start.timestamp(), p.energy_import_j / JOULES_PER_KWH) for p in one.points if p.energy_import_j]
        if points:
            plotext.plot([at for at, _ in points], [kw for _, kw in points], label=name, marker="braille", color=color)
    if limit_w is not None:
        plotext.hline(limit_w / 1000)
    starts: Sequence[Any] = [p.start for one in series.values() for p in one.points if p.start.hour == 0]
    days = sorted(set(starts))
    plotext.xticks([day.timestamp() for day in days], [f"{day:%a %d}" for day in days])
    return Text.from_ansi(plotext.build())


def _save(console: Console, svg: Path | None, title: str) -> None:
    if svg is not None:
        console.save_svg(str(svg), title=title)


def _kwh(joules: int) -> str:
    return f"{joules / JOULES_PER_KWH:.3f} kWh"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
