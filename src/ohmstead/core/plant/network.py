"""A tree of conductors with a neutral, solved as phasors at one frequency.

Every node hangs on its parent over a cable with a resistance in each phase and in the neutral. Loads draw a
complex power (constant power, or constant impedance below 60 % of nominal) or a current in step with their
voltage. The backward/forward sweep for radial networks (Shirmohammadi et al., IEEE Trans. Power Systems 3(2),
1988): add up currents from the leaves, take voltage drops from the root, until nothing moves. Kirchhoff's
current law then holds exactly and the voltage law within ``TOLERANCE_V``.
"""

import math
from collections.abc import Sequence

TOLERANCE_V = 1e-7
_SWEEPS = 60
_LOW_VOLTAGE = 0.6
_NOTHING = (0j, 0j, 0j)

ROTATION = (1 + 0j, complex(-0.5, -math.sqrt(3) / 2), complex(-0.5, math.sqrt(3) / 2))
"""Unit phasors of L1, L2, L3."""
SPLIT = (1 + 0j, -1 + 0j, 0j)
"""Two halves of one transformer winding, as in North American homes."""
SINGLE = (1 + 0j, 0j, 0j)


class Node:
    """One place of the network.

    ``voltages`` are phase to local neutral, ``currents`` flow into the node through its cable (its own demand
    and that of all below). ``powers`` is what is drawn here in VA, ``sinks`` the complex current drawn here
    relative to the voltage's angle; both per phase, consumption positive.
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
    """A node through which something flows, as the sweeps need it: its lists, not copies of them."""

    __slots__ = ("above", "below", "currents", "demand", "lines", "neutral_ohm", "ohm", "voltages")

    def __init__(self, node: Node, supply: Sequence[complex], drawn: Sequence[int], below: Sequence[list[complex]]):
        """``drawn`` are the phases in which something is drawn here, ``below`` the currents further on."""
        self.currents = node.currents
        self.voltages = node.voltages
        self.above = supply if node.parent is None else node.parent.voltages
        self.ohm = node.ohm
        self.neutral_ohm = node.neutral_ohm
        self.demand = [(k, node.powers[k].conjugate(), node.sinks[k]) for k in drawn]
        self.below = below
        self.lines = drawn
        """The phases whose voltage matters to what flows."""


_DRAWN = tuple(tuple(k for k in (0, 1, 2) if mask >> k & 1) for mask in range(8))
"""By a mask of phases: those phases."""
_SURE = 4.0
"""How much faster than seen a sweep must be taken to converge before the next is called needless."""


class Network:
    """All nodes, parents before children. ``supply`` holds the phasors at the far end of the supply cable."""

    __slots__ = ("_lines", "_low_v", "_mask", "_rotation", "_volts", "nodes", "root", "supply")

    def __init__(
        self,
        root_name: str,
        ohm: float,
        neutral_ohm: float,
        nominal_v: float,
        rotation: Sequence[complex] = ROTATION,
    ) -> None:
        """A network that so far is the building's main bar, ``root_name``, behind its supply cable."""
        self.root = Node(root_name, None, ohm, neutral_ohm)
        self.nodes = [self.root]
        self._rotation = rotation
        self._lines = tuple(k for k in (0, 1, 2) if rotation[k])
        self._mask = sum(1 << k for k in self._lines)
        self._volts = 0.0
        self.supply: Sequence[complex] = [nominal_v * unit for unit in rotation]
        self._low_v = _LOW_VOLTAGE * nominal_v
        self.root.voltages = list(self.supply)

    def add(self, name: str, parent: Node, ohm: float, neutral_ohm: float) -> Node:
        """Hang a new node on ``parent``; without resistance it shares the parent's voltages."""
        node = Node(name, parent, ohm, neutral_ohm)
        node.voltages = list(parent.voltages) if ohm or neutral_ohm else parent.voltages
        parent.children.append(node)
        self.nodes.append(node)
        return node

    def solve(self, volts: float) -> int:
        """Find all voltages and currents with the supply at ``volts``; returns the sweeps it took, 0 when dead."""
        self.supply = [volts * unit for unit in self._rotation]
        if volts <= 0.0:
            for node in self.nodes:
                node.currents[:] = _NOTHING
                node.voltages[:] = _NOTHING
            self._volts = 0.0
            return 0
        if not self.root.voltages[0]:
            for node in self.nodes:
                node.voltages[:] = self.supply
        busy, sweeps, before, moved = self._busy(), 0, 0.0, TOLERANCE_V
        if (last := self._volts) and last != volts:
            self._scale(busy, volts / last)
        self._volts = volts
        while moved >= TOLERANCE_V and sweeps < _SWEEPS:
            sweeps += 1
            self._collect(busy)
            before, moved = moved, self._drop(busy)
            if sweeps > 1 and _SURE * moved * moved < TOLERANCE_V * before:
                break
        self._settle(busy)
        return sweeps

    def _scale(self, busy: Sequence[_Part], ratio: float) -> None:
        """Begin where the voltages will be when all goes with the supply's; a guess that spares a sweep."""
        for part in busy:
            if part.ohm or part.neutral_ohm:
                voltages = part.voltages
                for k in part.lines:
                    voltages[k] *= ratio

    def _busy(self) -> list[_Part]:
        """The nodes through which something flows, leaves first. The others have no part in the sweeps."""
        found: list[_Part] = []
        flowing: dict[int, list[complex]] = {}
        for node in reversed(self.nodes):
            (a, b, c), (d, e, f) = node.powers, node.sinks
            drawn = _DRAWN[self._mask & ((1 if a or d else 0) | (2 if b or e else 0) | (4 if c or f else 0))]
            below: Sequence[list[complex]] = ()
            if node.children:
                below = [child.currents for child in node.children if id(child) in flowing]
            if drawn or below or node.parent is None:
                flowing[id(node)] = node.currents
                part = _Part(node, self.supply, drawn, below)
                if below:
                    part.lines = self._lines
                found.append(part)
            else:
                node.currents[:] = _NOTHING
        return found

    def _collect(self, busy: Sequence[_Part]) -> None:
        low = self._low_v
        for part in busy:
            currents, voltages = part.currents, part.voltages
            currents[:] = _NOTHING
            for k, power, sink in part.demand:
                u = voltages[k]
                if power:
                    currents[k] = power / u.conjugate() if abs(u) > low else power * u / (low * low)
                if sink and u:
                    currents[k] += sink * u / abs(u)
            for one, two, three in part.below:
                currents[0] += one
                currents[1] += two
                currents[2] += three

    def _drop(self, busy: Sequence[_Part]) -> float:
        moved = 0.0
        for part in reversed(busy):
            ohm, neutral_ohm = part.ohm, part.neutral_ohm
            voltages, currents, above = part.voltages, part.currents, part.above
            if not (ohm or neutral_ohm):
                if above is self.supply:
                    voltages[:] = above
                continue
            shift = neutral_ohm * (currents[0] + currents[1] + currents[2])
            for k in part.lines:
                u = above[k] - ohm * currents[k] - shift
                change = abs(u - voltages[k])
                if change > moved:
                    moved = change
                voltages[k] = u
        return moved

    def _settle(self, busy: Sequence[_Part]) -> None:
        """The voltages on which nothing that flows depends: of idle nodes, and of idle phases at the leaves."""
        relays = {id(part.currents) for part in busy if part.below}
        for node in self.nodes:
            parent, ohm, neutral_ohm, currents = node.parent, node.ohm, node.neutral_ohm, node.currents
            if id(currents) in relays or not (ohm or neutral_ohm):
                continue
            above, voltages = self.supply if parent is None else parent.voltages, node.voltages
            one, two, three = currents
            if not (one or two or three):
                voltages[:] = above
                continue
            shift = neutral_ohm * (one + two + three)
            for k in self._lines:
                voltages[k] = above[k] - ohm * currents[k] - shift
