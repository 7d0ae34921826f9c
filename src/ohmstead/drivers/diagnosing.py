"""Why a device on Modbus does not give what its settings promise: another unit number, or another model.

Only asks, one request at a time, on the line that was tried anyway.
"""

import os
from errno import EACCES, EAGAIN, EBUSY, EPERM

from ohmstead.core.model.errors import ConfigurationError, DeviceError, DeviceGarbled, DeviceRefused
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.drivers.scanning.targets import UNITS_USUAL
from ohmstead.drivers.scanning.units import HOLDING, Unit, other_model, recognise
from ohmstead.protocols.meters.catalogue import load
from ohmstead.transport.address import parse
from ohmstead.transport.modbus_client import Buses, ModbusBus
from ohmstead.transport.modbus_scan import ANSWER_S

_NOBODY = ("modbus.exception.10", "modbus.exception.11")
_SPEAKING = (*_NOBODY, "device.unreachable", "modbus.silent", "modbus.other_unit")
"""How a line says that somebody else may be there."""
_TAKEN = frozenset(os.strerror(number) for number in (EAGAIN, EBUSY))
_FORBIDDEN = frozenset(os.strerror(number) for number in (EACCES, EPERM))


async def explain(connect: str, unit: int, error: DeviceError, buses: Buses, *, modbus: bool) -> tuple[Reason, ...]:
    """What else can be said about a device that gave nothing; only a ``modbus`` line is asked any more."""
    detail = str(error.reason.params.get("detail", ""))
    if connect.startswith("serial:") and detail in _TAKEN:
        return (Reason("check.port_taken", {"where": connect}),)
    if connect.startswith("serial:") and detail in _FORBIDDEN:
        return (Reason("check.port_forbidden", {"where": connect}),)
    if not modbus or error.reason.key not in _SPEAKING:
        return ()
    line = buses.open(parse(connect))
    try:
        others = await _others(line.bus, unit)
    finally:
        await line.close()
    if not others:
        return ()
    return (Reason("check.other_units", {"unit": unit, "others": ", ".join(map(str, others))}),)


async def _others(bus: ModbusBus, unit: int) -> list[int]:
    """Who else is on the line; a refusal is a sign of life, unless a gateway says that nobody is there."""
    there: list[int] = []
    for number in (usual for usual in UNITS_USUAL if usual != unit):
        try:
            await bus.read(number, HOLDING, 0, 1, deadline_s=ANSWER_S)
        except DeviceRefused as error:
            there += [] if error.reason.key in _NOBODY else [number]
        except DeviceGarbled:
            break
        except DeviceError:
            continue
        else:
            there.append(number)
    return there


async def compare(settings: DeviceSettings, buses: Buses, *, doubtful: bool) -> tuple[Reason, ...]:
    """Whether the unit says it is another model than its settings name.

    ``doubtful`` readings make it worth looking at what else would fit. Raises nothing: silence is no answer.
    """
    try:
        claimed = load(settings.meter or "")
    except ConfigurationError:
        return ()
    line = buses.open(parse(settings.connect))
    try:
        other = await other_model(Unit(line.bus, settings.unit), claimed)
    finally:
        await line.close()
    if other is not None:
        params = {"claimed": claimed.name, "came": other.name, "meter": other.key}
        return (Reason("check.other_meter", params),)
    return await stranger(settings.connect, settings.unit, claimed.key, buses) if doubtful else ()


async def stranger(connect: str, unit: int, claimed: str, buses: Buses) -> tuple[Reason, ...]:
    """What the unit is recognised as, where that is not ``claimed``: a driver, or a table of the driver ``modbus``."""
    line = buses.open(parse(connect))
    try:
        finding = await recognise(Unit(line.bus, unit))
    finally:
        await line.close()
    if finding is None or claimed in (finding.driver, *finding.meters):
        return ()
    instead = ", ".join(f'driver = "modbus", meter = "{key}"' for key in finding.meters)
    params = {"claimed": claimed, "came": finding.model, "instead": instead or f'driver = "{finding.driver}"'}
    return (Reason("check.fits_other", params),)
