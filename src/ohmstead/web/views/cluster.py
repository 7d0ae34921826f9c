"""The cluster of a site: its role, its members, and what may be asked of it."""

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.clustering import ClusterMode
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, PHASES, Phase
from ohmstead.web.views.base import View, shaped

MEMBER_EXAMPLE: JsonDict = {
    "key": "yard",
    "name": "Yard",
    "connect": "tcp://192.168.1.31:502",
    "unit": 1,
    "priority": 2,
    "max_current_a": 32.0,
    "fallback_current_a": 6.0,
    "silent": False,
    "reserved_a": None,
}


class MemberView(View):
    """A charger of another site that is led from here."""

    model_config = shaped(MEMBER_EXAMPLE)

    key: str
    name: str
    connect: str
    unit: int
    priority: int = Field(description="As the installer set it: 0, the last, to 4, the first")
    max_current_a: float = Field(description="Per phase")
    fallback_current_a: float = Field(description="What it takes without contact; 0: it stops")
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
            "standing": None,
            "master": None,
            "pairing": False,
        }
    )

    role: ClusterMode
    name: str = Field(description="Of a master; empty without one")
    limit_a: float | None = Field(description="Of a master: what all share, per phase")
    members: tuple[MemberView, ...]
    standing: str | None = Field(description="Of a slave: led, lost, fallback or unpaired")
    master: str | None = Field(description="Of a slave: where its master is")
    pairing: bool = Field(description="Of a slave: the next master that asks is taken")


class AddMemberBody(View):
    """A charger to lead from here. Make it a slave first."""

    model_config = shaped({"key": "yard", "connect": "tcp://192.168.1.31:502", "max_current_a": 32.0})

    key: str = Field(min_length=1, max_length=40, description="As in site.toml: lower case, digits, dashes")
    connect: str = Field(min_length=1, max_length=200, description="tcp://HOST:PORT, or serial:///dev/NAME?baud=19200")
    unit: int = Field(default=1, ge=1, le=247)
    name: str | None = Field(default=None, min_length=1, max_length=80)
    max_current_a: float = Field(ge=MINIMUM_CURRENT_A, le=80, description="Per phase: its wiring and breaker")
    phases: tuple[Phase, ...] = Field(default=PHASES, description="This site's phase behind each of its own")
    priority: int = Field(default=2, ge=0, le=4)
    fallback_current_a: float = Field(default=0.0, ge=0, le=80, description="Without contact; 0: it stops")


class ChangeClusterBody(View):
    """What the cluster shares."""

    model_config = shaped({"limit_a": 40.0})

    limit_a: float = Field(ge=MINIMUM_CURRENT_A, le=2000, description="Per phase")
