"""What a site is in a cluster of chargers: the shape of ``[cluster]`` in ``site.toml`` (EV-133 to EV-146)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ohmstead.core.model.cluster import MEMBERS_OF_A_CHARGER, MEMBERS_OF_A_GATEWAY
from ohmstead.core.model.errors import Mistake
from ohmstead.core.model.naming import Key
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.core.model.serving import LINE, ServeSettings, listening, serial_port, writing

ClusterRole = Literal["master", "slave"]
ClusterMode = Literal["alone", "master", "slave"]


class ClusterSettings(BaseModel):
    """A master shares a current among its own chargers and its members; a slave is led by one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: ClusterRole
    name: str | None = Field(default=None, min_length=1, max_length=80)
    """What people call the cluster; of a master."""
    limit_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000)
    """What all chargers of the cluster may take together, per phase; of a master."""
    charger: Key | None = None
    """Of a slave: which of its chargers is led; may be left out where there is one."""
    listen: Annotated[str, AfterValidator(listening)] = "tcp://0.0.0.0:502"
    """Of a slave: where its master finds it."""
    unit: int = Field(default=1, ge=1, le=247)
    """Of a slave: its Modbus address there."""
    master: Annotated[str, AfterValidator(writing)] | None = None
    """Of a slave: the address of the master, or "line" on a serial bus; without, whoever it is paired with."""
    fallback_current_a: float = Field(default=0.0, ge=0, le=80)
    """Of a slave: what it takes without a master until the master has told another; 0 stops it (EV-143)."""

    @model_validator(mode="after")
    def _fits_the_role(self) -> "ClusterSettings":
        if self.role == "master" and self.limit_a is None:
            raise ValueError('limit_a is needed with role = "master"')
        if self.role == "slave" and (self.limit_a is not None or self.name is not None):
            raise ValueError('limit_a and name belong only to role = "master"')
        if self.role == "master" and (self.charger is not None or self.master is not None):
            raise ValueError('charger and master belong only to role = "slave"')
        if 0 < self.fallback_current_a < MINIMUM_CURRENT_A:
            raise ValueError(f"fallback_current_a is 0, or at least {MINIMUM_CURRENT_A:g} A")
        if self.master is not None and (self.master == LINE) is not (serial_port(self.listen) is not None):
            raise ValueError('master is the IP address of the master, or "line" where listen is a serial port')
        return self

    def led(self, chargers: Mapping[str, object]) -> str | None:
        """The charger of a slave that is led."""
        return self.charger or next(iter(chargers), None)


class _Led(Protocol):
    @property
    def member(self) -> bool: ...
    @property
    def fallback_current_a(self) -> float: ...


def slave_line_conflicts(
    cluster: ClusterSettings | None, serve: Sequence[ServeSettings | None], ports: Collection[str]
) -> Iterator[Mistake]:
    """Where a master would find another than this slave, or nobody; ``ports`` are the serial ones that devices use."""
    if cluster is None or cluster.role != "slave":
        return
    for number, one in enumerate(serve):
        if one is not None and (one.listen, one.unit) == (cluster.listen, cluster.unit):
            came = f"{cluster.listen} unit {cluster.unit}, as serve.{number} has"
            yield Mistake("cluster.unit", came, "a listen or unit of its own")
    if serial_port(cluster.listen) in ports:
        allowed = "a serial port of its own: who is led there cannot ask there"
        yield Mistake("cluster.listen", f"{cluster.listen}, where devices are asked", allowed)


def cluster_conflicts(cluster: ClusterSettings | None, chargers: Mapping[str, _Led]) -> Iterator[Mistake]:
    """What does not go together between the role in a cluster and the chargers."""
    members = {name: one for name, one in chargers.items() if one.member}
    if cluster is None or cluster.role == "slave":
        for name in members:
            allowed = 'only with role = "master" in [cluster]'
            yield Mistake(f"chargers.{name}.board.driver", "'cluster-member'", allowed)
    if cluster is None:
        return
    if cluster.role == "slave":
        if cluster.charger is not None and cluster.charger not in chargers:
            known = ", ".join(chargers) or "no charger is set up"
            yield Mistake("cluster.charger", repr(cluster.charger), known)
        elif cluster.charger is None and len(chargers) != 1:
            yield Mistake("cluster.charger", f"none, of {len(chargers)} chargers", ", ".join(chargers) or "a charger")
        return
    own = len(chargers) - len(members)
    most = MEMBERS_OF_A_CHARGER if own else MEMBERS_OF_A_GATEWAY
    if len(members) > most:
        what = "a master that is a charger itself" if own else "a master without a charger"
        yield Mistake("chargers", f"{len(members)} members of the cluster", f"at most {most} of {what}")
    kept_a, limit_a = sum(one.fallback_current_a for one in members.values()), cluster.limit_a or 0.0
    if kept_a > limit_a:
        hint = "Without contact all of them take their fixed current at once. Lower some, or let them stop."
        came = f"{kept_a:g} A of fixed current in all"
        yield Mistake("chargers", came, f"at most cluster.limit_a, {limit_a:g} A", hint)
