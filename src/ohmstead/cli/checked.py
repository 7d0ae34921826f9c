"""What ``ohmstead check`` shows: a table per device for people, a document for machines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ohmstead.core.commissioning.advising import Advice
from ohmstead.core.model.details import PLACES, Quantity
from ohmstead.core.model.evse import BoardFault, BoardSnapshot
from ohmstead.core.model.quantities import JOULES_PER_KWH, Quality, Role
from ohmstead.core.model.readings import Reading, Supply
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import ChargerSettings, DeviceSettings
from ohmstead.core.model.sources import without_secrets
from ohmstead.site.checking import Checked
from ohmstead.texts import word

_WIDTH = 120
_WHOLE = ("power_w", "reactive_power_var", "power_factor", "frequency_hz", "energy_import_j", "energy_export_j")
_EACH = ("voltage_v", "current_a", "power_w", "reactive_power_var", "power_factor")
_NEEDED = ("voltage_v",)
"""Shown as missing, as is the power of the whole; other values that a device does not offer are left out."""
_UNITS: Mapping[str, tuple[str, int]] = {
    "w": ("W", 0),
    "var": ("var", 0),
    "va": ("VA", 0),
    "v": ("V", 1),
    "a": ("A", 2),
    "hz": ("Hz", 2),
    "j": ("kWh", 3),
    "varh": ("kvarh", 3),
    "vah": ("kVAh", 3),
    "factor": ("", 3),
    "percent": ("%", 1),
    "pst": ("", 2),
    "c": ("°C", 1),
}
"""How a quantity is shown, by the end of its name: unit and digits."""
_DIVISORS = {"j": JOULES_PER_KWH, "varh": 1000, "vah": 1000}
_HELD = ("charge_percent", "health_percent", "available_j", "capacity_j")
_OWN_WORDS: Mapping[str, Sequence[Role]] = {
    "power_w": (Role.BATTERY,),
    "energy_import_j": (Role.PRODUCTION, Role.BATTERY),
    "energy_export_j": (Role.PRODUCTION, Role.BATTERY),
}
"""Roles whose import is what they give to the house: people read other words there."""


@dataclass(frozen=True, slots=True)
class _Row:
    phase: str
    quantity: str
    value: float | int | str | None


def show(checked: Sequence[Checked], running: bool, language: str) -> None:
    """Print a table per device, and what to mend."""
    console = Console(width=None if Console().is_terminal else _WIDTH, highlight=False)
    for one in checked:
        console.print(_title(one, language), soft_wrap=True)
        console.print(_table(one, language))
        for reason in _told(one):
            console.print(escape(word(reason, language)), soft_wrap=True)
        for note in one.notes:
            text = word(Reason("check.note", {"text": word(note, language)}), language)
            console.print(escape(text), soft_wrap=True)
        console.print()
    if running and not all(one.good for one in checked):
        console.print(word(Reason("check.site_running"), language), soft_wrap=True)
    good = sum(one.good for one in checked)
    console.print(word(Reason("check.result", {"good": good, "all": len(checked)}), language))


def document(checked: Sequence[Checked], running: bool, language: str) -> dict[str, Any]:
    """The same for machines: units are in the names, missing is null."""
    return {
        "good": all(one.good for one in checked),
        "site_running": running,
        "devices": [_described(one, language) for one in checked],
    }


def _told(one: Checked) -> Iterator[Reason]:
    """What is not said in a line of the table."""
    if one.problem is not None:
        yield one.problem
    placed = {(row.phase, row.quantity) for row in _rows(one)}
    yield from (each.reason for each in one.advice if (each.phase or "", each.quantity) not in placed)


def _title(one: Checked, language: str) -> str:
    role = one.settings.role.value if isinstance(one.settings, DeviceSettings) else "charger"
    mark = "check.good" if one.good else "check.bad"
    params = {"name": one.name, "role": role, "where": _where(one)}
    title = f"{word(Reason('check.title', params), language)}: {word(Reason(mark), language)}"
    return f"[bold]{escape(title)}[/bold]"


def _table(one: Checked, language: str) -> Table:
    table = Table()
    for head in ("phase", "quantity", "value", "quality", "age", "advice"):
        named = word(Reason(f"check.head.{head}"), language)
        table.add_column(named, justify="right" if head in ("value", "age") else "left", overflow="fold")
    age = "" if one.age_s is None else f"{one.age_s:.1f} s"
    for row in _rows(one):
        advice = " ".join(word(each.reason, language) for each in _at(row, one.advice))
        quality = Quality.MISSING if row.value is None else one.quality
        cells = (
            row.phase,
            _named(row.quantity, language),
            _shown(row, language),
            _quality(quality, language),
            age,
            advice,
        )
        table.add_row(*map(escape, cells))
    if not table.row_count:
        table.add_row("", "", "", _quality(one.quality, language), "", "")
    return table


_WITH_UNITS = ("modbus", "sunspec", "power-box", "modbus-board", "phoenix-ev-cc", "evse-din", "cluster-member")


def _where(one: Checked) -> str:
    """The address without what nobody but its owner may read, and the unit where there are units."""
    shown = without_secrets(one.connect)
    driver = one.settings.driver if isinstance(one.settings, DeviceSettings) else one.settings.board.driver
    return f"{shown} unit {one.unit}" if driver in _WITH_UNITS else shown


def _at(row: _Row, advice: Sequence[Advice]) -> Iterator[Advice]:
    return (each for each in advice if (each.phase or "", each.quantity) == (row.phase, row.quantity))


def _rows(one: Checked) -> list[_Row]:
    if one.reading is not None:
        return list(_of_reading(one.reading, one.settings))
    return list(_of_board(one.board)) if one.board is not None else []


def _of_reading(reading: Reading, settings: DeviceSettings | ChargerSettings) -> Iterator[_Row]:
    role = settings.role if isinstance(settings, DeviceSettings) else None
    rows = [*_whole(reading, role)]
    for phase, seen in reading.phases.items():
        for quantity in _EACH:
            value = getattr(seen, quantity)
            if value is not None or quantity in _NEEDED:
                rows.append(_Row(phase, quantity, value))
    rows += _beside(reading)
    order = ("", *PLACES)
    yield from sorted(rows, key=lambda row: order.index(row.phase))


def _whole(reading: Reading, role: Role | None) -> Iterator[_Row]:
    for quantity in _WHOLE:
        value = getattr(reading, quantity)
        if value is not None or quantity == "power_w":
            yield _Row("", f"{quantity}.{role}" if role in _OWN_WORDS.get(quantity, ()) else quantity, value)
    for quantity in _HELD:
        value = None if reading.battery is None else getattr(reading.battery, quantity)
        if value is not None:
            yield _Row("", quantity, value)
    if reading.supply is not None:
        for quantity in ("demand_w", "demand_peak_w"):
            value = getattr(reading.supply, quantity)
            if value is not None:
                yield _Row("", quantity, value)
        for counter in reading.supply.utilities:
            yield _Row("", counter.kind, f"{counter.volume_m3:g} m³")


def _beside(reading: Reading) -> Iterator[_Row]:
    """What only some devices tell; a current stands at its own conductor, a demand is the meter's own."""
    for quantity, places in reading.details.items():
        named = f"{quantity.value}.meter" if quantity in (Quantity.DEMAND_W, Quantity.DEMAND_PEAK_W) else quantity.value
        for place, value in places.items():
            yield _Row("" if place == "total" else place, named, value)


def _of_board(seen: BoardSnapshot) -> Iterator[_Row]:
    yield _Row("", "pilot", seen.pilot)
    yield _Row("", "contactor", "1" if seen.contactor_closed else "0")
    for quantity, value in (
        ("power_w", seen.power_w),
        ("energy_import_j", seen.energy_j),
        ("proximity_a", seen.proximity_a),
        ("temperature_c", seen.temperature_c),
    ):
        if value is not None:
            yield _Row("", quantity, value)
    yield _Row("", "faults", ", ".join(str(f.name).lower() for f in BoardFault if f & seen.faults) or "-")
    for terminal, (volts, amperes) in enumerate(zip(seen.voltages_v, seen.currents_a, strict=True), start=1):
        for quantity, reading in (("voltage_v", volts), ("current_a", amperes)):
            if reading is not None:
                yield _Row(str(terminal), quantity, reading)


def _shown(row: _Row, language: str) -> str:
    if row.quantity == "contactor":
        return word(Reason(f"check.contactor.{row.value}"), language)
    if row.value is None or isinstance(row.value, str):
        return row.value or "-"
    ending = row.quantity.partition(".")[0].rsplit("_", 1)[-1]
    unit, digits = _UNITS[ending]
    value = row.value / _DIVISORS.get(ending, 1)
    return f"{round(value, digits) + 0.0:.{digits}f} {unit}".rstrip()


def _named(quantity: str, language: str) -> str:
    return word(Reason(f"check.quantity.{quantity}"), language)


def _quality(quality: Quality, language: str) -> str:
    return word(Reason(f"check.quality.{quality.value}"), language)


def _described(one: Checked, language: str) -> dict[str, Any]:
    reading = one.reading
    whole = {name: getattr(reading, name) for name in _WHOLE} if reading is not None else {}
    measured = {} if reading is None else reading.phases
    phases = {phase: {name: getattr(seen, name) for name in _EACH} for phase, seen in measured.items()}
    battery, supply = (None, None) if reading is None else (reading.battery, reading.supply)
    details = {} if reading is None else {each.value: dict(places) for each, places in reading.details.items()}
    board = {row.phase + row.quantity: row.value for row in _of_board(one.board)} if one.board is not None else None
    return {
        "name": one.name,
        "role": one.settings.role.value if isinstance(one.settings, DeviceSettings) else "charger",
        "connect": without_secrets(one.connect),
        "unit": one.unit,
        "good": one.good,
        "quality": one.quality.value,
        "age_s": one.age_s,
        "values": whole,
        "phases": phases,
        "details": details,
        "battery": None if battery is None else asdict(battery),
        "supply": None if supply is None else _supply(supply),
        "board": board,
        "problem": None if one.problem is None else _reason(one.problem, language),
        "advice": [
            {**_reason(each.reason, language), "phase": each.phase, "quantity": each.quantity or None}
            for each in one.advice
        ],
        "notes": [_reason(note, language) for note in one.notes],
    }


def _supply(supply: Supply) -> dict[str, Any]:
    counted = [{"kind": each.kind, "volume_m3": each.volume_m3} for each in supply.utilities]
    return {"demand_w": supply.demand_w, "demand_peak_w": supply.demand_peak_w, "utilities": counted}


def _reason(reason: Reason, language: str) -> dict[str, Any]:
    return {"key": reason.key, "params": dict(reason.params), "text": word(reason, language)}
