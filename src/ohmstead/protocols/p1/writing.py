"""A supply meter's telegram, for simulators: electrical values in, bytes with their CRC out.

The objects and their notation are those of the Belgian profile of DSMR 5 (eMUCS-P1 1.7.1), which has them all: power
and voltage per phase, currents to the centiampere, quarter-hour demand with the month's peak, gas (M-Bus type 3) and
water (type 7).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ohmstead.core.model.quantities import JOULES_PER_WH, PHASES, Phase
from ohmstead.core.model.readings import UtilityCounter
from ohmstead.protocols.p1.framing import crc16
from ohmstead.protocols.p1.values import P1Values

_ROWS: dict[Phase, int] = dict(zip(PHASES, (20, 40, 60), strict=True))
_MBUS = {"gas": (3, "24.2.3"), "water": (7, "24.2.1")}
_IDENTITY = "/OHM5\\sim"
_VERSION = "50217"


@dataclass(frozen=True, slots=True)
class Written:
    """What a telegram shows. ``at`` is the meter's wall time, ``summer`` whether that is summer time."""

    at: datetime
    summer: bool
    serial: str
    seen: P1Values
    peak_at: datetime | None = None


def telegram(written: Written) -> bytes:
    """One telegram. What is ``None`` is left out; the total must be known."""
    body = "\r\n".join((_IDENTITY, "", *_lines(written), "!")).encode("ascii")
    return body + f"{crc16(body):04X}\r\n".encode("ascii")


def _lines(written: Written) -> Iterator[str]:
    seen, stamp = written.seen, _stamp(written.at, written.summer)
    yield f"0-0:96.1.4({_VERSION})"
    yield f"0-0:96.1.1({written.serial.encode('ascii').hex().upper()})"
    yield f"0-0:1.0.0({stamp})"
    for code, energy_j in (("1", seen.energy_import_j), ("2", seen.energy_export_j)):
        if energy_j is not None:
            yield f"1-0:{code}.8.1({energy_j // JOULES_PER_WH / 1000:010.3f}*kWh)"
            yield f"1-0:{code}.8.2(000000.000*kWh)"
    if seen.supply.demand_w is not None:
        yield f"1-0:1.4.0({_kw(seen.supply.demand_w)})"
    if seen.supply.demand_peak_w is not None and written.peak_at is not None:
        yield f"1-0:1.6.0({_stamp(written.peak_at, written.summer)})({_kw(seen.supply.demand_peak_w)})"
    yield "0-0:96.14.0(0001)"
    yield from _both("1.7.0", "2.7.0", seen.power_w)
    for phase, values in seen.phases.items():
        yield from _both(f"{1 + _ROWS[phase]}.7.0", f"{2 + _ROWS[phase]}.7.0", values.power_w)
    for phase, values in seen.phases.items():
        if values.voltage_v is not None:
            yield f"1-0:{12 + _ROWS[phase]}.7.0({values.voltage_v:05.1f}*V)"
    for phase, values in seen.phases.items():
        if values.current_a is not None:
            yield f"1-0:{11 + _ROWS[phase]}.7.0({abs(values.current_a):06.2f}*A)"
    yield "0-0:96.13.0()"
    yield from _utilities(seen.supply.utilities, stamp)


def _utilities(utilities: Sequence[UtilityCounter], stamp: str) -> Iterator[str]:
    for channel, utility in enumerate(utilities, start=1):
        kind, code = _MBUS[utility.kind]
        yield f"0-{channel}:24.1.0({kind:03d})"
        yield f"0-{channel}:{code}({stamp})({utility.volume_m3:09.3f}*m3)"


def _both(taken: str, given: str, power_w: float | None) -> Iterator[str]:
    if power_w is not None:
        yield f"1-0:{taken}({_kw(max(power_w, 0.0))})"
        yield f"1-0:{given}({_kw(max(-power_w, 0.0))})"


def _kw(power_w: float) -> str:
    return f"{power_w / 1000:06.3f}*kW"


def _stamp(at: datetime, summer: bool) -> str:
    return f"{at:%y%m%d%H%M%S}{'S' if summer else 'W'}"
