"""The building as the master of a cluster, or as a slave of one: the real door, desk and ledger, and real polls.

As a master it hears the carport and not the yard; as a slave its garage is led with 14 A.
"""

from functools import cached_property

from ohmstead.core.control.cluster import slave
from ohmstead.core.model.cluster import Orders, Poll
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import SiteState
from ohmstead.core.model.time import Instant
from ohmstead.protocols.cluster_map import POLL_START, encode_poll
from ohmstead.site.cluster.desk import ClusterDesk
from ohmstead.site.cluster.door import ClusterDoor
from tests.browser.building import Building, settings
from tests.web.memory_cluster import clustered

MASTER, MASTER_NUMBER, GRANT_A = "192.168.1.10", 7, 14.0
LONG_S = 60.0


class Later:
    """A clock that is set on."""

    def __init__(self, building: Building) -> None:
        """The building's own, so far."""
        self._building, self.ahead_s = building, 0.0

    def now(self) -> Instant:
        """This moment."""
        return self._building.clock.now().plus(self.ahead_s)


def leading() -> Settings:
    """A car park: an own charger and two slaves."""
    raw = settings().model_dump(mode="json", exclude_none=True)
    board = {"driver": "cluster-member", "connect": "tcp://192.168.1.31:502"}
    raw["chargers"]["carport"] |= {"board": board, "priority": 4, "fallback_current_a": 6.0}
    far = {"driver": "cluster-member", "connect": "tcp://192.168.1.32:502"}
    raw["chargers"]["yard"] = {"board": far, "max_current_a": 16.0, "name": "Yard", "fallback_current_a": 8.0}
    return Settings.model_validate(raw | {"cluster": {"role": "master", "limit_a": 40.0, "name": "Car park"}})


def led() -> Settings:
    """Its garage is led from elsewhere."""
    raw = settings().model_dump(mode="json", exclude_none=True)
    return Settings.model_validate(raw | {"cluster": {"role": "slave", "charger": "garage"}})


class Clustered(Building):
    """A building that is in a cluster. ``connected`` is whether polls go to and fro."""

    connected = True
    _slave: slave.SlaveMemory | None = None
    _seq = 0

    @cached_property
    def cluster(self) -> ClusterDoor:
        """Its door; the desk has been at work for a while."""
        self.later = Later(self)
        door, self.desk = clustered(lambda: self.settings, self._take, self.later, self._happened)
        self.later.ahead_s = LONG_S
        return door

    desk: ClusterDesk
    later: Later

    def state(self) -> SiteState:
        """As ever, after a poll to and fro."""
        seen = super().state()
        _ = self.cluster
        if self.connected and self.desk.leading is not None and "carport" in self.settings.chargers:
            self._lead(self.later.now())
        if self.connected and self.desk.following is not None:
            self._follow()
        return seen

    def _lead(self, now: Instant) -> None:
        leading, now_s = self.desk.leading, now.monotonic_s
        assert leading is not None
        if self._slave is None:
            began_s = now_s - LONG_S
            self._slave = slave.SlaveMemory(1, 1, began_s, began_s, leading.number, 6.0)
        poll = leading.poll("carport", now)
        if poll is not None:
            self._slave, _ = slave.accept(self._slave, poll, now_s)
        leading.heard("carport", slave.report(self._slave, now_s), now)

    def _follow(self) -> None:
        following = self.desk.following
        assert following is not None
        report = following.picture(None, None).report
        self._seq += 1
        poll = Poll(MASTER_NUMBER, 1, report.boot, report.beat, self._seq, GRANT_A, 6.0)
        following.write(POLL_START, encode_poll(poll, Orders()), MASTER)
