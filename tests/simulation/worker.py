"""A simulated worker: the decider of production on ports in memory, with what Faust and worker.py do for it."""

import asyncio
from typing import Final

from tests.simulation.chaos import DELIVERED_AGAIN, DROPPED, Chaos
from tests.simulation.group import BEAT_SECONDS, SESSION_SECONDS, Coordinator
from tests.simulation.processes import Process
from tests.simulation.topics import SeenCommands, SeenEvents, Topics
from write_side.processor.decider import Decider
from write_side.processor.ports import CommandMessage

RECORDS_A_FETCH: Final = 4
IDLE_SECONDS: Final = 0.3


class DeciderWorker(Process):
    """One process of the deciders. It is its decider's Group (ports.py), and a Member (group.py)."""

    def __init__(self, name: str, chaos: Chaos, topics: Topics, coordinator: Coordinator) -> None:
        super().__init__(name, chaos)
        self._topics = topics
        self._coordinator = coordinator
        self._events = SeenEvents(topics, self)
        self._generation = 0
        self._share: frozenset[int] = frozenset()
        self._heard = asyncio.Event()
        self._positions: dict[int, int] = {}
        self.decider = Decider(self._events, SeenCommands(topics, self), self, len(topics.commands), name)
        for work in (
            self._follow_the_group,
            self._agent,
            self._beat,
            self._acknowledge,
            self._expire,
            self._look_after,
        ):
            self.run(work())

    def generation(self) -> int:
        """As this member knows it."""
        return self._generation

    async def commit(self, partition: int, offset: int, generation: int) -> bool:
        """Ask the coordinator."""
        await self.leave("when it commits")
        return self._coordinator.commit(self.name, partition, offset, generation)

    async def seek(self, partition: int, offset: int) -> None:
        """What is fetched next begins there."""
        self._positions[partition] = offset

    def is_gone(self) -> bool:
        """Told from outside, by its heartbeats."""
        return self.dead or self.pause_left() > SESSION_SECONDS

    def assigned(self, generation: int, partitions: frozenset[int]) -> None:
        """Rule 1 at once, unless it stands still."""
        if self.pause_left() > 0:
            asyncio.get_running_loop().call_later(self.pause_left(), self.assigned, generation, partitions)
        elif not self.dead and generation > self._generation:
            self.decider.stop_deciding()
            self._generation, self._share = generation, partitions
            self._heard.set()

    async def _follow_the_group(self) -> None:
        while not self.dead:
            await self._heard.wait()
            self._heard.clear()
            generation, share = self._generation, self._share
            for number in set(self.decider.partitions) - share:
                self.decider.drop(number)
            for number in sorted(share):
                await self.decider.fold_to(number, await self._events.end(number))
            await self.decider.claim_all(share, generation)
            self._positions = {number: self._coordinator.offsets[number] for number in share}

    async def _agent(self) -> None:
        """Faust's agent: one batch at a time, of what was delivered in this generation for what is owned."""
        while not self.dead:
            generation = self._generation
            await self.leave("when it fetches commands")
            delivered = {number: self._fetched(number) for number in sorted(self.decider.owned)}
            if generation != self._generation:
                continue
            waiting = {number: messages for number, messages in delivered.items() if messages}
            if waiting:
                await asyncio.gather(*(self.decider.decide(number, messages) for number, messages in waiting.items()))
            else:
                await asyncio.sleep(IDLE_SECONDS)

    def _fetched(self, number: int) -> list[CommandMessage]:
        """What comes next, and what goes wrong between a consumer and an agent."""
        now, commands = asyncio.get_running_loop().time(), self._topics.commands[number]
        start = self._positions.get(number, 0)
        messages = commands[start : start + RECORDS_A_FETCH]
        self._positions[number] = start + len(messages)
        if messages and self.chaos.strike(DROPPED, self.name, now):
            del messages[self.chaos.chance.randrange(len(messages))]
        if start and self.chaos.strike(DELIVERED_AGAIN, self.name, now):
            again = self.chaos.chance.randrange(start)
            messages = commands[again : again + RECORDS_A_FETCH] + messages
        return messages

    async def _beat(self) -> None:
        """Who was taken for dead joins again."""
        while not self.dead:
            if not self._coordinator.knows(self.name):
                self._coordinator.join(self)
            await asyncio.sleep(BEAT_SECONDS)
            await self.resumed()

    async def _acknowledge(self) -> None:
        while not self.dead:
            await asyncio.sleep(1.0)
            for number, generation in list(self.decider.owned.items()):
                await self.commit(number, self.decider.settled[number], generation)

    async def _expire(self) -> None:
        while not self.dead:
            await asyncio.sleep(0.5)
            await self.decider.expiry.tick()

    async def _look_after(self) -> None:
        """The part of the watchdog that seeks: what was lost with nothing behind it is seen by nobody else."""
        before: dict[int, int] = {}
        while not self.dead:
            await asyncio.sleep(3.0)
            for number in list(self.decider.owned):
                settled = self.decider.settled[number]
                stands = settled < len(self._topics.commands[number]) and before.get(number) == settled
                if stands and not self.decider.is_appending(number):
                    self._positions[number] = settled
                before[number] = settled
