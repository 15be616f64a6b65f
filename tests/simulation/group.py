"""The consumer group: who has which partition, in which generation, and how each member comes to know it."""

import asyncio
from typing import Final, Protocol

from tests.simulation.chaos import REBALANCE, Chaos

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

    def assigned(self, generation: int, partitions: frozenset[int]) -> None:
        """A rebalance has reached it."""
        ...


class Coordinator:
    """Shares the partitions out among the members that it hears of."""

    def __init__(self, partitions: int, chaos: Chaos) -> None:
        self._chaos = chaos
        self._partitions = partitions
        self._members: dict[str, Member] = {}
        self.generation = 0
        self.offsets = [0] * partitions

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
        return True

    async def watch(self) -> None:
        """Miss the heartbeats of those who have gone; and sometimes rebalance for no reason at all."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            gone = any(member.is_gone() for member in self._members.values())
            if gone or self._chaos.strike(REBALANCE, "the group", asyncio.get_running_loop().time()):
                self._rebalance()

    def _rebalance(self) -> None:
        self.generation += 1
        self._members = {name: member for name, member in self._members.items() if not member.is_gone()}
        order = self._chaos.chance.sample(list(self._members.values()), len(self._members))
        for place, member in enumerate(order):
            share = frozenset(number for number in range(self._partitions) if number % len(order) == place)
            late = self._chaos.chance.expovariate(1 / REBALANCE_SECONDS)
            asyncio.get_running_loop().call_later(late, member.assigned, self.generation, share)
