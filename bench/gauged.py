"""How large the record of a house is whose meters tell all that they know: counters and gauges beside power.

The public household of ``bench/household.py`` at 10 s, each circuit on one phase with a meter of its own: power and
reactive power, voltage, current, power factor, and an import counter in joules. Voltage is the supply's, which wanders
and sags with what the house draws; the power factor is that of what runs. They are recorded as a running site records
them, row by row, with their roll-ups, sealed when it seals. Counted is all in the folder by six values of each circuit
and row; the power of the only phase, which is that of the circuit, is not counted twice.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import household
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.readings import PhaseReading
from ohmstead.store.store import Store
from ohmstead.store.values import Sample, TailRow

VALUES = 6
"""Of each circuit at each moment."""
_SEED = 20_250_312
_SUPPLY_OHM = 0.12


def bytes_per_value(folder: Path, zone: str, days: int, every: int = 1) -> float:
    """Records ``days`` days into an empty ``folder``; for a test only each ``every``-th row."""
    full = household.month(days, days)
    grid = household.Grid(full.first_s, full.step_s * every, full.values[:, ::every])
    asyncio.run(_recorded(f"sqlite:///{folder / 'store.sqlite'}", zone, grid))
    return sum(path.stat().st_size for path in folder.iterdir()) / (VALUES * grid.values.size)


async def _recorded(url: str, zone: str, grid: household.Grid) -> None:
    store = await Store.open(url, "bench", zone)
    names, volts, factors = household.names(), _volts(grid), _factors(grid)
    counted = np.cumsum(np.round(np.maximum(grid.values, 0.0) * grid.step_s), axis=1).astype(np.int64)
    for row, at_s in enumerate(grid.starts_s.tolist()):
        channels = {}
        for number, name in enumerate(names):
            phase = PHASES[number % len(PHASES)]
            power, factor = float(grid.values[number, row]), float(factors[number, row])
            volt = float(volts[number % len(PHASES), row])
            apparent = power / factor
            told = PhaseReading(
                voltage_v=volt,
                current_a=round(abs(apparent) / volt, 3),
                power_w=power,
                reactive_power_var=round(abs(apparent) * (1 - factor**2) ** 0.5),
                power_factor=factor,
            )
            channels[name] = Sample(int(counted[number, row]), None, power, None, {phase: told})
        await store.append(TailRow(datetime.fromtimestamp(at_s + grid.step_s, UTC), channels))
    await store.close()


def _volts(grid: household.Grid) -> NDArray[np.float64]:
    """Of each phase, to 0.1 V: a slow unrest of the street, and what the house's own currents take off."""
    count, dice = grid.values.shape[1], np.random.default_rng(_SEED)
    knots = max(4, count * grid.step_s // 1800)
    street = np.interp(np.linspace(0, knots - 1, count), np.arange(knots), dice.normal(231.0, 1.2, knots))
    drawn = [grid.values[n : household.CHANNELS - 2 : len(PHASES)].sum(axis=0) for n in range(len(PHASES))]
    unrest = dice.normal(0, 0.15, (len(PHASES), count))
    return np.asarray(np.round(street - _SUPPLY_OHM * np.array(drawn) / 230.0 + unrest, 1))


def _factors(grid: household.Grid) -> NDArray[np.float64]:
    """Of each circuit, to 0.001: poor in standby, its own when something runs."""
    dice = np.random.default_rng(_SEED + 1)
    own = dice.uniform(0.88, 1.0, (grid.values.shape[0], 1))
    running = np.abs(grid.values) > 50.0
    return np.asarray(np.round(np.where(running, own, 0.55) + dice.normal(0, 0.001, grid.values.shape), 3).clip(0.4, 1))
