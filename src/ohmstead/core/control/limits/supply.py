"""The limits that the supply sets: main fuse per phase, contract power, a meter that is silent (G-018 to G-021)."""

from collections.abc import Mapping

from ohmstead.core.control.grid import GridView, link_code
from ohmstead.core.control.inputs import ControlSettings, settled
from ohmstead.core.control.limits import circuit
from ohmstead.core.model.faults import ERRORS
from ohmstead.core.model.grants import Limit, Notice
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Phase
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import Settings

CONTRACT = "contract_power"
FUSE = "main_fuse"


def fuse(phase: Phase) -> str:
    """The name of the main fuse's limit on ``phase``."""
    return f"{FUSE}.{phase}"


def binding(name: str, available_a: float, settings: Settings, needed_w: float | None) -> Limit:
    """The limit ``name`` of the supply, which leaves ``available_a`` to one charger.

    ``needed_w`` is the least power that its car charges with, told where less than 6 A are left (G-013).
    """
    current = settled(available_a)
    kind, params = circuit.params(name, settings.circuits)
    params["available_a"] = max(0.0, current or available_a)
    limit_w = {CONTRACT: settings.site.contract_power_w, circuit.DEMAND: settings.site.demand_limit_w}.get(kind)
    if limit_w is not None:
        params["limit_w"] = limit_w
    if available_a >= MINIMUM_CURRENT_A:
        return Limit(name, current, Reason(f"limit.{kind}", params))
    return Limit(name, current, too_little(f"limit.{kind}_too_little", params, needed_w))


def too_little(key: str, params: dict[str, Param], needed_w: float | None) -> Reason:
    """Why a car waits, with the power it needs where that is known."""
    return Reason(key, params) if needed_w is None else Reason(f"{key}.power", params | {"needed_w": needed_w})


def overdue(name: str, current_a: float, since_s: float, settings: Settings) -> Limit:
    """The supply stays above limit ``name`` although the charger was lowered (G-018)."""
    kind, params = circuit.params(name, settings.circuits)
    params["since_s"] = since_s
    return Limit(name, current_a, Reason(f"limit.excess_lasts.{kind}", params))


def meter_lost(fallback_a: float, grid: GridView) -> Limit:
    """The agreed current while nobody knows what the house draws (G-021)."""
    current = settled(fallback_a)
    case = {"device": "none", "answer": "silent", "": "silent"}.get(grid.missing, "incomplete")
    if current <= 0:
        return Limit("grid_meter_lost", current, Reason(f"limit.grid_meter_lost_stop.{case}"))
    return Limit("grid_meter_lost", current, Reason(f"limit.grid_meter_lost.{case}", {"limit_a": current}))


def meter_stale(held_a: float, grid: GridView) -> Limit:
    """The meter is late: nothing is raised until it is heard again."""
    return Limit("grid_meter_stale", held_a, Reason("limit.grid_meter_stale", {"silent_s": grid.silent_s}))


def notices(grid: GridView, settings: ControlSettings, house_over: Mapping[str, float]) -> tuple[Notice, ...]:
    """What a person should know; ``house_over`` has by how much the house alone exceeds each limit."""
    device = settings.grid_device
    rows: list[Notice] = []
    if not settings.settings.site.load_management and settings.settings.chargers:
        rows.append(Notice("load_management_off", "site", Reason("control.load_management_off")))
    if grid.state == "lost" and device is None:
        rows.append(Notice("no_grid_meter", "site", Reason("control.no_grid_meter")))
    elif grid.memory.reported and device is not None:
        rows.append(_unheard(grid, device, settings))
    elif grid.state == "lost" and grid.starting and device is not None:
        reason = Reason("meter.starting", {"device": settings.settings.devices[device].name or device})
        rows.append(Notice("meter.starting", device, reason, "info"))
    for name, over in house_over.items():
        kind, params = circuit.params(name, settings.settings.circuits)
        params |= {"over_w": over} if kind in (CONTRACT, circuit.DEMAND, "circuit_power") else {"over_a": over}
        params |= _limit_of(name, settings.settings)
        rows.append(Notice(f"house_over.{name}", "site", Reason(f"control.house_over_{kind}", params)))
    return tuple(rows)


def _limit_of(name: str, settings: Settings) -> dict[str, Param]:
    kind, site = name.partition(".")[0], settings.site
    one = settings.circuits.get(circuit.of_circuit(name) or "")
    amperes = {
        FUSE: site.phase_limit_a,
        circuit.UNBALANCE: site.unbalance_limit_a,
        circuit.CIRCUIT: one and one.limit_a,
    }
    watts = {CONTRACT: site.contract_power_w, circuit.DEMAND: site.demand_limit_w, circuit.CIRCUIT: one and one.limit_w}
    if kind in amperes and not name.endswith(".power"):
        return {"limit_a": amperes[kind] or 0.0}
    return {"limit_w": watts.get(kind) or 0.0}


def _unheard(grid: GridView, device: str, settings: ControlSettings) -> Notice:
    """What the meter lacks, and whether charging goes on at what was agreed for this case or has stopped."""
    params: dict[str, Param] = {"device": settings.settings.devices[device].name or device}
    if grid.missing_phase is not None:
        params["phase"] = grid.missing_phase
    agreed = any(settled(charger.fallback_current_a) > 0 for charger in settings.settings.chargers.values())
    missing: str = grid.missing or "answer"
    if link_code(settings) == "D2" and missing == "answer":
        return Notice("D2", device, Reason(f"control.radio_lost{'' if agreed else '_stop'}", params), "fault")
    if missing == "answer" and grid.silent_s < ERRORS["D9"].advice_s:
        missing = "answer_yet"
    key = f"control.grid_meter_lost{'' if agreed else '_stop'}.{missing}"
    return Notice("D9", device, Reason(key, params), "fault")
