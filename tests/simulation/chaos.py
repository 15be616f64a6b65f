"""What goes wrong, and when: drawn from the seed, counted, and told as a story."""

from collections.abc import Collection, Mapping
from random import Random
from typing import Final, NamedTuple

CRASH: Final = "crash"
PAUSE: Final = "pause"
LOST_CONFIRMATION: Final = "lost confirmation"
DELAYED_APPEND: Final = "delayed append"
DELIVERED_AGAIN: Final = "delivered again"
DROPPED: Final = "dropped on the way"
REBALANCE: Final = "rebalance"

RATES: Mapping[str, float] = {
    CRASH: 0.02,
    PAUSE: 0.01,
    LOST_CONFIRMATION: 0.1,
    DELAYED_APPEND: 0.2,
    DELIVERED_AGAIN: 0.3,
    DROPPED: 0.2,
    REBALANCE: 0.1,
}
"""How likely each fault is wherever it can happen."""
ANSWER_SECONDS: Final = 0.002
"""What the world takes for an answer, on average."""


class Strike(NamedTuple):
    """One fault: its number, when, whom it met, and what it was."""

    number: int
    seconds: float
    whom: str
    what: str

    def __str__(self) -> str:
        return f"{self.seconds:9.3f} s  {self.whom}: {self.what}"


class Chaos:
    """Decides at every opportunity whether a fault strikes. `only` lets just those numbers strike: to shrink a run."""

    def __init__(self, seed: int, only: Collection[int] | None = None) -> None:
        self.chance = Random(f"{seed} schedule")
        self._faults = Random(f"{seed} faults")
        self._only = only
        self._number = 0
        self.over = False
        self.strikes: list[Strike] = []

    def strike(self, what: str, whom: str, now: float) -> bool:
        """Whether this happens here and now."""
        if self.over:
            return False
        self._number += 1
        drawn = self._faults.random() < RATES[what]
        if not drawn or (self._only is not None and self._number not in self._only):
            return False
        self.strikes.append(Strike(self._number, now, whom, what))
        return True

    def delay(self) -> float:
        """Seconds until an answer comes, mostly few."""
        return self.chance.expovariate(1 / ANSWER_SECONDS)
