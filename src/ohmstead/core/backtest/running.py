"""One job of a backtest, to be done anywhere: a strategy over a part of the days. Pure, and small enough to be sent."""

from dataclasses import dataclass

from ohmstead.core.backtest.driving import drive
from ohmstead.core.backtest.outcome import Outcome
from ohmstead.core.backtest.parts import Part
from ohmstead.core.backtest.strategies import Deciding, Strategy
from ohmstead.core.model.settings import Settings


class Stopped(Exception):
    """Nobody wants the outcome any more."""


@dataclass(frozen=True, slots=True)
class Job:
    """``charger`` is the one of ``settings`` at which the cars of ``part`` are plugged in."""

    strategy: Strategy
    part: Part
    settings: Settings
    charger: str

    def run(self) -> Outcome:
        """What comes of it."""
        part = self.part
        decider = Deciding(self.strategy, self.settings, self.charger, part.days)
        return drive(self.strategy.name, part.days, part.visits, decider, part.prices)
