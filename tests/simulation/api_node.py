"""A simulated command API: the desk of production with all that waits and answers behind it, without HTTP."""

import asyncio
from typing import Final, NamedTuple, cast

from prometheus_client import CollectorRegistry

from contracts.commands import Command
from contracts.operations.tasks import run_together
from tests.simulation.chaos import Chaos
from tests.simulation.processes import Process
from tests.simulation.seen import SeenWriter
from tests.simulation.topics import Topics
from write_side.api.answers import Answer
from write_side.api.circuit import Circuit
from write_side.api.deciding import Deciding, keep_looking
from write_side.api.desk import Desk
from write_side.api.first_answers import FirstAnswers
from write_side.api.incoming import Incoming
from write_side.api.log_writer import LogWriter
from write_side.api.metrics import Metrics
from write_side.api.outbox import Outbox
from write_side.api.tail import Tail
from write_side.api.waiting import Waiting

GROUP_SECONDS: Final = 0.005
UNDER_WAY_MOST: Final = 1000
SILENCE_SECONDS: Final = 2.0
WITHIN_SECONDS: Final = 2.0
QUEUED_MOST: Final = 10_000
_METRICS: Final = Metrics(CollectorRegistry())


class Sent(NamedTuple):
    """A request as the node has read it."""

    show_id: str
    command: Command
    incoming: Incoming


class ApiNode(Process):
    """One process of the command API."""

    def __init__(self, name: str, chaos: Chaos, topics: Topics) -> None:
        super().__init__(name, chaos, topics)
        partitions = len(topics.events)
        self._deciding = deciding = [_deciding() for _ in range(partitions)]
        self._waiting = waiting = Waiting(deciding)
        self._outbox = outbox = Outbox(
            cast(LogWriter, SeenWriter(self)),
            waiting,
            _METRICS,
            partitions=partitions,
            group_seconds=GROUP_SECONDS,
            under_way_most=UNDER_WAY_MOST,
        )
        self.tail = Tail("memory", partitions, waiting.seen)
        self._first_answers = self.within(lambda: FirstAnswers("memory", waiting.recent))
        self._desk = Desk(outbox, waiting, self._first_answers, _METRICS, deciding)
        self._serving = False
        self.run(self._serve())

    def take(self, sent: Sent, told: "asyncio.Future[Answer]") -> None:
        """A request has arrived; where nobody listens it is lost."""
        if self._serving and not self.dead:
            self.run(self._answer(sent, told))

    async def _serve(self) -> None:
        await self.tail.start()
        await self._first_answers.start()
        self._serving = True
        await run_together(
            self._outbox.run(), self.tail.run(), keep_looking(self._deciding, self._outbox.on_hand, _heard_at_once)
        )

    async def _answer(self, sent: Sent, told: "asyncio.Future[Answer]") -> None:
        answer = await self._desk.ask(sent.show_id, sent.command, sent.incoming)
        if not told.done():
            told.set_result(answer)


def _heard_at_once() -> float:
    return 0.0


def _deciding() -> Deciding:
    clock = asyncio.get_running_loop().time
    circuit = Circuit(SILENCE_SECONDS, WITHIN_SECONDS, clock)
    return Deciding(circuit, within_seconds=WITHIN_SECONDS, queued_most=QUEUED_MOST, clock=clock)
