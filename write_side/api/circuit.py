"""Whether a partition is being decided, as far as one command API can see, and who may wait for an answer accordingly.

A circuit breaker with the three usual states. It never says what became of a command: it only decides whether a caller
is kept waiting for the log's word or told 202 as soon as the command's place is known.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Final

LOOK_SECONDS: Final = 0.1
"""How often somebody has to call `look`."""
LOOK_SECONDS_MOST: Final = 2 * LOOK_SECONDS
"""What one look counts for at most: a process that was stopped for a minute has not listened for a minute."""
SILENCE_SECONDS: Final = 2.0
"""Who waits as long as callers do by default (WAIT_SECONDS_DEFAULT) will not be answered in time after so much silence;
before it, he may be. A rebalance among deciders stops deciding for one heartbeat at most, 2 s, a collection of garbage
for some milliseconds."""


class State(IntEnum):
    """Closed: everybody may wait. Open: nobody. Half-open: one at a time. The values are those of the metric."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


def _nobody(_: State) -> None:
    """For who need not hear of changes."""


class Circuit:
    """One partition's. `changed` is called with each new state, after it was entered.

    closed → open: commands stand in the log, and no event of the partition came for `silence_seconds`.
    open → half-open: an event came; deciders are back, perhaps far behind.
    half-open → closed: a command was answered while its caller waited for it, or no command is without its event.
    half-open → open: silence again.
    """

    def __init__(
        self,
        silence_seconds: float = SILENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        changed: Callable[[State], None] = _nobody,
    ) -> None:
        self.state = State.CLOSED
        self.silent_seconds = 0.0
        """How long nothing was heard although something was owed, as of the last look."""
        self._silence_most = silence_seconds
        self._clock = clock
        self._changed = changed
        self._looked_at = clock()
        self._heard = False
        self._placed = -1
        self._decided_below = 0
        self.probe: object | None = None
        """Who waits while the circuit is half-open; None otherwise."""

    @property
    def owed(self) -> bool:
        """Whether a command of ours stands in the log without its event."""
        return self._placed >= self._decided_below

    def placed(self, offset: int) -> None:
        """The log has a record of ours at this offset of the commands."""
        self._placed = offset

    def heard(self, source: tuple[int, int, int]) -> None:
        """The log has the event of the command at this place (offset, index, count), whosever it is."""
        offset, index, count = source
        self._decided_below = offset + 1 if index + 1 == count else offset
        self._heard = True
        if self.state is not State.CLOSED:
            if self.state is State.OPEN:
                self._enter(State.HALF_OPEN)
            if not self.owed:
                self._enter(State.CLOSED)

    def look(self) -> None:
        """Count the silence; to be called every LOOK_SECONDS."""
        now = self._clock()
        passed, self._looked_at = min(now - self._looked_at, LOOK_SECONDS_MOST), now
        if self._heard or not self.owed:
            self._heard, self.silent_seconds = False, 0.0
            return
        self.silent_seconds += passed
        if self.silent_seconds >= self._silence_most and self.state is not State.OPEN:
            self._enter(State.OPEN)

    def may_wait(self, who: object) -> bool:
        """Whether this caller may wait for the answer. Who becomes the `probe` by it must be told of by `probed`."""
        if self.state is State.CLOSED:
            return True
        if self.state is State.OPEN or self.probe is not None:
            return False
        self.probe = who
        return True

    def probed(self, answered: bool) -> None:
        """The probe has waited, and was answered in time or not."""
        self.probe = None
        if answered:
            self._enter(State.CLOSED)

    def _enter(self, state: State) -> None:
        self.state = state
        self.probe = None
        self._changed(state)


async def keep_looking(circuits: Iterable[Circuit]) -> None:
    """Look at all of them until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for circuit in circuits:
            circuit.look()
