"""How many commands of a partition wait to be decided, and how fast they become fewer, as far as one node can see.

A node knows where its own records stand, which of the log's commands the last event answered, and nothing else; it asks
nobody. Records of other nodes in between are counted like its own.

In a queue, what is decided while one command waits is what was in front of it. So the events that come between a
command's arrival and its own, divided by that time, are the rate at which the queue moved for it, whatever the reason.
"""

from collections import deque
from typing import Final, NamedTuple

ASSUMED_A_SECOND: Final = 2_000.0
"""What a partition is taken for until it was seen at work: a third of what one decider did on two cores."""
BUSY_COMMANDS: Final = 100
"""What waited for fewer than these says nothing of the rate: it was decided as fast as one is."""
SMOOTHING: Final = 0.3
"""The share of what was seen since the last look in the new rate; so one stall does not make a decider slow."""
FORGOTTEN_A_LOOK: Final = 0.05
"""A rate below ASSUMED_A_SECOND grows by this share a look while there is little to do."""
LEAST_A_SECOND: Final = 1.0


class Mark(NamedTuple):
    """A moment (monotonic seconds), and the events seen by then."""

    at: float
    decided: int


class _Own(NamedTuple):
    """A record of this node: its offset, its commands, and the mark that stood when the first of them came."""

    offset: int
    commands: int
    since: Mark


class Backlog:
    """One partition's. `now` is always monotonic seconds."""

    def __init__(self, now: float) -> None:
        self.rate = ASSUMED_A_SECOND
        """Decisions a second, when there is enough to decide."""
        self.mark = Mark(now, 0)
        """As of the last look."""
        self.decided = 0
        """Events seen so far."""
        self._own: deque[_Own] = deque()
        self._own_commands = 0
        self._placed = -1
        self._decided_below = 0
        self._listening_since = now
        self._seen_decided = 0
        self._seen_seconds = 0.0

    @property
    def owed(self) -> bool:
        """Whether a record of this node stands in the log and is not decided to its end."""
        return self._placed >= self._decided_below

    @property
    def commands(self) -> int:
        """Commands in the log without their event. Records of others count as the mean of our own; those behind our
        last are unknown."""
        if not self._own:
            return 0
        records = self._placed - self._decided_below + 1
        return self._own_commands * records // len(self._own)

    def placed(self, offset: int, commands: int, since: Mark) -> None:
        """The log has a record of this node at this offset; `since` is the mark from when its first command came."""
        self._placed = offset
        if offset >= self._decided_below:
            self._own.append(_Own(offset, commands, since))
            self._own_commands += commands

    def heard(self, source: tuple[int, int, int], now: float) -> None:
        """The log has the event of the command at this place (offset, index, count), whosever it is."""
        offset, index, count = source
        self.decided += 1
        self._decided_below = below = offset + 1 if index + 1 == count else offset
        own = self._own
        while own and own[0].offset < below:
            record = own.popleft()
            self._own_commands -= record.commands
            decided = self.decided - record.since.decided
            if decided >= BUSY_COMMANDS and record.since.at >= self._listening_since:
                self._seen_decided += decided
                self._seen_seconds += now - record.since.at

    def look(self, now: float, ahead: int) -> None:
        """Learn from what was heard since the last look; `ahead` commands are in front of one that comes now."""
        self.mark = Mark(now, self.decided)
        if self._seen_seconds > 0:
            seen = self._seen_decided / self._seen_seconds
            self.rate = max(self.rate + SMOOTHING * (seen - self.rate), LEAST_A_SECOND)
        elif ahead < BUSY_COMMANDS and self.rate < ASSUMED_A_SECOND:
            self.rate = min(ASSUMED_A_SECOND, self.rate * (1 + FORGOTTEN_A_LOOK))
        self._seen_decided, self._seen_seconds = 0, 0.0

    def look_away(self, now: float) -> None:
        """Instead of `look` while nothing is decided at all: the wait of what waits now says nothing of the rate."""
        self.mark = Mark(now, self.decided)
        self._listening_since = now
