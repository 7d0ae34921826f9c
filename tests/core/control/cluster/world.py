"""A cluster on a line that does what it likes: the production steps of master and slaves, driven by chance.

One schedule is some seconds of a master with chargers of its own and of one to four slaves. Each direction of each link
may be cut for a while; each frame may be lost, late, repeated or overtaken; slaves and master start anew; members
come and go; what sharing wants jumps. Vehicles are as bad as they may be: each draws all that it was allowed at any
moment of the last 5 s.
"""

import heapq
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ohmstead.core.control.cluster import master, slave
from ohmstead.core.model.cluster import LEASE_S, Poll, Report

MASTER = 4711
LAG_S = 5.0
STEP_S = 1.0
TINY = 1e-6


@dataclass
class Node:
    """A slave as it is; its clock is ahead of the world's by ``ahead_s``."""

    memory: slave.SlaveMemory
    ahead_s: float
    offers: list[tuple[float, float]] = field(default_factory=list)
    member: bool = True
    cut: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """Until when nothing gets through to it, and from it."""


class World:
    """``run`` ends early with what went wrong, or returns ``None``."""

    def __init__(self, seed: int, steps: int = 40, lowering: bool = False) -> None:
        self.chance = Random(seed)
        pick = self.chance
        self.steps, self.lowering = steps, lowering
        self.limit_a = pick.choice((12.0, 16.0, 20.0, 32.0, 40.0, 63.0))
        self.highest: list[tuple[float, float]] = [(-100.0, self.limit_a)]
        self.now = 1000.0
        count = pick.randint(1, 4)
        room_a = self.limit_a
        self.fallbacks: dict[str, float] = {}
        for number in range(count):
            fallback_a = pick.choice((0.0, 0.0, 6.0, 8.0, 10.0))
            fallback_a = fallback_a if fallback_a <= room_a else 0.0
            room_a -= fallback_a
            self.fallbacks[f"s{number}"] = fallback_a
        self.nodes = {name: self._node(number, name) for number, name in enumerate(self.fallbacks)}
        self.own = ("m0", "m1")[: pick.randint(0, 2)]
        self.own_a = dict.fromkeys(self.own, 0.0)
        self.own_offers: dict[str, list[tuple[float, float]]] = {name: [] for name in self.own}
        self.master = master.begun(MASTER, pick.randrange(1, 1 << 16), self.own, self.fallbacks, self.now)
        self.up = True
        self.sent: list[tuple[float, int, str, Any]] = []
        self.number = 0
        self.calm = pick.random() < 0.15
        """Nothing fails; then a lowered limit is kept within two seconds, and by the vehicles 5 s later."""
        self.latest_s = pick.choice((0.3, 0.3, 3.0, 14.0))
        self.delivered = self.raised = 0
        self._wish()

    def _node(self, number: int, name: str) -> Node:
        ahead_s = self.chance.uniform(-900.0, 5000.0)
        at = self.now + ahead_s
        memory = slave.SlaveMemory(number + 1, self.chance.randrange(1 << 16), at - 60.0, at - 60.0, MASTER)
        return Node(slave.changed(memory, fallback_a=self.fallbacks[name]), ahead_s)

    def _wish(self) -> None:
        names = [*self.own, *self.fallbacks]
        self.chance.shuffle(names)
        most = self.chance.choice((32.0, self.limit_a, 2 * self.limit_a))
        self.wanted = {name: self.chance.choice((0.0, most, self.chance.uniform(0, most))) for name in names}

    def run(self) -> str | None:
        for _ in range(self.steps):
            self.now += STEP_S
            self._happen()
            self._deliver(self.now)
            if self.up:
                self.master = master.wished(self.master, self.wanted, self.limit_a)
                for name in self.own:
                    self.master, self.own_a[name] = master.taken_up(self.master, name, self.now)
                for name in self.master.members:
                    if self.calm or self.chance.random() < 0.6:
                        self._poll(name)
            wrong = self._wrong()
            if wrong is not None:
                return wrong
        return None

    def _poll(self, name: str) -> None:
        self.master, poll = master.polled(self.master, name, self.now)
        if poll is not None:
            self._send(name, 0, poll)
        self._send(name, 0, None)

    def _send(self, name: str, way: int, frame: Poll | Report | None) -> None:
        """On its way, once or more often, or lost; ``None`` asks for a report."""
        pick, node = self.chance, self.nodes[name]
        if self.now < node.cut[way] or (not self.calm and pick.random() < 0.1):
            return
        for _ in range(1 if self.calm or pick.random() < 0.9 else 2):
            late_s = pick.uniform(0.0, 0.2 if self.calm else self.latest_s)
            self.number += 1
            heapq.heappush(self.sent, (self.now + late_s, self.number, name, frame))

    def _deliver(self, until: float) -> None:
        while self.sent and self.sent[0][0] <= until:
            at, _, name, frame = heapq.heappop(self.sent)
            node = self.nodes[name]
            if isinstance(frame, Report):
                if self.up and name in self.master.members:
                    self.master = master.heard(self.master, name, frame, at)
                continue
            here = at + node.ahead_s
            if frame is None:
                kept, self.now = self.now, at
                self._send(name, 1, slave.report(node.memory, here))
                self.now = kept
                continue
            held_a = slave.allowed_a(node.memory, here)
            node.memory, refused = slave.accept(node.memory, frame, here)
            if refused is None:
                self.delivered += 1
                self.raised += slave.allowed_a(node.memory, here) > held_a
                node.offers.append((at, slave.allowed_a(node.memory, here)))

    def _happen(self) -> None:
        pick = self.chance
        if pick.random() < 0.25:
            self._wish()
        if self.lowering and pick.random() < 0.05:
            self.limit_a = max(12.0, sum(self.fallbacks.values()), self.limit_a - pick.uniform(1, 20))
            self.highest.append((self.now, self.limit_a))
            self._wish()
        if self.calm:
            return
        for node in self.nodes.values():
            if pick.random() < 0.06:
                for way in pick.choice(((0,), (1,), (0, 1))):
                    node.cut[way] = self.now + pick.choice((3.0, 8.0, 30.0))
            if pick.random() < 0.01:
                here = self.now + node.ahead_s
                before = node.memory
                node.memory = slave.SlaveMemory(
                    before.slave, pick.randrange(1 << 16), here, here, before.master, before.fallback_a
                )
        if pick.random() < 0.02:
            self._restart()
        if pick.random() < 0.01 and len(self.nodes) > 1:
            self._leave()

    def _restart(self) -> None:
        """The master's process ends and begins anew: it knows its settings, and of what was granted nothing."""
        self.own_a = dict.fromkeys(self.own, 0.0)
        members = {name: self.fallbacks[name] for name in self.master.members}
        self.master = master.begun(MASTER, self.chance.randrange(1, 1 << 16), self.own, members, self.now)
        self._wish()

    def _leave(self) -> None:
        """A member leaves the cluster; from then on it may take what it likes, and no more of it is counted."""
        name = self.chance.choice(list(self.master.members))
        members = {other: self.fallbacks[other] for other in self.master.members if other != name}
        if not members:
            return
        here = self.now + self.nodes[name].ahead_s
        self.nodes[name].memory = slave.paired(self.nodes[name].memory, 0, here)
        self.nodes[name].member = False
        self.master = master.led(self.master, members, self.now)

    def _wrong(self) -> str | None:
        granted = drawn = reserved = 0.0
        for name, node in self.nodes.items():
            if not node.member:
                continue
            allowed_a = slave.allowed_a(node.memory, self.now + node.ahead_s)
            node.offers.append((self.now, allowed_a))
            most_a = _most(node.offers, self.now)
            bound_a = master.bound_a(self.master, name, self.now)
            if max(allowed_a, most_a) > bound_a + TINY:
                return f"{self.now}: {name} draws {most_a}, may {allowed_a}, only {bound_a} is kept for it"
            granted, drawn = granted + allowed_a, drawn + most_a
            reserved += bound_a if bound_a != master.inf else max(allowed_a, most_a)
        for name in self.own:
            self.own_offers[name].append((self.now, self.own_a[name]))
            most_a = _most(self.own_offers[name], self.now)
            granted, drawn = granted + self.own_a[name], drawn + most_a
            bound_a = master.bound_a(self.master, name, self.now)
            reserved += most_a if bound_a == master.inf else max(most_a, bound_a)
        granted_s = STEP_S if self.calm else LEASE_S
        for what, sum_a, back_s in (
            ("granted", granted, granted_s),
            ("drawn", drawn, granted_s + LAG_S),
            ("granted and reserved", 0.0 if self.lowering else reserved, 0.0),
        ):
            limit_a = self._in_force(back_s + STEP_S)
            if sum_a > limit_a + TINY:
                return f"{self.now}: {what} {sum_a:.1f} A of {limit_a:.1f} A"
        return None

    def _in_force(self, back_s: float) -> float:
        """The highest limit of the last ``back_s``: so long whoever is cut off may have what it was granted."""
        ends = [at for at, _ in self.highest[1:]] + [self.now]
        return max(limit for (_, limit), end in zip(self.highest, ends, strict=True) if end >= self.now - back_s)


def _most(offers: list[tuple[float, float]], now: float) -> float:
    """The most of the last 5 s, with what held at their beginning; forgets what is older."""
    since = now - LAG_S
    first = 0
    for number, (at, _) in enumerate(offers):
        if at <= since:
            first = number
    if first:
        del offers[:first]
    return max(current for _, current in offers)
