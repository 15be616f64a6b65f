"""How much is wanted of which show, and when."""

from enum import StrEnum
from typing import Final, NamedTuple


class Demand(StrEnum):
    """The three shows, each on a partition of its own."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


HOT: Final = Demand.HIGH
QUIET: Final = Demand.LOW
SHARES: Final = {Demand.HIGH: 0.45, Demand.MEDIUM: 0.35, Demand.LOW: 0.20}
"""Of the load that deciders share. At 1.5 caps the busiest show takes 0.68 of one, so that three can work it off."""
OFFERED_CAPS: Final = 1.5
QUIET_A_SECOND: Final = 60.0
BOOKS_ONE_IN: Final = 5
"""So many of those who hold a seat book it, as soon as they have it."""
COMMANDS_A_VISIT: Final = 1 + 1 / BOOKS_ONE_IN


class Terms(NamedTuple):
    """What a run is to be: `seconds` of each act's peak, the deciders' `cap` in decisions a second, the measured `peak`
    in holds a second (None: measure it), the `seed` of the seats."""

    seconds: float
    cap: float
    peak: float | None
    seed: int


class Dial:
    """Commands a second that are wanted of a show; a turn takes some seconds, at an even pace."""

    def __init__(self, now: float) -> None:
        self._from = self._to = 0.0
        self._began = self._ends = self._looked = now
        self._owed = 0.0

    def turn(self, to: float, now: float, within: float) -> None:
        """Go from where it is now to `to` within so many seconds."""
        self._from, self._to = self.at(now), to
        self._began, self._ends = now, now + within

    def at(self, now: float) -> float:
        """The level at this time."""
        if now >= self._ends:
            return self._to
        if now <= self._began:
            return self._from
        return self._from + (self._to - self._from) * (now - self._began) / (self._ends - self._began)

    def due(self, now: float) -> list[float]:
        """When visitors have wanted to come since the last look; evenly, so that a late look does not hide a wait."""
        since, self._looked = self._looked, now
        span = now - since
        self._owed += (self.at(since) + self.at(now)) / 2 * span / COMMANDS_A_VISIT
        visitors = int(self._owed)
        self._owed -= visitors
        return [since + span * (place + 1) / visitors for place in range(visitors)]
