"""SiteState → the JSON of the snapshot and of the changes after it.

Plain dicts, because this runs once a second for every channel; their shape is that of ``views.snapshot`` and the
tests hold them against it. Values are rounded to what a meter can know, so that noise in the last bits is neither
sent nor taken for a change.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from ohmstead.core.model.chargers import ChargerError, ChargerOptions, ChargerReading, VehicleMeter
from ohmstead.core.model.faults import ERRORS
from ohmstead.core.model.grants import Explanation, Grant, Notice
from ohmstead.core.model.quantities import JOULES_PER_KWH, MINIMUM_CURRENT_A, Phase
from ohmstead.core.model.readings import Battery, PhaseReading, Supply
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.series import utilities
from ohmstead.core.model.settings import ChargerSettings, Settings
from ohmstead.core.model.snapshot import Channel, SiteState, Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.web.circuits import circuits

Json = dict[str, Any]

_AS_JSON = TypeAdapter(Json)


def utc_text(at: datetime) -> str:
    """``2026-06-21T10:15:03Z``, with milliseconds when there are any."""
    at = at.astimezone(UTC).replace(tzinfo=None)
    return at.isoformat(timespec="milliseconds" if at.microsecond >= 1000 else "seconds") + "Z"


def picture(state: SiteState, settings: Settings) -> Json:
    """The whole snapshot; ``picture(...)["channels"]`` and the like are what changes are told by."""
    snapshot = state.snapshot
    flows = snapshot.flows
    return {
        "at": utc_text(snapshot.at.utc),
        "site": settings.site.id,
        "flows": {
            "grid_w": _round(flows.grid_w, 1),
            "production_w": _round(flows.production_w, 1),
            "battery_w": _round(flows.battery_w, 1),
            "consumption_w": _round(flows.consumption_w, 1),
            "unmeasured_w": _round(flows.unmeasured_w, 1),
            "measured_w": _round(flows.measured_w, 1),
        },
        "channels": {id: _channel(id, channel, settings) for id, channel in snapshot.channels.items()},
        "chargers": {
            id: _charger(id, reading, set_up, state, settings)
            for id, reading in snapshot.chargers.items()
            if (set_up := settings.chargers.get(id)) is not None
        },
        "circuits": circuits(state, settings),
        "attention": [_notice(notice) for notice in state.attention],
    }


def changed(before: Json, after: Json) -> Json:
    """What a caller who knows ``before`` must be told to know ``after``; an age alone is no change.

    A channel or charger that came or went makes the whole picture the answer (it carries ``site``).
    """
    if before["channels"].keys() != after["channels"].keys() or before["chargers"].keys() != after["chargers"].keys():
        return after
    told: Json = {"at": after["at"]}
    for part in ("flows", "attention"):
        if before[part] != after[part]:
            told[part] = after[part]
    channels = {id: new for id, new in after["channels"].items() if not _same(before["channels"][id], new)}
    chargers = {id: new for id, new in after["chargers"].items() if before["chargers"][id] != new}
    if channels:
        told["channels"] = channels
    if chargers:
        told["chargers"] = chargers
    branches = {id: new for id, new in after["circuits"].items() if before["circuits"].get(id) != new}
    if branches:
        told["circuits"] = branches
    return told


def as_bytes(part: Json) -> bytes:
    """JSON. A value that is not finite becomes null."""
    return _AS_JSON.dump_json(part)


def _same(before: Json, after: Json) -> bool:
    return before == {**after, "age_s": before["age_s"]}


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _channel(id: str, channel: Channel, settings: Settings) -> Json:
    device = settings.devices.get(id)
    return {
        "name": (device.name if device else None) or id,
        "role": channel.role,
        "quality": channel.quality,
        "age_s": _round(channel.age_s, 1),
        "power_w": _round(channel.power_w, 1),
        "reactive_power_var": _round(channel.reactive_power_var, 1),
        "power_factor": _round(channel.power_factor, 3),
        "frequency_hz": _round(channel.frequency_hz, 3),
        "energy_import_j": channel.energy_import_j,
        "energy_export_j": channel.energy_export_j,
        "phases": _phases(channel.phases),
        "supply": None if channel.supply is None else _supply(id, channel.supply),
        "details": channel.details,
        "battery": None if channel.battery is None else _battery(channel.battery),
        "problem": _reason(channel.problem),
        "notes": [_reason(note) for note in channel.notes],
    }


def _battery(battery: Battery) -> Json:
    return {
        "charge_percent": _round(battery.charge_percent, 1),
        "health_percent": _round(battery.health_percent, 1),
        "capacity_j": battery.capacity_j,
        "available_j": battery.available_j,
    }


def _supply(id: str, supply: Supply) -> Json:
    return {
        "demand_w": _round(supply.demand_w, 1),
        "demand_peak_w": _round(supply.demand_peak_w, 1),
        "utilities": [
            {"kind": one.kind, "volume_m3": one.volume_m3, "series": series} for series, one in utilities(id, supply)
        ],
    }


def _phases(phases: Mapping[Phase, PhaseReading]) -> Json:
    return {
        phase: {
            "voltage_v": _round(values.voltage_v, 2),
            "current_a": _round(values.current_a, 3),
            "power_w": _round(values.power_w, 1),
            "reactive_power_var": _round(values.reactive_power_var, 1),
            "power_factor": _round(values.power_factor, 3),
        }
        for phase, values in phases.items()
    }


def _meter(meter: VehicleMeter, snapshot: Snapshot, settings: Settings) -> Json:
    channel, device = snapshot.channels.get(meter.device), settings.devices.get(meter.device)
    return {
        "device": meter.device,
        "name": (device.name if device else None) or meter.device,
        "state": meter.state,
        "power_w": _round(meter.power_w, 1),
        "energy_j": None if channel is None else channel.energy_import_j,
        "phases": _phases(meter.phases),
    }


def _charger(id: str, reading: ChargerReading, set_up: ChargerSettings, state: SiteState, settings: Settings) -> Json:
    options = state.options.get(id) or ChargerOptions(enabled=set_up.enabled, mode=set_up.mode)
    session = reading.session
    return {
        "name": set_up.name or id,
        "quality": reading.quality,
        "state": reading.state,
        "iec_state": reading.iec_state,
        "connected": reading.connected,
        "contactor_closed": reading.contactor_closed,
        "power_w": _round(reading.power_w, 1),
        "energy_j": reading.energy_j,
        "meter": None if reading.meter is None else _meter(reading.meter, state.snapshot, settings),
        "session": None
        if session is None
        else {
            "id": session.id,
            "connected_at": utc_text(session.connected_at.utc),
            "energy_j": session.energy_j,
            "green_energy_j": session.green_j,
            "duration_s": int(session.charging_s),
        },
        "authorization": {
            "mode": options.authorization,
            "verdict": reading.authorization.verdict,
            "type": reading.authorization.type,
            "signal": reading.authorization.signal,
        },
        "grant": _grant(state.grants.get(id)),
        "enabled": options.enabled,
        "mode": options.mode,
        "green": {"operation": options.green.operation, "minimum_percent": options.green.minimum_percent},
        "explanation": _explanation(state.explanations.get(id), state.snapshot.at),
        "paused": options.paused,
        "user_limit_a": options.user_limit_a,
        "session_limit_a": options.session_limit_a,
        "departure": _departure(options, state.explanations.get(id)),
        "priority": set_up.priority if options.priority is None else options.priority,
        "installation_limit_a": set_up.max_current_a,
        "minimum_current_a": MINIMUM_CURRENT_A,
        "hardware_max_a": reading.hardware_max_a,
        "cable_max_a": reading.cable_max_a,
        "offered_a": _round(reading.offered_a, 2),
        "phases": _phases((reading.meter.phases if reading.meter else None) or reading.phases),
        "phases_used": reading.phases_used,
        "phase_switching": _phase_switching(reading, set_up, options),
        "problem": _reason(reading.problem),
        "suspended": reading.suspended,
        "errors": [_error(one) for one in reading.errors],
        "error_counts": reading.error_counts,
    }


def _phase_switching(reading: ChargerReading, set_up: ChargerSettings, options: ChargerOptions) -> Json | None:
    seen = reading.switching
    if seen is None:
        return None
    goes_on = None if seen.to is None or seen.pause_left_s is None else reading.at.plus(seen.pause_left_s)
    return {
        "setting": options.phase_switching,
        "connected": seen.connected,
        "switching_to": seen.to,
        "goes_on_at": None if goes_on is None else _second(goes_on.utc),
        "switched": seen.switched,
        "most": set_up.phase_switchings,
        "keep": options.keep_phases,
        "refused": seen.refused,
    }


def _error(error: ChargerError) -> Json:
    row = ERRORS[error.code]
    return {
        "code": error.code,
        "since": utc_text(error.since.utc),
        "detail": _reason(error.detail),
        "gone": error.gone,
        "latched": error.latched,
        "unplug": row.vehicle_removed,
        "attempt": row.clearing == "attempt" or error.latched,
        "blinks": row.blinks,
        "ocpp": row.ocpp,
    }


def _grant(grant: Grant | None) -> Json | None:
    if grant is None:
        return None
    return {
        "current_a": _round(grant.current_a, 2),
        "phases": grant.phases,
        "limited_by": grant.limited_by,
        "reason": _reason(grant.reason),
        "expires_at": utc_text(grant.expires.utc),
    }


def _explanation(why: Explanation | None, at: Instant) -> Json | None:
    if why is None:
        return None
    return {
        "mode": why.mode,
        "program": why.program,
        "wish_a": _round(why.wish_a, 1),
        "limits": [
            {"name": one.name, "current_a": _round(one.current_a, 1), "reason": _reason(one.reason)}
            for one in why.limits
        ],
        "winner": why.winner.name,
        "timers": [{"name": one.name, "ends_at": _second(at.plus(one.left_s).utc)} for one in why.timers],
    }


def _departure(options: ChargerOptions, why: Explanation | None) -> Json | None:
    """The target of departure, and how it is to be met; ``state`` is null before the first plan."""
    if options.departure is None:
        return None
    target, plan = options.departure.target, None if why is None else why.plan
    shown: Json = {
        "by": utc_text(target.by),
        "wanted_kwh": round(target.wanted_kwh, 2),
        "state": None,
        "basis": "nothing",
        "left_kwh": None,
        "late": False,
        "cost": None,
        "stretches": [],
    }
    if plan is None:
        return shown
    stretches = [{"start": utc_text(_minute(one.start)), "end": utc_text(_minute(one.end))} for one in plan.stretches]
    told = {"state": plan.state, "basis": plan.basis, "late": plan.late, "stretches": stretches}
    return shown | told | {"left_kwh": _round(plan.left_j / JOULES_PER_KWH, 1), "cost": _round(plan.cost, 2)}


def _minute(at: datetime) -> datetime:
    """So that a plan that goes on as it did is told in the same words."""
    return at.replace(second=0, microsecond=0)


def _second(at: datetime) -> str:
    """To the second, so that a wait that goes on as it did is told in the same words."""
    return utc_text((at + timedelta(seconds=0.5)).replace(microsecond=0))


def _reason(reason: Reason | None) -> Json | None:
    return None if reason is None else {"key": reason.key, "params": dict(reason.params)}


def _notice(notice: Notice) -> Json:
    return {
        "code": notice.code,
        "owner": notice.owner,
        "severity": notice.severity,
        "reason": _reason(notice.reason),
    }
