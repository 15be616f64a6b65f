"""Stand-ins for aiokafka's consumer and for our single fetches, over the topics in memory."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from contracts.topics import EVENTS
from read_side.replay.log_reader import Stored
from tests.simulation.chaos import DELAYED_DELIVERY, LOST_ANSWER
from tests.simulation.processes import this_process

LATE_SECONDS_MOST: Final = 3.0
RECORDS_A_FETCH: Final = 20
"""So few that batches end in awkward places."""


class ConsumerInMemory:
    """AIOKafkaConsumer without a group, of the process that makes it: what the tail and the projections use of it."""

    def __init__(self, **_: object) -> None:
        self._process = this_process()
        self._topics = self._process.topics
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()

    async def start(self) -> None:
        await self._process.leave()
        if self._topics.away_seconds():
            raise KafkaConnectionError("the broker is away")

    async def stop(self) -> None:
        await self._process.leave()

    def assign(self, places: Iterable[TopicPartition]) -> None:
        self._positions = {place: self._positions.get(place, 0) for place in places}

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._positions)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self._positions[place] = offset

    async def position(self, place: TopicPartition) -> int:
        return self._positions[place]

    def pause(self, place: TopicPartition) -> None:
        self._paused.add(place)

    def highwater(self, place: TopicPartition) -> int:
        return len(self._records(place))

    async def beginning_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        await self._answered()
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        await self._answered()
        return {place: len(self._records(place)) for place in places}

    async def getmany(
        self, *places: TopicPartition, timeout_ms: int, max_records: int | None = None
    ) -> dict[TopicPartition, list[Stored]]:
        loop, luck = asyncio.get_running_loop(), self._process.luck
        deadline = loop.time() + timeout_ms / 1000
        await self._process.leave()
        while not (found := self._fetched(places, max_records or RECORDS_A_FETCH)) and loop.time() < deadline:
            await asyncio.wait([self._topics.grown()], timeout=deadline - loop.time())
        if found and luck.strike(DELAYED_DELIVERY, self._process.name, loop.time()):
            await asyncio.sleep(luck.chance.uniform(0, LATE_SECONDS_MOST))
        for place, records in found.items():
            self._positions[place] = records[-1].offset + 1
        return found

    def _fetched(self, places: tuple[TopicPartition, ...], most: int) -> dict[TopicPartition, list[Stored]]:
        if self._topics.away_seconds():
            return {}
        size = self._process.luck.chance.randint(1, min(most, RECORDS_A_FETCH))
        found = {
            place: self._records(place)[position : position + size]
            for place, position in self._positions.items()
            if place not in self._paused and (not places or place in places)
        }
        return {place: records for place, records in found.items() if records}

    async def _answered(self) -> None:
        await self._process.leave()
        await self._topics.answering()

    def _records(self, place: TopicPartition) -> list[Stored]:
        assert place.topic == EVENTS
        return self._topics.events[place.partition]


class FetchInMemory:
    """contracts.operations.kafka_fetch.KafkaFetch of the process that makes it."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        assert topic == EVENTS
        self._process = this_process()

    async def start(self) -> None:
        await self._process.leave()

    async def stop(self) -> None:
        """Nothing to do."""

    async def fetch(self, partition: int, offset: int, size: int) -> list[tuple[int, bytes]]:
        process = self._process
        await process.leave()
        if process.luck.strike(LOST_ANSWER, process.name, asyncio.get_running_loop().time()):
            raise KafkaConnectionError("the answer got lost")
        await process.topics.answering()
        return [(stored.offset, stored.value) for stored in process.topics.events[partition][offset : offset + 3]]


async def partitions_in_memory(*_: Any) -> int:
    """Stands in for the check of the topics."""
    process = this_process()
    await process.leave()
    return len(process.topics.events)
