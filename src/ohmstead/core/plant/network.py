"""A tree of conductors, solved as phasors at one frequency.

Every node hangs on its parent over a cable with a resistance in each phase and in the neutral. Loads draw a
complex power (constant power, or constant impedance below 60 % of nominal) or a current in step with their
voltage, between their phase and the neutral; without a neutral (a delta grid) between two conductors, and voltages
are those to the star point of the supply. The backward/forward sweep for radial networks (Shirmohammadi et al., IEEE
Trans. Power Systems 3(2), 1988): add up currents from the leaves, take voltage drops from the root, until nothing
moves. Kirchhoff's current law then holds exactly and the voltage law within ``TOLERANCE_V``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ohmstead.core.model.quantities import DELTA_CODES, PHASES

TOLERANCE_V = 1e-7
_SWEEPS = 60
_LOW_VOLTAGE = 0.6
_NOTHING = (0j, 0j, 0j)

ROTATION = (1 + 0j, complex(-0.5, -math.sqrt(3) / 2), complex(-0.5, math.sqrt(3) / 2))
"""Unit phasors of L1, L2, L3."""
SPLIT = (1 + 0j, -1 + 0j, 0j)
"""Two halves of one transformer winding, as in North American homes."""
SINGLE = (1 + 0j, 0j, 0j)
ROTATIONS = {1: SINGLE, 2: SPLIT, 3: ROTATION}
"""By how many phases the supply has."""

LEGS = tuple((PHASES.index(one), PHASES.index(other)) for one, other in (DELTA_CODES[code] for code in PHASES))
"""The two conductors of a delta grid that the codes L1, L2, L3 name."""
ROOT_3 = math.sqrt(3)

_DRAWN = tuple(tuple(k for k in (0, 1, 2) if mask >> k & 1) for mask in range(8))
"""By a mask of phases: those phases."""
_SURE = 4.0
"""How much faster than seen a sweep must be taken to converge before the next is called needless."""


class Node:
    """One place of the network.

    ``voltages`` are phase to local neutral, ``currents`` flow into the node through its cable (its own demand
    and that of all below). ``powers`` is what is drawn here in VA, ``sinks`` the complex current drawn here
    relative to the voltage's angle; both per phase, on a delta grid per leg, consumption positive.
    """

    __slots__ = ("children", "currents", "name", "neutral_ohm", "ohm", "parent", "powers", "sinks", "voltages")

    def __init__(self, name: str, parent: "Node | None", ohm: float, neutral_ohm: float) -> None:
        """A node on ``parent`` over a cable of ``ohm`` per phase; ``None`` hangs it on the supply."""
        self.name = name
        self.parent = parent
        self.ohm = ohm
        self.neutral_ohm = neutral_ohm
        self.children: list[Node] = []
        self.voltages: list[complex] = [0j, 0j, 0j]
        self.currents: list[complex] = [0j, 0j, 0j]
        self.powers: list[complex] = [0j, 0j, 0j]
        self.sinks: list[complex] = [0j, 0j, 0j]

    @property
    def head_voltages(self) -> list[complex]:
        """Voltages where this node's cable begins: what a meter in the distribution board sees."""
        return self.voltages if self.parent is None else self.parent.voltages

    def loss_w(self) -> float:
        """Heat in this node's cable."""
        neutral = sum(self.currents)
        return self.ohm * sum(abs(i) ** 2 for i in self.currents) + self.neutral_ohm * abs(neutral) ** 2


class _Part:
    """A node as the sweeps need it: its lists, not copies of them, and what it drew when it was last looked at."""

    __slots__ = (
        "above", "below", "currents", "demand", "drawn", "lines", "neutral_ohm", "node", "ohm", "powers", "sinks",
        "voltages",
    )  # fmt: skip

    def __init__(self, node: Node, supply: list[complex]) -> None:
        self.node = node
        self.currents = node.currents
        self.voltages = node.voltages
        self.above = supply if node.parent is None else node.parent.voltages
        self.ohm = node.ohm
        self.neutral_ohm = node.neutral_ohm
        self.powers: list[complex] = [0j, 0j, 0j]
        self.sinks: list[complex] = [0j, 0j, 0j]
        self.drawn: tuple[int, ...] = ()
        """The phases in which something is drawn here."""
        self.demand: list[tuple[int, complex, complex]] = []
        self.below: list[list[complex]] = []
        """The currents of the busy nodes that hang on this one."""
        self.lines: tuple[int, ...] = ()
        """The phases whose voltage matters to what flows."""

    def look(self, mask: int) -> bool:
        """Take over what is drawn here now; true when that is in other phases than before."""
        powers, sinks = self.node.powers, self.node.sinks
        self.powers, self.sinks = powers.copy(), sinks.copy()
        (a, b, c), (d, e, f) = powers, sinks
        drawn = _DRAWN[mask & ((1 if a or d else 0) | (2 if b or e else 0) | (4 if c or f else 0))]
        self.demand = [(k, powers[k].conjugate(), sinks[k]) for k in drawn]
        before, self.drawn = self.drawn, drawn
        return drawn is not before


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the sweeps go through, until something is drawn elsewhere."""

    up: list[_Part]
    """Where something flows, leaves first."""
    down: list[_Part]
    """Those of them behind a resistance, parents first."""
    rest: list[_Part]
    """Those of them that are leaves of what flows: on their idle phases no current depends."""
    idle: list[_Part]
    """Those behind a resistance where nothing flows, parents first."""


class Network:
    """All nodes, parents before children. ``supply`` holds the phasors at the far end of the supply cable."""

    __slots__ = (
        "_delta", "_lines", "_low_v", "_mask", "_parts", "_plan", "_rotation", "_volts", "flowing", "nodes", "root",
        "supply",
    )  # fmt: skip

    def __init__(
        self,
        root_name: str,
        ohm: float,
        neutral_ohm: float,
        nominal_v: float,
        rotation: Sequence[complex] = ROTATION,
        delta: bool = False,
    ) -> None:
        """A network that so far is the building's main bar, ``root_name``, behind its supply cable.

        ``nominal_v`` is from a phase to the neutral or, on a ``delta`` grid, to the star point of the supply.
        """
        self.root = Node(root_name, None, ohm, neutral_ohm)
        self.nodes = [self.root]
        self._rotation = rotation
        self._lines = tuple(k for k in (0, 1, 2) if rotation[k])
        self._mask = sum(1 << k for k in self._lines)
        self._volts = 0.0
        self.supply = [nominal_v * unit for unit in rotation]
        self._delta = delta
        self._low_v = _LOW_VOLTAGE * nominal_v * (ROOT_3 if delta else 1.0)
        self.root.voltages = list(self.supply)
        self._parts: list[_Part] = []
        self._plan: _Plan | None = None
        self.flowing: list[Node] = []
        """The nodes through which something flows; another list when others do."""

    def add(self, name: str, parent: Node, ohm: float, neutral_ohm: float) -> Node:
        """Hang a new node on ``parent``; without resistance it shares the parent's voltages."""
        node = Node(name, parent, ohm, neutral_ohm)
        node.voltages = list(parent.voltages) if ohm or neutral_ohm else parent.voltages
        parent.children.append(node)
        self.nodes.append(node)
        self._plan = None
        return node

    def solve(self, volts: float) -> int:
        """Find all voltages and currents with the supply at ``volts``; returns the sweeps it took, 0 when dead."""
        one, two, three = self._rotation
        self.supply[:] = (volts * one, volts * two, volts * three)
        if volts <= 0.0:
            for node in self.nodes:
                node.currents[:] = _NOTHING
                node.voltages[:] = _NOTHING
            self._volts = 0.0
            return 0
        if not self.root.voltages[0]:
            for node in self.nodes:
                node.voltages[:] = self.supply
        plan, root = self._planned(), self.root
        if not (root.ohm or root.neutral_ohm):
            root.voltages[:] = self.supply
        sweeps, before, moved = 0, 0.0, TOLERANCE_V
        if (last := self._volts) and last != volts:
            _scale(plan.down, volts / last)
        self._volts = volts
        while moved >= TOLERANCE_V and sweeps < _SWEEPS:
            sweeps += 1
            (self._collect_legs if self._delta else self._collect)(plan.up)
            before, moved = moved, self._drop(plan.down)
            if sweeps > 1 and _SURE * moved * moved < TOLERANCE_V * before:
                break
        self._settle(plan.rest)
        for part in plan.idle:
            part.voltages[:] = part.above
        return sweeps

    def _planned(self) -> _Plan:
        """The plan for what is drawn now: the one before, unless it is in other phases or nodes."""
        plan, mask = self._plan, self._mask
        if plan is None:
            self._parts = [_Part(node, self.supply) for node in reversed(self.nodes)]
        for part in self._parts:
            node = part.node
            if (part.powers != node.powers or part.sinks != node.sinks) and part.look(mask):
                plan = None
        if plan is None:
            plan = self._plan = self._plan_anew()
            self.flowing = [part.node for part in plan.up]
        return plan

    def _plan_anew(self) -> _Plan:
        up: list[_Part] = []
        flowing: dict[int, list[complex]] = {}
        for part in self._parts:
            node = part.node
            part.currents[:] = _NOTHING
            part.below = [child.currents for child in node.children if id(child) in flowing]
            part.lines = self._lines if part.below or (self._delta and part.drawn) else part.drawn
            if part.drawn or part.below or node.parent is None:
                flowing[id(node)] = node.currents
                up.append(part)
        behind = [part for part in reversed(self._parts) if part.ohm or part.neutral_ohm]
        down = [part for part in behind if id(part.node) in flowing]
        rest = [part for part in down if not part.below]
        return _Plan(up, down, rest, [part for part in behind if id(part.node) not in flowing])

    def _collect(self, busy: Sequence[_Part]) -> None:
        low = self._low_v
        for part in busy:
            currents, voltages = part.currents, part.voltages
            if part.below:
                currents[:] = _NOTHING
            for k, power, sink in part.demand:
                u = voltages[k]
                size = abs(u)
                current = power / u.conjugate() if size > low else power * u / (low * low)
                if sink and size:
                    current += sink * u / size
                currents[k] = current
            for one, two, three in part.below:
                currents[0] += one
                currents[1] += two
                currents[2] += three

    def _collect_legs(self, busy: Sequence[_Part]) -> None:
        """As ``_collect`` where loads hang between two conductors: what goes in by one comes back by the other."""
        low = self._low_v
        for part in busy:
            currents, voltages = part.currents, part.voltages
            currents[:] = _NOTHING
            for k, power, sink in part.demand:
                one, other = LEGS[k]
                u = voltages[one] - voltages[other]
                size = abs(u)
                current = power / u.conjugate() if size > low else power * u / (low * low)
                if sink and size:
                    current += sink * u / size
                currents[one] += current
                currents[other] -= current
            for below in part.below:
                for k in (0, 1, 2):
                    currents[k] += below[k]

    def _drop(self, busy: Sequence[_Part]) -> float:
        moved = 0.0
        for part in busy:
            ohm, voltages, currents, above = part.ohm, part.voltages, part.currents, part.above
            shift = part.neutral_ohm * (currents[0] + currents[1] + currents[2])
            for k in part.lines:
                u = above[k] - ohm * currents[k] - shift
                change = abs(u - voltages[k])
                if change > moved:
                    moved = change
                voltages[k] = u
        return moved

    def _settle(self, rest: Sequence[_Part]) -> None:
        """The voltages on which nothing that flows depends: of idle phases at the leaves."""
        for part in rest:
            above, voltages, (one, two, three) = part.above, part.voltages, part.currents
            ohm, shift = part.ohm, part.neutral_ohm * (one + two + three)
            for k in self._lines:
                voltages[k] = above[k] - ohm * part.currents[k] - shift


def _scale(busy: Sequence[_Part], ratio: float) -> None:
    """Begin where the voltages will be when all goes with the supply's; a guess that spares a sweep."""
    for part in busy:
        voltages = part.voltages
        for k in part.lines:
            voltages[k] *= ratio
