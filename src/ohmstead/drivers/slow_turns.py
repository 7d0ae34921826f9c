"""The slower turn of a meter: which of its rarely needed registers to ask for now, so that the power never waits long.

At most one extra request goes with a read, not more often than once in ``TURN_S``, and each block is asked for once
in ``ROUND_S``. A block that the meter refuses is left alone for ``REST_S``, as many models of one family share a map
without all having the same values; one that did not come for another reason is tried again after ``AGAIN_S``.
"""

from collections.abc import Mapping, Sequence

from ohmstead.core.model.details import Details
from ohmstead.core.model.errors import DeviceError, DeviceRefused
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.protocols.meters.codec import decode_details
from ohmstead.protocols.meters.table import Block, MeterTable

ROUND_S = 10.0
TURN_S = 1.0
AGAIN_S = 60.0
REST_S = 900.0


class SlowTurns:
    """What one meter told at its slower turns. Times are seconds of a clock that only moves forward."""

    def __init__(self, table: MeterTable) -> None:
        """Nothing is due before the first good read."""
        self._table = table
        self._words: dict[Block, tuple[int, ...]] = {}
        self._due_s: dict[Block, float] = {}
        self._refused: dict[Block, Reason] = {}
        self._next_s: float | None = None
        self._decode_s = 0.0
        self.details: Details = {}
        self.notes: tuple[Reason, ...] = ()

    def due(self, now_s: float) -> Block | None:
        """The block to ask for with this read, if any."""
        if self._next_s is None or now_s < self._next_s:
            return None
        block = min(self._table.detail_blocks, key=lambda b: self._due_s.get(b, 0.0), default=None)
        return block if block is not None and self._due_s.get(block, 0.0) <= now_s else None

    def everything(self) -> tuple[Block, ...]:
        """Every block, for who asks for all of them at once; the next good read looks at what then came."""
        self._decode_s = 0.0
        return self._table.detail_blocks

    def came(self, block: Block, words: tuple[int, ...], now_s: float) -> None:
        """The meter answered."""
        self._words[block] = words
        self._refused.pop(block, None)
        self._due_s[block], self._next_s = now_s + ROUND_S, now_s + TURN_S

    def failed(self, block: Block, error: DeviceError, now_s: float) -> None:
        """It did not. That it does not have them is no fault, and told as a note."""
        self._words.pop(block, None)
        refused = isinstance(error, DeviceRefused)
        if refused:
            params: dict[str, Param] = {
                "meter": self._table.name,
                "first": block.start,
                "last": block.start + block.count - 1,
            }
            self._refused[block] = Reason("meter.not_given", params)
        self._due_s[block], self._next_s = now_s + (REST_S if refused else AGAIN_S), now_s + TURN_S

    def good(self, blocks: Sequence[tuple[int, ...]], now_s: float) -> None:
        """The meter gave its fast blocks; what they bring along is looked at as often as the rest."""
        if not self._table.details:
            return
        if self._next_s is None:
            self._next_s = now_s
        if now_s < self._decode_s:
            return
        seen: Mapping[Block, Sequence[int]] = {**dict(zip(self._table.blocks, blocks, strict=True)), **self._words}
        self.details, notes = decode_details(self._table, seen)
        self.notes = (*notes, *self._refused.values())
        waiting = any(block not in self._due_s for block in self._table.detail_blocks)
        self._decode_s = now_s + (TURN_S if waiting else ROUND_S)

    def bad(self) -> None:
        """The meter gave no power that can be true: what it says beside counts for nothing until it does."""
        for block in self._words:
            self._due_s.pop(block, None)
        self._words, self.details, self.notes = {}, {}, ()
        self._next_s, self._decode_s = None, 0.0
