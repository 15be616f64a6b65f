"""How many commands of a partition wait to be decided, and how fast they become fewer, as far as one node can see.

A node knows where its own records stand, which of the log's commands the last event answered, and nothing else; it asks
nobody. Records of other nodes in between are counted like its own.
"""

from collections import deque
from typing import Final

ASSUMED_A_SECOND: Final = 2_000.0
"""What a partition is taken for until it was seen at work: a third of what one decider did on two cores."""
BUSY_COMMANDS: Final = 100
"""With fewer commands in front of it, a decider is not seen at work: what it gives then is what it was given."""
WINDOW_LOOKS: Final = 10
MEASURED_LOOKS: Final = 5
"""A rate counts once the decider was at work for so many looks on end."""
CHANGE_A_LOOK: Final = 0.05
"""A rate falls by this share a look at most, so that a stall of two seconds leaves a third of it; one that was measured
below ASSUMED_A_SECOND is forgotten at the same speed when there is little to do."""
LEAST_A_SECOND: Final = 1.0


class Backlog:
    """One partition's."""

    def __init__(self) -> None:
        self.decided = 0
        """Events seen so far."""
        self.rate = ASSUMED_A_SECOND
        """Decisions a second, when there is enough to decide."""
        self._own: deque[tuple[int, int]] = deque()
        self._own_commands = 0
        self._placed = -1
        self._decided_below = 0
        self._seen_at_work: deque[tuple[float, int]] = deque(maxlen=WINDOW_LOOKS + 1)

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

    def placed(self, offset: int, commands: int) -> None:
        """The log has a record of this node at this offset of the commands, with so many."""
        self._placed = offset
        if offset >= self._decided_below:
            self._own.append((offset, commands))
            self._own_commands += commands

    def heard(self, source: tuple[int, int, int]) -> None:
        """The log has the event of the command at this place (offset, index, count), whosever it is."""
        offset, index, count = source
        self.decided += 1
        self._decided_below = below = offset + 1 if index + 1 == count else offset
        own = self._own
        while own and own[0][0] < below:
            self._own_commands -= own.popleft()[1]

    def look_away(self) -> None:
        """Instead of `look` while nothing is decided at all, which says nothing of the rate."""
        self._seen_at_work.clear()

    def look(self, now: float, ahead: int) -> None:
        """Measure the rate; to be called every LOOK_SECONDS with monotonic seconds and the commands in front of one
        that comes now."""
        seen = self._seen_at_work
        if ahead < BUSY_COMMANDS:
            seen.clear()
            if self.rate < ASSUMED_A_SECOND:
                self.rate = min(ASSUMED_A_SECOND, self.rate * (1 + CHANGE_A_LOOK))
            return
        seen.append((now, self.decided))
        if len(seen) > MEASURED_LOOKS:
            (began, before), (ended, after) = seen[0], seen[-1]
            measured = (after - before) / (ended - began)
            self.rate = max(measured, self.rate * (1 - CHANGE_A_LOOK), LEAST_A_SECOND)
