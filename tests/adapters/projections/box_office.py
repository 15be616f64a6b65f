"""Writes a valid event log to a real Kafka, as deciders would, and knows what documents it must become."""

import asyncio
import time
from itertools import count
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from bson.datetime_ms import DatetimeMS

from contracts.commands import Command
from contracts.operations.kafka import PRODUCER_LIMITS
from contracts.read_models import COLLECTIONS, collection_name
from contracts.topics import EVENTS, partition_of
from projections.documents import Document
from projections.entry import Batch, Position
from projections.judging import Judge
from projections.patience import Patience
from projections.projector import Projector
from tests.commands import book_hold, hold_seats, plan, release_hold, schedule_show
from tests.documents_in_memory import MemoryCheckpoints, MemoryDocuments, Store
from tests.log_writer import LogWriter

PARTITIONS = 3
HOUSE = plan(A=[20] * 5, B=[20] * 5, C=[20] * 5)
SEATS = [f"{name}-{row}-{seat}" for name in ("A", "B", "C") for row in range(1, 6) for seat in range(1, 21)]


class BoxOffice:
    """The logs of all partitions, in memory and in Kafka."""

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, **PRODUCER_LIMITS)
        self.logs = [LogWriter(number, PARTITIONS) for number in range(PARTITIONS)]
        for log in self.logs:
            log.time = int(time.time() * 1000)  # MongoDB drops outcomes of yesterday
        self._appended = [0] * PARTITIONS
        self._numbers = count()

    async def __aenter__(self) -> Self:
        await self._producer.start()
        await self.append()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._producer.stop()

    def take_over(self, other: "BoxOffice") -> None:
        """Go on with the logs of an office that has closed."""
        self.logs, self._appended, self._numbers = other.logs, other._appended, other._numbers

    async def append(self) -> None:
        """Bring to Kafka what is in memory only."""
        for number, log in enumerate(self.logs):
            for stored in log.events[self._appended[number] :]:
                await self._producer.send(EVENTS, stored.value, partition=number)
            self._appended[number] = len(log.events)
        await self._producer.flush()

    def log_of(self, show_id: str) -> LogWriter:
        return self.logs[partition_of(show_id, PARTITIONS)]

    def do(self, show_id: str, *commands: Command) -> list[str]:
        """Decide commands to a show, each under an id of its own; gives the ids."""
        ids = [f"{show_id}-{next(self._numbers)}" for _ in commands]
        self.log_of(show_id).do(*zip(ids, commands, strict=True), show_id=show_id)
        return ids

    def version(self, show_id: str) -> int:
        return self.log_of(show_id).partition.shows[show_id].version

    async def open(self, show_id: str) -> None:
        self.do(show_id, schedule_show(plan=HOUSE))
        await self.append()

    async def sell(self, show_id: str, pause_seconds: float) -> None:
        """Every seat is held; of three holds one is booked and one given back; then claims and a zombie."""
        log = self.log_of(show_id)
        for number, seat in enumerate(SEATS):
            (hold_id,) = self.do(show_id, hold_seats(seat, by=f"buyer-{number}"))
            if number % 3 == 0:
                self.do(show_id, book_hold(hold_id, by=f"buyer-{number}"))
            elif number % 3 == 1:
                self.do(show_id, release_hold(hold_id, by=f"buyer-{number}"))
            if number % 50 == 0:
                zombie = log.events[-1].value
                log.claim(f"worker-{number}")
                log.stray(zombie)
            await self.append()
            await asyncio.sleep(pause_seconds)

    async def expected(self) -> dict[str, dict[str, Document]]:
        """The documents that the whole log makes in one pass, by collection and id."""
        store = Store()
        projector = Projector(MemoryDocuments(store), MemoryCheckpoints(store), Patience())
        for log in self.logs:
            batch = Batch([], {}, len(log.events))
            Judge(log.number, Position()).take(log.events, batch.entries)
            await projector.project(batch)
        return {
            name: {id_: plain(document) for id_, document in found.items()} for name, found in store.collections.items()
        }


def plain(document: Document) -> Document:
    """Comparable with what comes back from MongoDB."""
    return {
        name: value.as_datetime().replace(tzinfo=None) if isinstance(value, DatetimeMS) else value
        for name, value in document.items()
    }


async def stored_documents(database: Any, generation: int) -> dict[str, dict[str, Document]]:
    """Everything that is stored of a generation but its checkpoints."""
    stored = {}
    for name in COLLECTIONS[:-1]:
        found = await database[collection_name(name, generation)].find({}).to_list()
        stored[name] = {document["_id"]: document for document in found}
    return {name: documents for name, documents in stored.items() if documents}
