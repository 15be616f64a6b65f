"""All read models from nothing, beside those in force, and then in their place.

The running projector goes on until the new generation has almost caught up; it then stands aside, the rebuild reads
to the end of the log and switches. Queries notice within a second, and the old collections stay until well after.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from msgspec import Struct
from pymongo.asynchronous.database import AsyncDatabase

from contracts.operations.kafka import check_topics
from contracts.operations.kafka_access import Kafka
from contracts.operations.tasks import end_tasks
from contracts.topics import EVENTS
from projections.checkpoints import Checkpoints
from projections.documents import Document
from projections.generations import Generations
from projections.log_reader import LogReader
from projections.mongo_documents import MongoDocuments
from projections.patience import Patience
from projections.projector import Projector

RECORDS_PER_BATCH: Final = 10_000
"""Large, since nobody reads what is being built."""
LEAVE_SECONDS: Final = 5.0
"""How long a live projector may take to notice a fence; it looks every second."""
GRACE_SECONDS: Final = 5.0
"""How long the old collections outlive the switch; query nodes look twice a second, and a read takes less than 3."""
Show = Callable[[int, int], None]
_log = structlog.get_logger()


class Rebuilt(Struct, frozen=True, kw_only=True):
    """What a rebuild did; `seconds` until the switch, without the grace that follows."""

    generation: int
    events: int
    seconds: float
    events_per_second: float


class Rebuild:
    """One rebuild. `show` is told how many records are done, and of how many."""

    def __init__(self, bootstrap: Kafka, database: AsyncDatabase[Document], show: Show, topic: str = EVENTS) -> None:
        self._bootstrap = bootstrap
        self._database = database
        self._generations = Generations(database)
        self._show = show
        self._topic = topic
        self.grace_seconds = GRACE_SECONDS

    async def run(self) -> Rebuilt:
        """Build, switch, and drop the old generations. Raises LogFault and SwitchRefused; then nothing has changed.

        Raises PyMongo's errors too; then it may have switched, or left something behind for the next rebuild to delete.
        """
        started = time.monotonic()
        partitions = await check_topics(self._bootstrap)
        old = (await self._generations.state(partitions))["in_force"]
        new = await self._generations.claim()
        try:
            events = await self._build(old, new, partitions)
        except BaseException:
            await self._generations.abandon(old, new)
            raise
        seconds = time.monotonic() - started
        _log.info("switched", old=old, new=new, events=events, seconds=round(seconds, 3))
        await asyncio.sleep(self.grace_seconds)
        await self._generations.drop_before(new)
        return Rebuilt(generation=new, events=events, seconds=seconds, events_per_second=events / seconds)

    async def _build(self, old: int, new: int, partitions: int) -> int:
        checkpoints = Checkpoints(self._database, new)
        await checkpoints.prepare(partitions)
        positions = await checkpoints.positions(partitions)
        projector = Projector(MongoDocuments(self._database, new), checkpoints, Patience())
        async with LogReader(self._bootstrap, self._topic, positions) as reader:
            catch_up = CatchUp(reader, projector, self._show)
            await catch_up.to(await reader.ends())
            await self._generations.prepare(new, partitions)
            await catch_up.to(await reader.ends())
            await self._generations.fence(old, new)
            await self._wait_until_left(old, partitions)
            await catch_up.to(await reader.ends())
            await self._generations.switch(old, new)
        return catch_up.events

    async def _wait_until_left(self, generation: int, partitions: int) -> None:
        """Wait until the projector has seen the fence. If there is none alive, nobody can write what we miss."""
        deadline = time.monotonic() + LEAVE_SECONDS
        while time.monotonic() < deadline:
            if (await self._generations.state(partitions))["left"] == generation:
                return
            await asyncio.sleep(0.05)


class CatchUp:
    """Projects a log up to given ends, in large batches; the next batch is fetched while the last one is written."""

    def __init__(self, reader: LogReader, projector: Projector, show: Show) -> None:
        self._reader = reader
        self._projector = projector
        self._show = show
        self._next: dict[int, int] = {}
        self.events = 0

    async def to(self, ends: dict[int, int]) -> None:
        """Project until every partition has reached its end. Raises LogFault."""
        writing = asyncio.create_task(asyncio.sleep(0))
        try:
            while any(self._next.get(partition, 0) < end for partition, end in ends.items()):
                batch = await self._reader.next_batch(RECORDS_PER_BATCH, wait_seconds=0.25)
                await writing
                if batch.positions:
                    writing = asyncio.create_task(self._projector.project(batch))
                    self.events += len(batch.entries)
                    self._next |= {partition: position.offset + 1 for partition, position in batch.positions.items()}
                    self._show(sum(self._next.values()), sum(ends.values()))
            await writing
        except BaseException:
            await end_tasks(writing)
            raise
