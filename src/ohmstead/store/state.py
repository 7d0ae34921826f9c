"""What is known of a site's record without asking the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ohmstead.store.dating import NEW, Dating
from ohmstead.store.intervals import Interval
from ohmstead.store.packing import Layout
from ohmstead.store.rollups import Sum
from ohmstead.store.values import Sample

TIMES = 0
"""The channel number under which the times of a site's rows are kept."""


@dataclass(slots=True)
class Open:
    """What is known of the site's record without asking the database."""

    at: int | None = None
    interval: Interval | None = None
    layout: int | None = None
    body: bytes = b""
    channels: dict[str, int] = field(default_factory=dict)
    counters: dict[str, Sample] = field(default_factory=dict)
    sums: dict[str, Sum] = field(default_factory=dict)
    layouts: dict[int, Layout] = field(default_factory=dict)
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    dating: Dating = NEW

    def glimpse(self, names: Sequence[str]) -> "Open":
        """A copy of what readers need of ``names``, which stays as it is while rows are written."""
        return Open(
            at=self.at,
            interval=self.interval,
            channels={name: self.channels[name] for name in names if name in self.channels},
            sums={name: self.sums[name].copy() for name in names if name in self.sums},
        )
