"""Why something is as it is: a text key with parameters, worded in ``ohmstead.texts``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ohmstead.core.model.changing import quick

Param = str | int | float


@quick
@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence that is still data. ``key`` exists in every language file; ``params`` fill its placeholders."""

    key: str
    params: Mapping[str, Param] = field(default_factory=dict)
