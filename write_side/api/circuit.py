"""Whether a partition is being decided, as far as one command API can see, and who may wait for an answer accordingly.

A circuit breaker with the three usual states. It never says what became of a command: it only decides whether a caller
is kept waiting for the log's word or told 202 as soon as the command's place is known.
"""

import time
from collections.abc import Callable
from enum import IntEnum
from typing import Final

LOOK_SECONDS: Final = 0.1
"""How often somebody has to call `look`."""
LOOK_SECONDS_MOST: Final = 2 * LOOK_SECONDS
"""What one look counts for at most: a process that was stopped for a minute has not listened for a minute."""
SILENCE_SECONDS: Final = 2.0
"""Who waits as long as callers do by default (WAIT_SECONDS_DEFAULT) will not be answered in time after so much silence;
before it, he may be. A rebalance among deciders stops deciding for one heartbeat at most, 1 s, a collection of garbage
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

    closed → open: commands of ours stand in the log, and no event of the partition came for `silence_seconds`.
    open → half-open: an event came; deciders are back, perhaps far behind.
    half-open → closed: the probe was answered within `in_time_seconds`, or no command of ours is without its event.
    half-open → open: silence again.
    """

    def __init__(
        self,
        silence_seconds: float,
        in_time_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        changed: Callable[[State], None] = _nobody,
    ) -> None:
        self.state = State.CLOSED
        self.silent_seconds = 0.0
        """How long nothing was heard although something was owed, as of the last look."""
        self.probe: object | None = None
        """Who waits while the circuit is half-open; None otherwise."""
        self._silence_most = silence_seconds
        self._in_time = in_time_seconds
        self._clock = clock
        self._changed = changed
        self._looked_at = clock()
        self._probed_at = 0.0
        self._heard = False

    def heard(self, owed: bool) -> None:
        """The log has an event of this partition; `owed` says whether a command of ours is still without one."""
        self._heard = True
        if self.state is not State.CLOSED:
            if self.state is State.OPEN:
                self._enter(State.HALF_OPEN)
            if not owed:
                self._enter(State.CLOSED)

    def look(self, owed: bool) -> None:
        """Count the silence; to be called every LOOK_SECONDS."""
        now = self._clock()
        passed, self._looked_at = min(now - self._looked_at, LOOK_SECONDS_MOST), now
        if self._heard or not owed:
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
        self.probe, self._probed_at = who, self._clock()
        return True

    def probed(self, answered: bool) -> None:
        """The probe has waited, and was answered by the log or not."""
        self.probe = None
        if answered and self._clock() - self._probed_at <= self._in_time:
            self._enter(State.CLOSED)

    def _enter(self, state: State) -> None:
        self.state = state
        self.probe = None
        self._changed(state)
