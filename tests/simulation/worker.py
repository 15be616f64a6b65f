"""A simulated worker: decider, watchdog and clock of production, with what Faust and worker.py do for them."""

import asyncio
from typing import Final, cast

from tests.simulation.chaos import DELIVERED_AGAIN, DROPPED, SILENT_END, Chaos
from tests.simulation.group import BEAT_SECONDS, SESSION_SECONDS, Coordinator
from tests.simulation.processes import Process
from tests.simulation.seen import SeenCommands, SeenEvents
from tests.simulation.topics import Topics
from write_side.processor.decider import Decider
from write_side.processor.ports import CommandMessage
from write_side.processor.show_table import ShowTable
from write_side.processor.watchdog import Watchdog

RECORDS_A_FETCH: Final = 4
IDLE_SECONDS: Final = 1.5
WARM_SECONDS: Final = 1.0


class _Table:
    """All that the watchdog wants of the table."""

    def __init__(self) -> None:
        self.assigned: set[int] | None = None


class DeciderWorker(Process):
    """One process of the deciders. It is its decider's Group (ports.py), and a Member (group.py)."""

    def __init__(self, name: str, chaos: Chaos, topics: Topics, coordinator: Coordinator) -> None:
        super().__init__(name, chaos, topics)
        self._coordinator = coordinator
        self._events = SeenEvents(self)
        commands = SeenCommands(self)
        self._generation = 0
        self._share: frozenset[int] = frozenset()
        self._warm: frozenset[int] = frozenset()
        self._heard = asyncio.Event()
        self._positions: dict[int, int] = {}
        self._table = _Table()
        self.decider = Decider(self._events, commands, self, len(topics.commands), name)
        self._watchdog = Watchdog(self.decider, commands, cast(ShowTable, self._table))
        for work in (
            self._follow_the_group,
            self._keep_warm,
            self._agent,
            self._beat,
            self._acknowledge,
            self._expire,
            self._watch,
        ):
            self.run(work())

    def generation(self) -> int:
        """As this member knows it."""
        return self._generation

    async def commit(self, partition: int, offset: int, generation: int) -> bool:
        """Ask the coordinator."""
        await self.leave()
        return self._coordinator.commit(self.name, partition, offset, generation)

    async def seek(self, partition: int, offset: int) -> None:
        """What is fetched next begins there."""
        await self.leave()
        self._positions[partition] = offset

    def is_gone(self) -> bool:
        """Told from outside, by its heartbeats."""
        return self.dead or self.pause_left() > SESSION_SECONDS

    def assigned(self, generation: int, partitions: frozenset[int], standbys: frozenset[int]) -> None:
        """Rule 1 at once, unless it stands still."""
        if (left := self.pause_left()) > 0:
            asyncio.get_running_loop().call_later(left, self.assigned, generation, partitions, standbys)
        elif not self.dead and generation > self._generation:
            self.decider.stop_deciding()
            self._generation, self._share, self._warm = generation, partitions, standbys
            self._table.assigned = set(partitions)
            self._heard.set()

    async def _follow_the_group(self) -> None:
        while True:
            await self._heard.wait()
            self._heard.clear()
            generation, share, warm = self._generation, self._share, self._warm
            for number in set(self.decider.partitions) - share - warm:
                self.decider.drop(number)
            for number in sorted(share | warm):
                await self.decider.fold_to(number, await self._events.end(number))
            await self.decider.claim_all(share, generation)
            self._positions = {number: self._coordinator.offsets[number] for number in share}

    async def _keep_warm(self) -> None:
        while True:
            await asyncio.sleep(self.luck.chance.uniform(0, 2 * WARM_SECONDS))
            await self.decider.keep_warm()

    async def _agent(self) -> None:
        """Faust's agent: one batch at a time, of what was delivered in this generation for what is owned."""
        while not self.luck.strike(SILENT_END, self.name, self._now()):
            generation = self._generation
            await self.leave()
            await self.topics.answering()
            delivered = {number: self._fetched(number) for number in sorted(self.decider.owned)}
            if generation != self._generation:
                continue
            waiting = {number: messages for number, messages in delivered.items() if messages}
            if waiting:
                await asyncio.gather(*(self.decider.decide(number, messages) for number, messages in waiting.items()))
            else:
                await asyncio.wait([self.topics.grown()], timeout=IDLE_SECONDS)

    def _fetched(self, number: int) -> list[CommandMessage]:
        """What comes next, and what goes wrong between a consumer and an agent."""
        now, commands = self._now(), self.topics.commands[number]
        start = self._positions.get(number, 0)
        messages = commands[start : start + RECORDS_A_FETCH]
        self._positions[number] = start + len(messages)
        if messages and self.luck.strike(DROPPED, self.name, now):
            del messages[self.luck.chance.randrange(len(messages))]
        if messages and start and self.luck.strike(DELIVERED_AGAIN, self.name, now):
            again = self.luck.chance.randrange(start)
            messages = commands[again : again + RECORDS_A_FETCH] + messages
        return messages

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _beat(self) -> None:
        """Who was taken for dead joins again."""
        while True:
            if not self._coordinator.knows(self.name):
                self._coordinator.join(self)
            await asyncio.sleep(BEAT_SECONDS)

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for number, generation in list(self.decider.owned.items()):
                await self.commit(number, self.decider.settled[number], generation)

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            await self.decider.expiry.tick()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            await self._watchdog.look()
            self.decider.forget_over_shows()
