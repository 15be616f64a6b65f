"""What goes wrong, and when: drawn from the seed, counted, and told as a story."""

import asyncio
from collections.abc import Collection, Mapping
from random import Random
from typing import Final, NamedTuple

CRASH: Final = "crash"
PAUSE: Final = "pause"
CLOCK_SET: Final = "clock set wrong"
SILENT_END: Final = "agent gone without a word"
LOST_CONFIRMATION: Final = "lost confirmation"
DELAYED_APPEND: Final = "delayed append"
DELIVERED_AGAIN: Final = "delivered again"
DROPPED: Final = "dropped on the way"
DELAYED_DELIVERY: Final = "delayed delivery"
REBALANCE: Final = "rebalance"
KAFKA_AWAY: Final = "Kafka away"
BROKER_CLOCK_SET: Final = "broker's clock set wrong"
POISON: Final = "poison"
MONGO_AWAY: Final = "MongoDB away"
DELAYED_WRITE: Final = "delayed write"
REBUILD: Final = "rebuild"
REBUILD_KILLED: Final = "rebuild killed"
SENT_TWICE: Final = "request sent twice"
LOST_REQUEST: Final = "request lost"
LOST_ANSWER: Final = "answer lost"

RATES: Mapping[str, float] = {
    SILENT_END: 0.004,
    LOST_CONFIRMATION: 0.1,
    DELAYED_APPEND: 0.25,
    DELIVERED_AGAIN: 0.6,
    DROPPED: 0.3,
    DELAYED_DELIVERY: 0.15,
    REBALANCE: 0.1,
    KAFKA_AWAY: 0.03,
    BROKER_CLOCK_SET: 0.1,
    POISON: 0.06,
    MONGO_AWAY: 0.03,
    DELAYED_WRITE: 0.05,
    REBUILD: 0.25,
    REBUILD_KILLED: 0.5,
    SENT_TWICE: 0.2,
    LOST_REQUEST: 0.1,
    LOST_ANSWER: 0.15,
}
"""How likely each fault is wherever it can happen."""
STEP_RATES: Final = ((CRASH, 0.003), (PAUSE, 0.0006), (CLOCK_SET, 0.004))
"""How likely each of these is whenever a process goes on after an await."""
_ANY_STEP: Final = sum(rate for _, rate in STEP_RATES)
ANSWER_SECONDS: Final = 0.002
"""What the world takes for an answer, on average."""


class Place(NamedTuple):
    """Which opportunity: the stream it belongs to, and its number there."""

    stream: str
    number: int


class Strike(NamedTuple):
    """One fault: where in the run, when, whom it met, and what it was."""

    place: Place
    seconds: float
    whom: str
    what: str

    def __str__(self) -> str:
        return f"{self.seconds:9.3f} s  {self.whom}: {self.what}"


class Chaos:
    """All that goes wrong in a run. `only` lets just the faults at those places strike: to shrink a run."""

    def __init__(self, seed: int, only: Collection[Place] | None = None) -> None:
        self.seed = seed
        self.only = None if only is None else frozenset(only)
        self.over = False
        self.calm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when it is over."""
        self.strikes: list[Strike] = []
        self.errors: list[str] = []
        """What processes ended of that no fault explains, in sentences."""

    def end(self) -> None:
        """From now on nothing goes wrong."""
        self.over = True
        self.calm.set_result(None)

    def stream(self, name: str) -> "Stream":
        """For one part of the world, so that what strikes elsewhere does not change what is drawn here."""
        return Stream(self, name)


class Stream:
    """Decides at every opportunity of one part of the world whether a fault strikes. `chance` is for all the rest."""

    def __init__(self, chaos: Chaos, name: str) -> None:
        self.chance = Random(f"{chaos.seed} {name}")
        self._faults = Random(f"{chaos.seed} {name} faults").random
        self._chaos = chaos
        self._name = name
        self._number = 0

    def strike(self, what: str, whom: str, now: float) -> bool:
        """Whether this happens here and now."""
        if self._chaos.over:
            return False
        self._number += 1
        return self._faults() < RATES[what] and self._strikes(what, whom, now)

    def step(self) -> str | None:
        """What strikes a process that is about to go on, mostly nothing; `strike_step` says whom."""
        if self._chaos.over:
            return None
        self._number += 1
        drawn = self._faults()
        if drawn >= _ANY_STEP:
            return None
        for what, rate in STEP_RATES:
            if drawn < rate:
                return what
            drawn -= rate
        return None

    def strike_step(self, what: str, whom: str, now: float) -> bool:
        """Whether what `step` has drawn happens."""
        return self._strikes(what, whom, now)

    def delay(self) -> float:
        """Seconds until an answer comes, mostly few."""
        return self.chance.expovariate(1 / ANSWER_SECONDS)

    def _strikes(self, what: str, whom: str, now: float) -> bool:
        place = Place(self._name, self._number)
        if self._chaos.only is not None and place not in self._chaos.only:
            return False
        self._chaos.strikes.append(Strike(place, now, whom, what))
        return True
