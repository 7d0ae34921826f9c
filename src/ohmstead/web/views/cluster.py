"""The cluster of a site: its role, its members, and what may be asked of it."""

from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.clustering import ClusterMode
from ohmstead.core.model.events import Action
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, Phase
from ohmstead.web.views.base import View, shaped

_PHASES = "This site's phase behind each of its own; without, a car counts on every phase"
MEMBER_EXAMPLE: JsonDict = {
    "key": "yard",
    "name": "Yard",
    "role": "slave",
    "connect": "tcp://192.168.1.31:502",
    "unit": 1,
    "priority": 2,
    "phases": ["L2", "L3", "L1"],
    "max_current_a": 32.0,
    "fallback_current_a": 6.0,
    "state": "charging",
    "granted_a": 14.0,
    "silent": False,
    "reserved_a": None,
}


class MemberView(View):
    """One charger of the cluster: a slave, or one of the master itself."""

    model_config = shaped(MEMBER_EXAMPLE)

    key: str
    name: str
    role: Literal["master", "slave"]
    connect: str | None = Field(description="Of a slave: where it is")
    unit: int | None = Field(description="Of a slave: its Modbus address")
    priority: int = Field(description="0, the last, to 4, the first, as it holds now")
    phases: tuple[Phase, ...] | None = Field(description="Null: nobody checked, so a car counts on every phase")
    max_current_a: float = Field(description="Per phase")
    fallback_current_a: float | None = Field(description="Of a slave: what it takes without contact; 0: it stops")
    state: str | None = Field(description="As in the snapshot; null before the first look")
    granted_a: float | None = Field(description="What it may take now, per phase")
    silent: bool = Field(description="It is not heard, or not reliably yet")
    reserved_a: float | None = Field(description="What is kept for it while it is silent")


class ClusterView(View):
    """The cluster as this site knows it."""

    model_config = shaped(
        {
            "role": "master",
            "name": "Car park",
            "limit_a": 40.0,
            "members": [MEMBER_EXAMPLE],
            "most_members": 4,
            "standing": None,
            "master": None,
            "pairing": False,
            "charger": None,
            "allowed_a": None,
            "fallback_current_a": None,
            "governed": [],
        }
    )

    role: ClusterMode
    name: str = Field(description="Of a master; empty without one")
    limit_a: float | None = Field(description="Of a master: what all share, per phase")
    members: tuple[MemberView, ...] = Field(description="Of a master: its own chargers first, then the slaves")
    most_members: int = Field(description="How many slaves this site may lead")
    standing: str | None = Field(description="Of a slave: led, lost, fallback or unpaired")
    master: str | None = Field(description="Of a slave: where its master is")
    pairing: bool = Field(description="Of a slave: the next master that asks is taken")
    charger: str | None = Field(description="Of a slave: which of its chargers is led")
    allowed_a: float | None = Field(description="Of a slave: what it may take now; null while nobody leads it")
    fallback_current_a: float | None = Field(description="Of a slave: what it takes without contact; 0: it stops")
    governed: tuple[Action, ...] = Field(description="Of a slave that is led: the commands that only its master takes")


class AddMemberBody(View):
    """A charger to lead from here. Make it a slave first."""

    model_config = shaped({"key": "yard", "connect": "tcp://192.168.1.31:502", "max_current_a": 32.0})

    key: str = Field(min_length=1, max_length=40, description="As in site.toml: lower case, digits, dashes")
    connect: str = Field(min_length=1, max_length=200, description="tcp://HOST:PORT, or serial:///dev/NAME?baud=19200")
    unit: int = Field(default=1, ge=1, le=247)
    name: str | None = Field(default=None, min_length=1, max_length=80)
    max_current_a: float = Field(ge=MINIMUM_CURRENT_A, le=80, description="Per phase: its wiring and breaker")
    phases: tuple[Phase, ...] | None = Field(default=None, description=_PHASES)
    priority: int = Field(default=2, ge=0, le=4)
    fallback_current_a: float = Field(default=0.0, ge=0, le=80, description="Without contact; 0: it stops")


class ChangeMemberBody(View):
    """What of a member is changed; what is left out stays. Of a charger of the master itself: its priority."""

    model_config = shaped({"priority": 4}, {"name": "Yard", "fallback_current_a": 6.0})

    name: str | None = Field(default=None, min_length=1, max_length=80)
    priority: int | None = Field(default=None, ge=0, le=4)
    fallback_current_a: float | None = Field(default=None, ge=0, le=80, description="Without contact; 0: it stops")
    max_current_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=80, description="Per phase")
    phases: tuple[Phase, ...] | None = Field(default=None, description=_PHASES)


class ChangeClusterBody(View):
    """What the cluster shares, and what people call it; what is left out stays. An empty name is none."""

    model_config = shaped({"limit_a": 40.0}, {"name": "Car park"})

    limit_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000, description="Per phase")
    name: str | None = Field(default=None, max_length=80)


class ClusterRoleBody(View):
    """What this site is to be in a cluster. ``alone`` leaves the one it is in; the rest is of that role."""

    model_config = shaped(
        {"role": "master", "limit_a": 40.0, "name": "Car park"},
        {"role": "slave", "listen": "tcp://0.0.0.0:502", "fallback_current_a": 6.0},
        {"role": "alone"},
    )

    role: ClusterMode
    limit_a: float | None = Field(default=None, ge=MINIMUM_CURRENT_A, le=2000, description="Of a master: per phase")
    name: str | None = Field(default=None, min_length=1, max_length=80, description="Of a master")
    charger: str | None = Field(default=None, max_length=40, description="Of a slave: which one is led")
    listen: str | None = Field(default=None, max_length=200, description="Of a slave: where its master finds it")
    unit: int | None = Field(default=None, ge=1, le=247, description="Of a slave: its Modbus address")
    master: str | None = Field(default=None, max_length=60, description="Of a slave: its master; else it is paired")
    fallback_current_a: float | None = Field(default=None, ge=0, le=80, description="Of a slave: until it is told")
