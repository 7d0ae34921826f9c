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


_Busy = tuple[Node, tuple[int, ...], tuple[Node, ...]]
"""A node, its phases in which something is drawn at the node itself, and the nodes below it that draw."""


class Network:
    """All nodes, parents before children. ``supply`` holds the phasors at the far end of the supply cable."""

    __slots__ = ("_lines", "_low_v", "_rotation", "nodes", "root", "supply")

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
                node.currents[:] = (0j, 0j, 0j)
                node.voltages[:] = (0j, 0j, 0j)
            return 0
        if not self.root.voltages[0]:
            for node in self.nodes:
                node.voltages[:] = self.supply
        busy, sweeps, moved = self._busy(), 0, TOLERANCE_V
        while moved >= TOLERANCE_V and sweeps < _SWEEPS:
            sweeps += 1
            self._collect(busy)
            moved = self._drop(busy)
        self._settle(busy)
        return sweeps

    def _busy(self) -> list[_Busy]:
        """The nodes through which something flows, leaves first. The others have no part in the sweeps."""
        found: list[_Busy] = []
        flowing: set[int] = set()
        for node in reversed(self.nodes):
            powers, sinks = node.powers, node.sinks
            drawn = tuple([k for k in self._lines if powers[k] or sinks[k]])
            below = tuple([child for child in node.children if id(child) in flowing])
            if drawn or below or node.parent is None:
                flowing.add(id(node))
                found.append((node, drawn, below))
            else:
                node.currents[:] = (0j, 0j, 0j)
        return found

    def _collect(self, busy: Sequence[_Busy]) -> None:
        low = self._low_v
        for node, drawn, below in busy:
            currents, voltages = node.currents, node.voltages
            currents[0] = currents[1] = currents[2] = 0j
            for k in drawn:
                u, power, sink = voltages[k], node.powers[k], node.sinks[k]
                if power:
                    currents[k] = (power / u).conjugate() if abs(u) > low else power.conjugate() * u / (low * low)
                if sink and u:
                    currents[k] += sink * u / abs(u)
            for child in below:
                one, two, three = child.currents
                currents[0] += one
                currents[1] += two
                currents[2] += three

    def _drop(self, busy: Sequence[_Busy]) -> float:
        moved, lines = 0.0, self._lines
        for node, drawn, below in reversed(busy):
            ohm, neutral_ohm = node.ohm, node.neutral_ohm
            if not (ohm or neutral_ohm):
                if node.parent is None:
                    node.voltages[:] = self.supply
                continue
            above = self.supply if node.parent is None else node.parent.voltages
            voltages, currents = node.voltages, node.currents
            shift = neutral_ohm * (currents[0] + currents[1] + currents[2])
            for k in lines if below else drawn:
                u = above[k] - ohm * currents[k] - shift
                change = abs(u - voltages[k])
                if change > moved:
                    moved = change
                voltages[k] = u
        return moved

    def _settle(self, busy: Sequence[_Busy]) -> None:
        """The voltages on which nothing that flows depends: of idle nodes, and of idle phases at the leaves."""
        relays = {id(node) for node, _, below in busy if below}
        for node in self.nodes:
            parent, ohm, neutral_ohm = node.parent, node.ohm, node.neutral_ohm
            if id(node) in relays or not (ohm or neutral_ohm):
                continue
            above = self.supply if parent is None else parent.voltages
            currents, voltages = node.currents, node.voltages
            shift = neutral_ohm * (currents[0] + currents[1] + currents[2])
            for k in self._lines:
                voltages[k] = above[k] - ohm * currents[k] - shift
