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


class Network:
    """All nodes, parents before children. ``supply`` holds the phasors at the far end of the supply cable."""

    __slots__ = ("_low_v", "_rotation", "nodes", "root", "supply")

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
        for sweep in range(1, _SWEEPS + 1):
            self._collect()
            if self._drop() < TOLERANCE_V:
                return sweep
        return _SWEEPS

    def _collect(self) -> None:
        low = self._low_v
        for node in reversed(self.nodes):
            currents, voltages, powers, sinks = node.currents, node.voltages, node.powers, node.sinks
            for k in (0, 1, 2):
                current = 0j
                power = powers[k]
                if power:
                    u = voltages[k]
                    current = (power / u).conjugate() if abs(u) > low else power.conjugate() * u / (low * low)
                sink = sinks[k]
                if sink:
                    u = voltages[k]
                    current += sink * u / abs(u) if u else 0j
                for child in node.children:
                    current += child.currents[k]
                currents[k] = current

    def _drop(self) -> float:
        moved = 0.0
        for node in self.nodes:
            ohm, neutral_ohm = node.ohm, node.neutral_ohm
            if not (ohm or neutral_ohm):
                if node.parent is None:
                    node.voltages[:] = self.supply
                continue
            above = self.supply if node.parent is None else node.parent.voltages
            voltages = node.voltages
            i1, i2, i3 = node.currents
            shift = neutral_ohm * (i1 + i2 + i3)
            for k, current in enumerate((i1, i2, i3)):
                u = above[k] - ohm * current - shift
                change = abs(u - voltages[k])
                if change > moved:
                    moved = change
                voltages[k] = u
        return moved
