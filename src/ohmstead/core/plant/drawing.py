"""What plain loads and machines put on their nodes, second by second.

Most loads draw the same for minutes. They are looked at again when one of them may go on or off; in between only what
changes each second is added up: loads with noise, and the nodes of machines, whose powers are put on top.
"""

from collections.abc import Callable, Iterable, Mapping
from math import inf

from ohmstead.core.plant.household import Appliance, Now, Powers
from ohmstead.core.plant.loads import Load
from ohmstead.core.plant.network import Node

_NOTHING: Powers = (0j, 0j, 0j)


class Drawing:
    """All consumers of a building; ``tell`` hears of each that goes on or off."""

    __slots__ = ("_appliances", "_loads", "_nodes", "_noisy", "_running", "_steady", "_tell", "_until")

    def __init__(
        self,
        loads: Mapping[str, Load],
        appliances: Mapping[str, Appliance],
        nodes: Mapping[str, Node],
        tell: Callable[[str, str], None],
    ) -> None:
        """``nodes`` by the names of circuits, with that of the main bar."""
        self._loads, self._appliances, self._nodes, self._tell = loads, appliances, nodes, tell
        self._running: dict[str, bool] = {}
        self._noisy: list[tuple[Load, list[complex]]] = []
        """The loads that draw something else each second, with the powers of their node."""
        self._steady: list[tuple[list[complex], Powers]] = []
        """The powers of the nodes that change each second, and what they are without noisy loads and machines."""
        self._until: float = -1

    def look_again(self) -> None:
        """Somebody changed a load."""
        self._until = -1

    def put(self, second: int, second_of_day: int) -> None:
        """Set the powers of all nodes to what plain loads draw at a second of the world, and of the UTC day."""
        if second >= self._until:
            self._look(second, second_of_day)
        for powers, steady in self._steady:
            powers[:] = steady
        for load, powers in self._noisy:
            drawn = load.drawn(second, second_of_day)
            if drawn is not None:
                _add(powers, drawn)

    def run(self, now: Now) -> float | None:
        """Add what machines draw ``now``; returns when one of them changes before the next second, if any does."""
        for name, appliance in self._appliances.items():
            drawn = appliance.drawn(now)
            self._note(name, drawn is not None)
            if drawn is not None:
                _add(self._nodes[appliance.circuit].powers, drawn)
        ends = [at for one in self._appliances.values() if (at := one.again_at_s) is not None and at > now.at_s]
        return min(ends, default=None)

    def _look(self, second: int, second_of_day: int) -> None:
        """Ask every load, and tell apart what stays from what changes each second."""
        nodes = self._nodes
        for node in nodes.values():
            node.powers[:] = _NOTHING
        self._noisy, until = [], inf
        for name, load in self._loads.items():
            powers = nodes[load.settings.circuit].powers
            drawn = load.drawn(second, second_of_day)
            self._note(name, drawn is not None)
            until = min(until, load.same_until)
            if drawn is not None and load.settings.noise:
                self._noisy.append((load, powers))
            elif drawn is not None:
                _add(powers, drawn)
        machines = (nodes[one.circuit].powers for one in self._appliances.values())
        changing = _each_once((*(powers for _, powers in self._noisy), *machines))
        self._steady = [(powers, (powers[0], powers[1], powers[2])) for powers in changing]
        self._until = until

    def _note(self, name: str, running: bool) -> None:
        if self._running.get(name) is not running:
            if name in self._running:
                self._tell("load.on" if running else "load.off", name)
            self._running[name] = running


def _add(powers: list[complex], drawn: Powers) -> None:
    one, two, three = drawn
    powers[0] += one
    powers[1] += two
    powers[2] += three


def _each_once(lists: Iterable[list[complex]]) -> list[list[complex]]:
    return list({id(one): one for one in lists}.values())
