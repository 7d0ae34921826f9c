"""The contactor that leaves terminals 2 and 3 of a board open, with the autonomy a real board has.

It moves only while the main contactor has been open for a moment, whatever it is told; the main contactor closes only
while it has come to rest where it was told. Without supply it drops open: one phase. Where it rests is told by
feedback; one that does not get there within a second has failed: a contactor that is welded or does not close.
"""

from ohmstead.core.model.evse import BoardFault, PhaseCount

REST_S = 0.1
"""The main contactor has been open for so long before anything moves."""
MOVE_S = 0.2
FAILED_S = 1.0
_EPS = 1e-9


class PhaseSwitch:
    """``phases`` is what the feedback shows, ``None`` on the way and where there is none of it."""

    __slots__ = ("_late_s", "_moving_to", "_open_s", "_told", "_way_s", "fitted", "phases")

    def __init__(self, fitted: bool) -> None:
        """Without supply; a board where it is not ``fitted`` has all its terminals connected."""
        self.fitted = fitted
        self.phases: PhaseCount | None = 1 if fitted else None
        self.begin()

    def begin(self) -> None:
        """The board begins anew: it stays where it is until it is told."""
        self._moving_to: PhaseCount = self.phases or 1
        self._told = self._moving_to
        self._open_s = self._way_s = self._late_s = 0.0

    def drop(self, stuck: bool) -> None:
        """The supply is gone: it opens, unless its contacts are ``stuck``."""
        if self.fitted and not stuck:
            self.phases = 1
        self.begin()

    def tell(self, one_phase: bool) -> None:
        """Where it is to be."""
        self._told = 1 if one_phase else 3

    @property
    def turned(self) -> bool:
        """Whether it rests where it was told to be; one that is not there always does."""
        return not self.fitted or self.phases == self._told

    def live(self, terminals: int) -> int:
        """How many of ``terminals`` have voltage once the main contactor is closed."""
        return terminals if not self.fitted or self.phases == 3 else 1

    def step(self, dt_s: float, opened: bool, stuck: bool) -> BoardFault:
        """Let ``dt_s`` pass; ``opened`` tells whether the main contactor is open. What has failed by now."""
        self._open_s = self._open_s + dt_s if opened else 0.0
        if not self.fitted or self._open_s < REST_S - _EPS:
            return BoardFault.NONE
        if self._told != self._moving_to:
            self._moving_to, self._way_s, self._late_s = self._told, 0.0, 0.0
        if self.phases == self._moving_to:
            return BoardFault.NONE
        self._late_s += dt_s
        if not stuck:
            self.phases, self._way_s = None, self._way_s + dt_s
            if self._way_s >= MOVE_S - _EPS:
                self.phases = self._moving_to
        if self._late_s < FAILED_S - _EPS:
            return BoardFault.NONE
        return BoardFault.CONTACTOR_WELDED if self._moving_to == 1 else BoardFault.CONTACTOR_STUCK_OPEN
