"""A charger of another site that is led from here: a slave of the cluster behind the published register map (G-067).

What comes out is what the slave says, in its own words; the site makes a charger of it (``site.cluster.member``). A
request that fails is tried again with the next poll, never by itself: a poll is worth something only when it is new.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ohmstead.core.model.chargers import ChargerState, SuspensionReason
from ohmstead.core.model.cluster import Asking, Orders, Poll, Report, Standing
from ohmstead.core.model.errors import DeviceGarbled
from ohmstead.core.model.quantities import PHASES, Phase
from ohmstead.core.model.readings import PhaseReading
from ohmstead.core.model.reasons import Reason
from ohmstead.protocols import cluster_map
from ohmstead.protocols.charger_map import STATES, SUSPENSIONS
from ohmstead.protocols.registers import text
from ohmstead.transport.modbus_client import Line
from ohmstead.transport.turns import Priority

DEADLINE_S = 0.8
"""Per request: three of them fit well between two polls."""
_INPUT = 4
_NAMEPLATE, _STATE = (0, 4), (100, 54)
_ABSENT, _ABSENT_S32, _ABSENT_U32, _ABSENT_U64 = 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF
_OLDEST_MAP = 2


@dataclass(frozen=True, slots=True)
class MemberState:
    """How the charger is, its currents by its own terminals; the names are those of a charger's reading."""

    state: ChargerState
    suspended: SuspensionReason | None
    iec_state: str
    contactor_closed: bool
    offered_a: float | None
    hardware_max_a: float | None
    cable_max_a: float | None
    phases: tuple[PhaseReading, ...]
    power_w: float | None
    energy_j: int | None
    session_j: int | None
    charging_s: float
    plugged_s: float | None


@dataclass(frozen=True, slots=True)
class MemberWords:
    """All that came with one exchange."""

    report: Report
    asking: Asking
    standing: Standing
    charger: MemberState


class ClusterMember:
    """One slave. All calls raise DeviceError."""

    def __init__(self, unit: int, line: Line) -> None:
        """``line`` was opened for this slave and is given back by :meth:`close`."""
        self._unit, self._line = unit, line
        self._hardware_a: float | None = None

    async def poll(self, poll: Poll, orders: Orders) -> None:
        """Tell it what it may take, and the rest."""
        words = cluster_map.encode_poll(poll, orders)
        start = cluster_map.POLL_START
        await self._line.bus.write(self._unit, start, words, deadline_s=DEADLINE_S, priority=Priority.SECOND)

    async def read(self) -> MemberWords:
        """What it says now; the report comes first, and all else is of about the same moment."""
        said = await self._read(cluster_map.REPORT_START, cluster_map.REPORT_COUNT)
        if self._hardware_a is None:
            plate = await self._read(*_NAMEPLATE)
            if plate[0] < _OLDEST_MAP:
                raise self._garbled("cluster.old_map", came=plate[0], least=_OLDEST_MAP)
            self._hardware_a = _ampere(plate[2])
        words = await self._read(*_STATE)
        try:
            report, asking, standing = cluster_map.decode_report(said)
            return MemberWords(report, asking, standing, _charger(words, self._hardware_a))
        except (ValueError, IndexError) as error:
            raise self._garbled("cluster.not_a_slave", detail=str(error)) from error

    @property
    def reconnects(self) -> int:
        """How often the connection was made anew."""
        return self._line.reconnects

    async def close(self) -> None:
        """Give the line back."""
        await self._line.close()

    async def _read(self, register: int, count: int) -> tuple[int, ...]:
        return await self._line.bus.read(
            self._unit, _INPUT, register, count, deadline_s=DEADLINE_S, priority=Priority.SECOND
        )

    def _garbled(self, key: str, **params: str | int) -> DeviceGarbled:
        where = f"{self._line.bus.address} unit {self._unit}"
        return DeviceGarbled(Reason(key, {"where": where, **params}))


def on_site(phases: Sequence[PhaseReading], wired: Sequence[Phase]) -> dict[Phase, PhaseReading]:
    """The values by the site's phases, where ``wired`` names the one behind each of the charger's own."""
    pairs = zip(wired, phases, strict=False)
    return {phase: values for phase, values in pairs if values.current_a is not None}


def _charger(words: Sequence[int], hardware_a: float | None) -> MemberState:
    """From the words of registers 100 to 153. Raises IndexError for a state that this version does not know."""

    def at(register: int) -> int:
        return words[register - _STATE[0]]

    def joined(register: int, count: int, absent: int) -> int | None:
        number = 0
        for word in words[register - _STATE[0] : register - _STATE[0] + count]:
            number = number << 16 | word
        return None if number == absent else number

    why = at(103)
    energy, session = joined(144, 4, _ABSENT_U64), joined(148, 2, _ABSENT_U32)
    plugged, charging = joined(152, 2, _ABSENT_U32), joined(150, 2, _ABSENT_U32)
    return MemberState(
        state=STATES[at(102)],
        suspended=SUSPENSIONS[why - 1] if 0 < why <= len(SUSPENSIONS) else None,
        iec_state=text(words[0:1]),
        contactor_closed=at(107) == 1,
        offered_a=_ampere(at(105)),
        hardware_max_a=hardware_a,
        cable_max_a=_ampere(at(106)),
        phases=tuple(
            PhaseReading(
                voltage_v=None if at(133 + n) == _ABSENT else at(133 + n) / 10,
                current_a=_ampere(at(130 + n)),
                power_w=_signed(joined(136 + 2 * n, 2, _ABSENT_S32)),
            )
            for n in range(len(PHASES))
        ),
        power_w=_signed(joined(142, 2, _ABSENT_S32)),
        energy_j=None if energy is None else energy * 3600,
        session_j=None if session is None else session * 3600,
        charging_s=float(charging or 0),
        plugged_s=None if plugged is None else float(plugged),
    )


def _ampere(word: int) -> float | None:
    return None if word == _ABSENT else word / 100


def _signed(number: int | None) -> float | None:
    if number is None:
        return None
    return float(number - (1 << 32) if number >= 1 << 31 else number)
