"""On and off by time: what a light or a buzzer does, as the durations of its steps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wave:
    """On for the first step, off for the second, and so on, in milliseconds.

    No steps are always off. One that repeats begins again at its end, any other stays off.
    """

    steps_ms: tuple[int, ...] = ()
    repeats: bool = False

    @property
    def length_ms(self) -> int:
        """How long it lasts once."""
        return sum(self.steps_ms)

    def lit(self, age_ms: float) -> bool:
        """Whether it is on ``age_ms`` after its start."""
        if age_ms < 0 or not self.steps_ms:
            return False
        if self.repeats:
            age_ms %= self.length_ms
        for index, step_ms in enumerate(self.steps_ms):
            if age_ms < step_ms:
                return index % 2 == 0
            age_ms -= step_ms
        return False


NEVER = Wave()
ALWAYS = Wave((1000,), repeats=True)
