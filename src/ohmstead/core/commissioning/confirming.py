"""Points of sampling front ends as a person confirmed them: other phases, directions and ratings, in new settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.points import PointSettings
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings, Settings


@dataclass(frozen=True, slots=True)
class ConfirmedPoint:
    """One point (column from 1) of ``device``: where it sits, which way round; ``rating`` multiplies what it shows."""

    device: str
    column: int
    phase: Phase
    reversed: bool
    rating: float = 1.0


def confirmed(settings: Settings, points: Sequence[ConfirmedPoint]) -> Settings:
    """``settings`` in which ``points`` are as confirmed. Raises CommandRefused for what cannot be."""
    wanted = {(point.device, point.column): point for point in points}
    devices = dict(settings.devices)
    for name in dict.fromkeys(point.device for point in points):
        devices[name] = _rewired(name, devices.get(name), wanted)
    dumped = {name: device.model_dump() for name, device in devices.items()}
    try:
        return Settings.model_validate({**settings.model_dump(), "devices": dumped})
    except ValidationError as error:
        detail = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise CommandRefused(Reason("wiring.cannot", {"detail": detail})) from error


def _rewired(
    name: str, device: DeviceSettings | None, wanted: Mapping[tuple[str, int], ConfirmedPoint]
) -> DeviceSettings:
    known = {point.column for point in device.points or ()} if device is not None else set()
    for of, column in wanted:
        if of == name and column not in known:
            raise CommandRefused(Reason("wiring.no_such_point", {"device": name, "point": column}))
    assert device is not None
    phases = device.phases or PHASES
    after = [
        _point(point, wanted.get((name, point.column)), phases[place] if place < len(phases) else PHASES[place % 3])
        for place, point in enumerate(device.points or ())
    ]
    return device.model_copy(update={"points": tuple(after), "phases": None})


def _point(point: PointSettings, wanted: ConfirmedPoint | None, usual: Phase) -> PointSettings:
    """Each point has its phase written out, since others of its device may have moved."""
    if wanted is None:
        return point.model_copy(update={"phase": point.phase or usual})
    rating_a = None if point.rating_a is None else point.rating_a * wanted.rating
    change = {"phase": wanted.phase, "reversed": wanted.reversed, "gain": point.gain * wanted.rating}
    return point.model_copy(update={**change, "rating_a": rating_a})
