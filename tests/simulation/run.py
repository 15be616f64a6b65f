"""One simulated sale with everything going wrong, as a function of its seed; then every checker over what it left."""

import asyncio
from collections.abc import Collection
from hashlib import sha256
from itertools import islice
from random import Random
from typing import Final, NamedTuple

from contracts.topics import partition_of
from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import read_log
from scenarios.oracle.judge import judge_log
from tests.simulation.buyers import requests
from tests.simulation.chaos import Chaos, Strike
from tests.simulation.group import Coordinator
from tests.simulation.simulated_loop import SimulatedLoop, simulated_clocks
from tests.simulation.topics import Topics
from tests.simulation.worker import DeciderWorker

PARTITIONS: Final = 3
SHOWS: Final = 6
WORKERS: Final = 3
BETWEEN_REQUESTS_SECONDS: Final = 0.3
RESTART_SECONDS: Final = 1.0
CALM_SECONDS: Final = 300.0
"""How long after the last fault every command must have been answered (I11)."""
_CLOCKED: Final = tuple(f"write_side.processor.{name}" for name in ("batch", "decider", "expiry", "reseek"))


class Outcome(NamedTuple):
    """What a run came to. `void` records are the evidence that zombies wrote; `log` is the hash of all events."""

    seed: int
    strikes: list[Strike]
    findings: list[Finding]
    void: int
    log: str


def simulate(seed: int, records: int, only: Collection[int] | None = None) -> Outcome:
    """Sell with faults until so many command records were sent; then in peace, until each of them is answered.

    `only`: the numbers of the faults that may strike.
    """
    loop = SimulatedLoop()
    try:
        with simulated_clocks(loop, *_CLOCKED):
            return loop.run_until_complete(_Sale(seed, only).run(records))
    finally:
        loop.close()


class _Sale:
    def __init__(self, seed: int, only: Collection[int] | None) -> None:
        self._seed = seed
        self._chaos = Chaos(seed, only)
        self._topics = Topics(PARTITIONS)
        self._coordinator = Coordinator(PARTITIONS, self._chaos)
        self._workers: list[DeciderWorker] = []

    async def run(self, records: int) -> Outcome:
        """The sale, the calm after it, and the judgement."""
        around = [asyncio.ensure_future(work) for work in (self._coordinator.watch(), *self._supervisors())]
        await self._ask(records)
        self._chaos.over = True
        pending = await self._settled()
        for task in around:
            task.cancel()
        for worker in self._workers:
            await worker.bury()
        return self._judged(pending)

    def _supervisors(self) -> "list[asyncio.Task[None]]":
        return [asyncio.ensure_future(self._keep_running(f"worker {place}")) for place in range(WORKERS)]

    async def _keep_running(self, name: str) -> None:
        life = 0
        while True:
            life += 1
            worker = DeciderWorker(f"{name}, life {life}", self._chaos, self._topics, self._coordinator)
            self._workers.append(worker)
            await worker.ended
            await asyncio.sleep(RESTART_SECONDS)

    async def _ask(self, records: int) -> None:
        chance = Random(f"{self._seed} buyers")
        for show_id, value in islice(requests(chance, SHOWS), records):
            self._topics.append_command(partition_of(show_id, PARTITIONS), value)
            await asyncio.sleep(chance.expovariate(1 / BETWEEN_REQUESTS_SECONDS))

    async def _settled(self) -> list[str]:
        """Wait for all answers; gives the partitions that lack some after CALM_SECONDS."""
        deadline = asyncio.get_running_loop().time() + CALM_SECONDS
        while pending := self._pending():
            if asyncio.get_running_loop().time() > deadline:
                return pending
            await asyncio.sleep(1.0)
        return []

    def _pending(self) -> list[str]:
        deciders = [worker.decider for worker in self._workers if not worker.dead]
        settled = {number: decider.settled[number] for decider in deciders for number in decider.owned}
        return [
            f"partition {number} stands at command {settled.get(number)} of {len(commands)}"
            for number, commands in enumerate(self._topics.commands)
            if settled.get(number, -1) < len(commands)
        ]

    def _judged(self, pending: list[str]) -> Outcome:
        commands, events = self._topics.stored_commands(), self._topics.stored_events()
        findings = judge_log(commands, events, drained=not pending)
        findings += [Finding("I11", what, "at the end") for what in pending]
        faults = {str(fault) for worker in self._workers for fault in worker.decider.halted.values()}
        findings += [Finding("log", fault, "as a decider says") for fault in sorted(faults)]
        claims = sum('"partition-claimed"' in event.value for event in events)
        void = len(events) - claims - len(read_log(events).valid)
        everything = sha256("\n".join(event.value for event in events).encode()).hexdigest()
        return Outcome(self._seed, self._chaos.strikes, findings, void, everything)
