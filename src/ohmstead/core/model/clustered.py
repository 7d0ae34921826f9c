"""A cluster as people see it."""

from dataclasses import dataclass

from ohmstead.core.model.clustering import ClusterMode
from ohmstead.core.model.settings import ChargerSettings


@dataclass(frozen=True, slots=True)
class MemberShown:
    """One member: how it is set up, and how it is. ``reserved_a`` is kept for it while it is silent."""

    name: str
    settings: ChargerSettings
    silent: bool
    reserved_a: float | None


@dataclass(frozen=True, slots=True)
class ClusterShown:
    """The cluster as this site knows it.

    Of a slave: ``standing``, where its ``master`` is, the ``charger`` that is led, what it may take now
    (``allowed_a``; ``None`` while nobody leads it), and what it takes without contact.
    """

    role: ClusterMode
    name: str = ""
    limit_a: float | None = None
    members: tuple[MemberShown, ...] = ()
    standing: str | None = None
    master: str | None = None
    pairing: bool = False
    charger: str | None = None
    allowed_a: float | None = None
    fallback_a: float | None = None
