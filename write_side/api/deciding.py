"""What one command API sees of the deciding of each partition, and what follows for who comes now.

In time, or not at all: a command whose answer would take too long is refused before anything of it is taken. Only while
nobody decides are commands taken that nobody answers: they are recorded, up to a bound, and told 202.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from math import ceil
from typing import Final, NamedTuple

from write_side.api.backlog import BUSY_COMMANDS, Backlog
from write_side.api.circuit import LOOK_SECONDS, Circuit, State

SUSPICION_SECONDS: Final = 0.5
"""Who is silent for so long is away rather than slow: then nobody is refused for being late, whatever the rate was."""
ASK_AGAIN_AT: Final = 0.5
"""Whoever is refused is told to ask again when the wait should have fallen to this share of what is refused."""
RETRY_SECONDS_MOST: Final = 30
CATCHING_UP: Final = 2
"""While an outage is worked off, one command is taken for so many that are decided, so that it does come to an end."""


class NotTaken(NamedTuple):
    """The command was never handed to Kafka; asking again is worth while after `retry_seconds`."""

    why: str
    retry_seconds: int = 1


TOO_LATE: Final = "More commands wait to be decided than can be answered in time."
TOO_MANY: Final = "Nothing is being decided at the moment, and enough commands wait for it."


class Deciding:
    """One partition: its backlog, its circuit, and why commands to it are refused, if they are."""

    def __init__(
        self,
        circuit: Circuit,
        *,
        within_seconds: float,
        queued_most: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.circuit = circuit
        self.backlog = Backlog(clock())
        self.ahead = 0
        """Commands in front of one that comes now, as of the last look."""
        self.refused: NotTaken | None = None
        self._within_seconds = within_seconds
        self._queued_most = queued_most
        self._clock = clock
        self._worked_off_from: tuple[int, int] | None = None
        self._room = self.backlog.rate * within_seconds

    def heard(self, source: tuple[int, int, int]) -> None:
        """The log has the event of the command at this place."""
        self.backlog.heard(source, self._clock())
        self.circuit.heard(self.backlog.owed)

    def look(self, on_hand: int, unheard_seconds: float = 0.0) -> None:
        """See how things stand; to be called every LOOK_SECONDS.

        `on_hand` commands are not in the log yet; whoever is heard now has waited `unheard_seconds` for it.
        """
        self.circuit.look(self.backlog.owed)
        self.ahead = ahead = self.backlog.commands + on_hand
        if self._silent:
            self.backlog.look_away(self._clock())
        else:
            self.backlog.look(self._clock(), ahead)
        left = self._within_seconds - unheard_seconds
        most = self._most(ahead, left) if left > 0 else 0
        self._room = most - ahead + (0 if self._silent else self.backlog.rate * LOOK_SECONDS)
        self.refused = self._refusal(ahead) if left < 0 or most < ahead else None

    def taken(self) -> None:
        """One more command was taken: as many are until the next look as can be answered in time."""
        self._room -= 1
        if self._room < 0 and self.refused is None:
            self.refused = self._refusal(self.ahead)

    @property
    def _silent(self) -> bool:
        return self.circuit.state is State.OPEN or self.circuit.silent_seconds >= SUSPICION_SECONDS

    def _most(self, ahead: int, seconds: float) -> float:
        """How many may be in front of a newcomer who has so many seconds."""
        if self.circuit.state is not State.HALF_OPEN:
            self._worked_off_from = None
        if self._silent:
            return self._queued_most
        in_time = max(self.backlog.rate * seconds, BUSY_COMMANDS)
        if self.circuit.state is State.CLOSED:
            return in_time
        if self._worked_off_from is None:
            self._worked_off_from = ahead, self.backlog.decided
        began_with, decided = self._worked_off_from
        return max(began_with - (self.backlog.decided - decided) / CATCHING_UP, in_time)

    def _refusal(self, ahead: int) -> NotTaken:
        seconds = ceil(ahead / self.backlog.rate - self._within_seconds * ASK_AGAIN_AT)
        return NotTaken(TOO_MANY if self._silent else TOO_LATE, min(max(1, seconds), RETRY_SECONDS_MOST))


async def keep_looking(
    every: Iterable[Deciding], on_hand: Callable[[int], int], unheard_seconds: Callable[[], float]
) -> None:
    """Look at all partitions until cancelled; both callables are as in `Deciding.look`, the first by partition."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        unheard = unheard_seconds()
        for number, deciding in enumerate(every):
            deciding.look(on_hand(number), unheard)
