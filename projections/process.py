"""The life of a projector: it projects the generation in force, leaves it for a rebuild, and goes on with the next."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import structlog
from aiokafka.errors import KafkaConnectionError, KafkaError
from pymongo.asynchronous.database import AsyncDatabase

from contracts.operations.kafka import TopicsUnfit, check_topics
from contracts.operations.kafka_access import Kafka
from contracts.topics import EVENTS
from projections.checkpoints import Checkpoints, Superseded
from projections.documents import Document
from projections.generations import Generations, SwitchRefused
from projections.log_reader import LogReader
from projections.metrics import ProjectorMetrics
from projections.mongo_documents import MongoDocuments
from projections.patience import Patience
from projections.projector import Projector

RECORDS_PER_BATCH: Final = 5_000
REST_SECONDS_PER_RECORD: Final = 0.002
REST_SECONDS_MOST: Final = 0.1
"""After a batch the log may grow for a while, by how large the batch was: alone an event is written at once, under
load a section's map is written once for many events. At 4,000 events/s this halves the work."""
LARGE_BATCH: Final = 1_000
"""After so many records the log has grown enough while they were written."""
LOOK_SECONDS: Final = 1.0
"""How often a projector looks whether a rebuild wants it to leave, and how far the log has grown."""
FENCE_SECONDS: Final = 30.0
"""A fence that stands this long has been left behind by a rebuild that died."""
_log = structlog.get_logger()
Answer = TypeVar("Answer")


class ProjectorProcess:
    """Runs until it is cancelled, or a log fault ends it."""

    def __init__(
        self, bootstrap: Kafka, database: AsyncDatabase[Document], metrics: ProjectorMetrics, topic: str = EVENTS
    ) -> None:
        self._bootstrap = bootstrap
        self._database = database
        self._generations = Generations(database)
        self._metrics = metrics
        self._topic = topic
        self._patience = Patience()
        self._kafka: str | None = "Kafka was not reached yet"
        self._state: str | None = "starting"

    def missing(self) -> list[str]:
        """What is missing for `/readyz`."""
        return [reason for reason in (self._kafka, self._patience.away, self._state) if reason is not None]

    async def run(self) -> None:
        """Project for ever. Raises LogFault, and TopicsUnfit when Kafka is there but its topics are not."""
        partitions = await self._with_kafka(partial(check_topics, self._bootstrap))
        while True:
            state = await self._patience.until_done(partial(self._generations.state, partitions))
            if state["fenced"] == state["in_force"]:
                await self._stand_aside(state["in_force"], partitions)
                continue
            try:
                await self._project(state["in_force"], partitions)
            except Superseded:
                _log.warning("somebody else moved the checkpoints; starting again from them")
                self._state = "starting again from the checkpoints"
                await asyncio.sleep(LOOK_SECONDS)

    async def _project(self, generation: int, partitions: int) -> None:
        """Project one generation until it is fenced or replaced."""
        await self._patience.until_done(partial(self._generations.prepare, generation, partitions))
        await self._patience.until_done(partial(self._generations.mend_fence, generation))
        checkpoints = Checkpoints(self._database, generation)
        positions = await self._patience.until_done(partial(checkpoints.positions, partitions))
        projector = Projector(MongoDocuments(self._database, generation), checkpoints, self._patience)
        self._metrics.generation(generation)
        _log.info("projecting", generation=generation, positions={p: at.offset for p, at in positions.items()})
        reader = await self._with_kafka(lambda: LogReader(self._bootstrap, self._topic, positions).__aenter__())
        try:
            while await self._in_force(generation, partitions):
                await self._behind(reader, {partition: at.offset for partition, at in positions.items()})
                until = time.monotonic() + LOOK_SECONDS
                rest = 0.0
                while (left := until - time.monotonic()) > 0:
                    batch = await reader.next_batch(RECORDS_PER_BATCH, left, read_on=rest > 0)
                    if batch.positions:
                        started = time.perf_counter()
                        await projector.project(batch)
                        positions.update(batch.positions)
                        self._metrics.batch(batch, time.perf_counter() - started, reader.void())
                        rest = rest_seconds(batch.records)
                        await asyncio.sleep(rest)
        finally:
            await reader.__aexit__(None, None, None)

    async def _in_force(self, generation: int, partitions: int) -> bool:
        state = await self._patience.until_done(partial(self._generations.state, partitions))
        return state["in_force"] == generation and state["fenced"] != generation

    async def _behind(self, reader: LogReader, offsets: dict[int, int]) -> None:
        """Measure the lag; ready once most of what was there at the start is projected."""
        try:
            ends = await reader.ends()
        except (TimeoutError, KafkaError) as error:
            if isinstance(error, KafkaError) and not error.retriable:
                raise
            self._kafka = "Kafka is away"
            return
        self._kafka = None
        behind = {partition: max(0, end - 1 - offsets[partition]) for partition, end in ends.items()}
        self._metrics.behind(behind)
        if sum(behind.values()) <= RECORDS_PER_BATCH:
            self._state = None
        elif self._state is not None:
            self._state = f"catching up: {sum(behind.values())} records to go"

    async def _stand_aside(self, generation: int, partitions: int) -> None:
        """A rebuild is about to switch: write nothing until it has, or has clearly died."""
        _log.info("a rebuild replaces this generation", generation=generation)
        self._state = "waiting for a rebuild to switch"
        await self._patience.until_done(partial(self._generations.leave, generation))
        deadline = time.monotonic() + FENCE_SECONDS
        while time.monotonic() < deadline:
            state = await self._patience.until_done(partial(self._generations.state, partitions))
            if state["in_force"] != generation or state["fenced"] != generation:
                return
            await asyncio.sleep(LOOK_SECONDS / 10)
        try:
            await self._patience.until_done(partial(self._generations.lift_fence, generation))
        except SwitchRefused:
            return
        _log.warning("the rebuild has died; going on with the old generation", generation=generation)

    async def _with_kafka(self, action: Callable[[], Awaitable[Answer]]) -> Answer:
        """Try until Kafka answers."""
        while True:
            try:
                answer = await action()
            except (TopicsUnfit, KafkaConnectionError, TimeoutError) as error:
                if isinstance(error, TopicsUnfit) and not isinstance(error.__cause__, KafkaConnectionError):
                    raise
                self._kafka = f"Kafka is away: {error}"
                _log.warning("Kafka is away", error=str(error))
                await asyncio.sleep(LOOK_SECONDS)
            else:
                self._kafka = None
                return answer


def rest_seconds(records: int) -> float:
    """How long to rest after a batch of this size."""
    return 0.0 if records >= LARGE_BATCH else min((records - 1) * REST_SECONDS_PER_RECORD, REST_SECONDS_MOST)
