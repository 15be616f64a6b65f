"""The consumer group: who has which partition, in which generation, and how each member comes to know it."""

import asyncio
from typing import Final, Protocol

from contracts.codec import decode_log
from contracts.event_log import LogCursor, LogFault
from tests.simulation.chaos import REBALANCE, Stream
from tests.simulation.topics import Topics

SESSION_SECONDS: Final = 6.0
BEAT_SECONDS: Final = SESSION_SECONDS / 3
REBALANCE_SECONDS: Final = 0.04
"""Until a member knows of a rebalance, on average; meanwhile others may decide for what it had."""


class Member(Protocol):
    """A process in the group."""

    name: str

    def is_gone(self) -> bool:
        """Dead, or to stand still for longer than a session."""
        ...

    def assigned(self, generation: int, partitions: frozenset[int], standbys: frozenset[int]) -> None:
        """A rebalance has reached it: what it decides for, and what it keeps warm."""
        ...


class Coordinator:
    """Shares the partitions out among the members that it hears of."""

    def __init__(self, topics: Topics, luck: Stream) -> None:
        self._luck = luck
        self._topics = topics
        self._partitions = partitions = len(topics.events)
        self._held = [LogCursor(number) for number in range(partitions)]
        self._members: dict[str, Member] = {}
        self.generation = 0
        self.offsets = [0] * partitions
        self.ahead: list[str] = []
        """Where an offset was moved beyond what the log held (rule 6)."""

    def join(self, member: Member) -> None:
        """A new process, or one that was taken for dead."""
        self._members[member.name] = member
        self._rebalance()

    def knows(self, name: str) -> bool:
        """Whether this is a member of the current generation."""
        return name in self._members

    def commit(self, name: str, partition: int, offset: int, generation: int) -> bool:
        """Whether the group takes it: from members of the current generation only."""
        if generation != self.generation or not self.knows(name):
            return False
        self.offsets[partition] = offset
        if (held := self._held_by_the_log(partition)) is not None and offset > held:
            self.ahead.append(f"partition {partition} was moved to {offset} when the log held up to {held}")
        return True

    def _held_by_the_log(self, partition: int) -> int | None:
        """The first command record of which the log does not hold every event; None if the log has a fault."""
        cursor = self._held[partition]
        try:
            for stored in self._topics.events[partition][cursor.offset + 1 :]:
                cursor.accept(stored.offset, decode_log(stored.value))
        except LogFault:
            return None
        assert cursor.next_command is not None
        return cursor.next_command[0]

    async def watch(self) -> None:
        """Miss the heartbeats of those who have gone; and sometimes rebalance for no reason at all."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            gone = any(member.is_gone() for member in self._members.values())
            if gone or self._luck.strike(REBALANCE, "the group", asyncio.get_running_loop().time()):
                self._rebalance()

    def _rebalance(self) -> None:
        self.generation += 1
        self._members = {name: member for name, member in self._members.items() if not member.is_gone()}
        order = self._luck.chance.sample(list(self._members.values()), len(self._members))
        for place, member in enumerate(order):
            share = frozenset(number for number in range(self._partitions) if number % len(order) == place)
            warm = frozenset(number for number in range(self._partitions) if (number + 1) % len(order) == place)
            late = self._luck.chance.expovariate(1 / REBALANCE_SECONDS)
            asyncio.get_running_loop().call_later(late, member.assigned, self.generation, share, warm - share)
