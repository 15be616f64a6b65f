"""How thoroughly a run measures, and where it says what it is doing."""

from collections.abc import Callable
from typing import NamedTuple


class Pace(NamedTuple):
    """`scale` multiplies sizes and durations; a quick run's figures are no result. `say` shows what is under way."""

    quick: bool
    rounds: int
    scale: float
    say: Callable[[str], None]

    def sized(self, full: int, least: int = 1) -> int:
        """A size or a number of seconds, made smaller in a quick run."""
        return max(least, round(full * self.scale))


def full_pace(say: Callable[[str], None]) -> Pace:
    """Results: median of three."""
    return Pace(quick=False, rounds=3, scale=1.0, say=say)


def quick_pace(say: Callable[[str], None]) -> Pace:
    """For development and smoke tests."""
    return Pace(quick=True, rounds=1, scale=0.1, say=say)
