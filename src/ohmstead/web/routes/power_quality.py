"""``/api/v1/power-quality/{device}``: waveforms, harmonics, disturbances; and a proposal for the wiring (G-097)."""

import cmath
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from ohmstead.core.commissioning.confirming import ConfirmedPoint
from ohmstead.core.metrology.long_flicker import INTERVAL_S, INTERVALS, long_term
from ohmstead.core.model.points import wired
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import (
    CLOCK_SET_S,
    NOMINAL_V,
    VOLTAGE_BAND,
    FlickerSeverity,
    PointValues,
    PowerQuality,
    ProposedPoint,
    Spectrum,
    VoltageEvent,
)
from ohmstead.web.access import TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.base import ReasonView
from ohmstead.web.views.power_quality import (
    ConfirmedWiringView,
    ConfirmWiringBody,
    DisturbanceView,
    FlickerView,
    PointView,
    PowerQualityView,
    ProposalView,
    ProposedPointView,
    SignalView,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

DevicePath = Annotated[str, Path(max_length=80, description="The key in site.toml", examples=["oven"])]

MainsKnown = Annotated[bool, Query(description="Phases and directions of the grid's own points are confirmed")]

Heaters = Annotated[
    Sequence[str],
    Query(max_length=28, description="Circuits where a kettle or the like was switched", examples=[["oven"]]),
]

_FLOWS_A, _STANDS_V = 0.05, 1.0


@router.get(
    "/api/v1/power-quality/{device}",
    dependencies=[needs("viewer")],
    responses=told(401, 403, 404, 409, 422),
)
async def get_power_quality(house: TheHouse, device: DevicePath) -> PowerQualityView:
    """Harmonics, phasors, waveforms and disturbances of this moment, of a device whose waveforms are sampled."""
    _known(house, device)
    return _view(await house.power_quality.of(device))


@router.get(
    "/api/v1/power-quality/{device}/proposal",
    dependencies=[needs("installer")],
    responses=told(401, 403, 404, 409, 422),
)
async def get_wiring_proposal(
    house: TheHouse, device: DevicePath, mains_known: MainsKnown = False, heater: Heaters = ()
) -> ProposalView:
    """Phases and directions of all circuits on the same front end, from what their loads did. Nothing is changed."""
    _known(house, device)
    found = await house.power_quality.proposal(device, mains_known, tuple(heater))
    return ProposalView(
        seconds=round(found.seconds, 1),
        night_seconds=round(found.night_s, 1),
        coverage={phase: round(part, 3) for phase, part in found.coverage.items()},
        residual_a={phase: round(amperes, 3) for phase, amperes in found.residual_a.items()},
        mains=tuple(_proposed(house, each) for each in found.mains),
        points=tuple(_proposed(house, each) for each in found.points),
    )


@router.post(
    "/api/v1/power-quality/{device}/proposal",
    dependencies=[needs("installer")],
    responses=told(400, 401, 403, 404, 409, 411, 413, 415, 422),
)
async def confirm_wiring(
    house: TheHouse, caller: TheCaller, device: DevicePath, body: Annotated[ConfirmWiringBody, Body()]
) -> ConfirmedWiringView:
    """Measure these points so from now on. It is kept with its author; a validation by multimeter is void then."""
    _known(house, device)
    points = [ConfirmedPoint(each.device, each.point, each.phase, each.reversed, each.rating) for each in body.points]
    await house.power_quality.confirm(points, caller.name, caller.role)
    return ConfirmedWiringView(devices=tuple(dict.fromkeys(each.device for each in points)))


def _proposed(house: House, seen: ProposedPoint) -> ProposedPointView:
    settings = house.settings.devices[seen.circuit]
    now = {each.column: each for each in wired(settings.points or (), settings.phases, None)}.get(seen.column)
    return ProposedPointView(
        device=seen.circuit,
        point=seen.column + 1,
        phase=seen.phase,
        reversed=seen.reversed,
        rating=seen.rating,
        sure=seen.sure,
        reason=ReasonView(key=seen.reason.key, params=seen.reason.params),
        configured_phase=None if now is None else now.code,
        configured_reversed=now is not None and now.reversed,
    )


def _known(house: House, device: str) -> None:
    if device not in house.settings.devices:
        raise Refused(404, Reason("web.no_such_device", {"device": device}))


def _view(seen: PowerQuality) -> PowerQualityView:
    second, nominal_v = seen.second, NOMINAL_V[seen.grid_type]
    low, high = VOLTAGE_BAND
    return PowerQualityView(
        device=seen.device,
        at=seen.at.astimezone(UTC),
        frequency_hz=_rounded(second.frequency_hz, 3),
        nominal_hz=seen.look.nominal_hz,
        nominal_v=round(nominal_v, 1),
        band_v=(round(low * nominal_v, 1), round(high * nominal_v, 1)),
        line_voltages_v=tuple(_rounded(volts, 2) for volts in second.line_voltages_v),
        unbalance_percent=_percent(second.unbalance_negative),
        zero_sequence_percent=_percent(second.unbalance_zero),
        clockwise=second.clockwise,
        step_s=seen.look.step_s,
        voltages=tuple(_signal(each, _STANDS_V) for each in seen.look.voltages),
        currents=tuple(_signal(each, _FLOWS_A) for each in seen.look.currents),
        points=tuple(_point(each) for each in seen.values.points),
        supply=seen.supply,
        disturbances=(
            *(_disturbance(each, nominal_v, over=False, now=seen.at) for each in second.running),
            *(_disturbance(each, nominal_v, over=True, now=seen.at) for each in seen.disturbances),
        ),
        flicker=_flicker(seen.flicker),
    )


def _signal(seen: Spectrum, least: float) -> SignalView:
    phasor = complex(*seen.phasor)
    there = abs(phasor) >= least
    beyond = math.sqrt(sum(each**2 for each in seen.harmonics[2:]))
    return SignalView(
        name=seen.name,
        phase=seen.phase,
        unit=seen.unit,
        rms=round(seen.rms, 3),
        thd_percent=round(100 * beyond / seen.harmonics[1], 2) if there else None,
        harmonics=tuple(round(each, 4) for each in seen.harmonics),
        angle_deg=round(math.degrees(cmath.phase(phasor)), 2) if there else None,
        fundamental=round(abs(phasor), 3),
        waveform=tuple(round(each, 3) for each in seen.waveform),
    )


def _point(seen: PointValues) -> PointView:
    return PointView(
        point=seen.column + 1,
        phase=seen.code,
        voltage_v=round(seen.voltage_v, 2),
        current_a=round(seen.current_a, 3),
        power_w=round(seen.power_w, 2),
        reactive_power_var=round(seen.reactive_power_var, 2),
        apparent_power_va=round(seen.apparent_power_va, 2),
        non_active_power_va=round(seen.non_active_power_va, 2),
        power_factor=_rounded(seen.power_factor, 4),
        displacement_factor=_rounded(seen.displacement_factor, 4),
        thd_current_percent=_percent(seen.thd_current),
        clipped=seen.clipped,
        too_large=seen.too_large,
        direct=seen.direct,
        open=seen.open,
    )


def _disturbance(seen: VoltageEvent, nominal_v: float, *, over: bool, now: datetime) -> DisturbanceView:
    dated = seen.began_s > CLOCK_SET_S
    began = datetime.fromtimestamp(seen.began_s, UTC) if dated else now - timedelta(seconds=seen.duration_s)
    return DisturbanceView(
        kind=seen.kind,
        phases=tuple(PHASES[terminal] for terminal in seen.terminals),
        began=began,
        duration_s=round(seen.duration_s, 3),
        extreme_v=round(seen.extreme_v, 2),
        extreme_percent=round(100 * seen.extreme_v / nominal_v, 1),
        over=over,
        whole=seen.whole or not over,
    )


def _flicker(severities: Sequence[FlickerSeverity]) -> FlickerView | None:
    """Of the latest, with the highest of all and the long-term one, where two hours are without a gap."""
    if not severities:
        return None
    told = [(None,) * len(each.pst) if each.flagged else each.pst for each in severities]
    rows: list[tuple[float | None, ...]] = list(zip(*told, strict=True))
    whole = all(
        abs(one.ended_s - other.ended_s - INTERVAL_S) < INTERVAL_S / 2
        for one, other in pairwise(severities[:INTERVALS])
    )
    return FlickerView(
        ended=datetime.fromtimestamp(severities[0].ended_s, UTC),
        flagged=severities[0].flagged,
        pst=tuple(_rounded(each, 2) for each in severities[0].pst),
        highest_pst=tuple(_rounded(max((each for each in row if each is not None), default=None), 2) for row in rows),
        plt=tuple(_rounded(long_term(row[:INTERVALS]) if whole else None, 2) for row in rows),
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
