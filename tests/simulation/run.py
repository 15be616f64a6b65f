"""One simulated sale with everything going wrong, as a function of its seed; then every checker over what it left."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from itertools import count
from typing import Any, Final, TypeVar

from contracts.topics import partition_of
from scenarios.history import Request
from tests.simulation.api_node import ApiNode
from tests.simulation.buyers import poison, requests, show_ids
from tests.simulation.chaos import POISON, REBUILD, REBUILD_KILLED, Chaos, Place
from tests.simulation.clients import ORGANISER, Client
from tests.simulation.group import Coordinator
from tests.simulation.judging import Left, Outcome, judged
from tests.simulation.mongo_in_memory import MongoInMemory
from tests.simulation.processes import Process
from tests.simulation.projecting import SimulatedProjector, SimulatedRebuild
from tests.simulation.stand_ins import simulated_world
from tests.simulation.topics import Topics
from tests.simulation.worker import DeciderWorker

PARTITIONS: Final = 3
SHOWS: Final = 6
WORKERS: Final = 3
NODES: Final = 2
PROJECTORS: Final = 2
BETWEEN_STEPS_SECONDS: Final = 0.3
BY_API: Final = 0.4
"""How much of what is asked for comes from buyers at the command APIs; the rest is put into the commands directly."""
RESTART_SECONDS: Final = 1.0
REBUILD_LOOK_SECONDS: Final = 5.0
REBUILD_SECONDS: Final = 8.0
CALM_SECONDS: Final = 120.0
"""How long after the last fault everything must have been answered and projected (I11)."""
Kind = TypeVar("Kind", bound=Process)


def simulate(seed: int, steps: int, only: Collection[Place] | None = None) -> Outcome:
    """Sell with faults until so much was asked for; then in peace, until all of it is answered and projected.

    `only`: the places of the faults that may strike.
    """
    with simulated_world() as loop:
        left = loop.run_until_complete(_sale(seed, steps, only))
    return judged(seed, steps, left)


async def _sale(seed: int, steps: int, only: Collection[Place] | None) -> Left:
    return await Sale(seed, only).run(steps)


class Sale:
    """The world of one run."""

    def __init__(self, seed: int, only: Collection[Place] | None = None) -> None:
        self.chaos = Chaos(seed, only)
        self.topics = Topics(PARTITIONS, self.chaos.stream("the broker"))
        self.mongo = MongoInMemory()
        self.history: list[Request] = []
        self.workers: dict[str, DeciderWorker] = {}
        self.log_faults: set[str] = set()
        self._coordinator = Coordinator(self.topics, self.chaos.stream("the group"))
        self._nodes: dict[str, ApiNode] = {}
        self._projectors: dict[str, SimulatedProjector] = {}
        self._running: list[Process] = []
        self._asking: set[asyncio.Task[None]] = set()
        self._around: list[asyncio.Task[None]] = []
        self._broken: list[asyncio.Task[None]] = []

    async def run(self, steps: int) -> Left:
        """The sale, and the calm after it."""
        self.begin()
        await asyncio.sleep(0)
        await self.ask(steps)
        self.chaos.end()
        pending = await self._settled()
        await self.end()
        faults, ahead = sorted(self.log_faults), self._coordinator.ahead
        chaos = self.chaos
        return Left(chaos.strikes, self.topics, self.mongo, self.history, pending, faults, ahead, chaos.errors)

    def begin(self) -> None:
        """Start every process and who starts them again."""
        chaos, topics, mongo = self.chaos, self.topics, self.mongo
        kept = [
            *(self._kept(self.workers, f"decider {n}", self._worker) for n in range(WORKERS)),
            *(self._kept(self._nodes, f"API {n}", lambda name: ApiNode(name, chaos, topics)) for n in range(NODES)),
            *(
                self._kept(
                    self._projectors, f"projector {n}", lambda name: SimulatedProjector(name, chaos, topics, mongo)
                )
                for n in range(PROJECTORS)
            ),
        ]
        self._around = [
            asyncio.ensure_future(work) for work in (topics.live(), self._coordinator.watch(), self._rebuilds(), *kept)
        ]

    def _worker(self, name: str) -> DeciderWorker:
        return DeciderWorker(name, self.chaos, self.topics, self._coordinator)

    async def _kept(self, where: dict[str, Kind], name: str, start: Callable[[str], Kind]) -> None:
        """The supervisor of one process."""
        for life in count(1):
            process = where[name] = start(f"{name}, life {life}")
            await self._lived(process)
            await asyncio.sleep(RESTART_SECONDS)

    async def _lived(self, process: Process) -> None:
        self._running.append(process)
        await process.ended
        await process.bury()
        self._running.remove(process)
        if isinstance(process, DeciderWorker):
            self._note_faults(process)

    async def _rebuilds(self) -> None:
        luck, loop = self.chaos.stream("the operator"), asyncio.get_running_loop()
        for number in count(1):
            await asyncio.sleep(REBUILD_LOOK_SECONDS)
            if luck.strike(REBUILD, "the operator", loop.time()):
                rebuild = SimulatedRebuild(f"rebuild {number}", self.chaos, self.topics, self.mongo)
                if luck.strike(REBUILD_KILLED, "the operator", loop.time()):
                    loop.call_later(luck.chance.uniform(0, REBUILD_SECONDS), rebuild.kill, "by the operator")
                await self._lived(rebuild)

    async def ask(self, steps: int) -> None:
        """Have that much asked for: by buyers, and by whoever writes into the commands directly."""
        luck = self.chaos.stream("buyers")
        chance, loop = luck.chance, asyncio.get_running_loop()
        for show_id in show_ids(SHOWS):
            self._begin(self._client(f"{ORGANISER}-of-{show_id}").schedule(show_id))
        directly = requests(chance, SHOWS)
        for number in range(steps):
            if chance.random() < BY_API:
                self._begin(self._client(f"caller-{number}").buy(chance.choice(show_ids(SHOWS))))
            else:
                poisoned = luck.strike(POISON, "the commands", loop.time())
                show_id, value = poison(chance, SHOWS, number) if poisoned else next(directly)
                self.topics.append_command(partition_of(show_id, PARTITIONS), value)
            await asyncio.sleep(chance.expovariate(1 / BETWEEN_STEPS_SECONDS))

    def _client(self, name: str) -> Client:
        return Client(name, self.chaos, self._nodes, self.history)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._asking.add(task)
        task.add_done_callback(self._asked)

    def _asked(self, task: "asyncio.Task[None]") -> None:
        self._asking.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._broken.append(task)

    async def _settled(self) -> list[str]:
        """Wait until nothing is left to do; gives what is after CALM_SECONDS, or before where it is hopeless."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CALM_SECONDS
        while pending := self.pending():
            if loop.time() > deadline or self.halted() or self.chaos.errors:
                return pending
            await asyncio.sleep(1.0)
        return []

    def halted(self) -> set[int]:
        """The partitions that a log fault has stopped."""
        return {number for worker in self.workers.values() for number in worker.decider.halted}

    def pending(self) -> list[str]:
        """What is not answered or not projected."""
        found = [f"{len(self._asking)} callers have no answer"] if self._asking else []
        settled = {
            number: worker.decider.settled[number]
            for worker in self.workers.values()
            if not worker.dead
            for number in worker.decider.owned
        }
        for number, commands in enumerate(self.topics.commands):
            if settled.get(number, -1) < len(commands):
                found.append(f"partition {number} stands at command {settled.get(number)} of {len(commands)}")
            end, projected = len(self.topics.events[number]), self.mongo.projected(number)
            if projected + 1 < end:
                found.append(f"partition {number} is projected up to offset {projected} of {end}")
        return found

    async def end(self) -> None:
        """Nothing of the world is left. Raises what the simulation itself has done wrong."""
        tasks = [*self._around, *self._asking]
        self._broken[:0] = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for process in self._running:
            await process.bury()
            if isinstance(process, DeciderWorker):
                self._note_faults(process)

        for task in self._broken:
            task.result()

    def _note_faults(self, worker: DeciderWorker) -> None:
        self.log_faults |= {str(fault) for fault in worker.decider.halted.values()}
