"""What the decider relies on, of the real logs and of the stand-in that its unit tests use."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import post
from contracts.commands import ExpireHold
from contracts.limits import MIB
from contracts.operations.kafka import create_topics
from contracts.records import CommandRecord
from contracts.topics import DEAD_LETTERS
from scenarios.stack.stack import Stack
from tests.memory_logs import MemoryCommandLog, MemoryEventLog
from write_side.processor.kafka_logs import KafkaLogs
from write_side.processor.ports import CommandLog, EventLog

PARTITION = 1


class EventLogContract:
    """Inherited by each implementation of EventLog; a log may hold records of earlier tests."""

    async def test_a_batch_stands_together_in_order_from_its_base_offset(self, events: EventLog) -> None:
        base = await events.append(PARTITION, [("a", b"1"), ("a", b"2")])
        after = await events.append(PARTITION, [("b", b"3")])
        assert after == base + 2 == await events.end(PARTITION) - 1
        assert await read(events, base, after + 1) == [(base, b"1"), (base + 1, b"2"), (after, b"3")]

    async def test_more_than_one_batch_can_hold_stands_together_all_the_same(self, events: EventLog) -> None:
        large = bytes(4 * MIB)
        base = await events.append(PARTITION, [("a", large), ("a", large), ("a", large), ("b", b"last")])
        assert await read(events, base + 3, base + 4) == [(base + 3, b"last")]
        assert await events.end(PARTITION) == base + 4

    async def test_reading_stops_where_it_was_told_to(self, events: EventLog) -> None:
        base = await events.append(PARTITION, [("a", str(number).encode()) for number in range(50)])
        assert [offset for offset, _ in await read(events, base + 3, base + 10)] == list(range(base + 3, base + 10))

    async def test_a_reading_that_is_given_up_does_not_block_the_next(self, events: EventLog) -> None:
        base = await events.append(PARTITION, [("a", b"1"), ("a", b"2")])
        async with aclosing(events.read(PARTITION, base, base + 2)) as reading:
            async for _ in reading:
                break
        assert await read(events, base, base + 2) == [(base, b"1"), (base + 1, b"2")]

    async def test_partitions_are_apart(self, events: EventLog) -> None:
        before = await events.end(PARTITION)
        await events.append(PARTITION + 1, [("a", b"elsewhere")])
        assert await events.end(PARTITION) == before


class CommandLogContract:
    """Inherited by each implementation of CommandLog."""

    async def test_what_is_sent_lies_within_the_bounds(self, commands: CommandLog) -> None:
        _, before = await commands.bounds(PARTITION)
        record = CommandRecord(show_id="s", commands=(post(ExpireHold(hold_id="h"), "c"),))
        await commands.send(PARTITION, record)
        first, end = await commands.bounds(PARTITION)
        assert (first, end) == (0, before + 1)


async def read(events: EventLog, start: int, stop: int) -> list[tuple[int, bytes]]:
    found: list[Sequence[tuple[int, bytes]]] = [records async for records in events.read(PARTITION, start, stop)]
    return list(itertools.chain.from_iterable(found))


class TestMemoryEventLog(EventLogContract):
    @pytest.fixture
    def events(self) -> EventLog:
        return MemoryEventLog()


class TestMemoryCommandLog(CommandLogContract):
    @pytest.fixture
    def commands(self) -> CommandLog:
        return MemoryCommandLog()


@pytest.fixture
async def kafka_logs(servers: Stack) -> AsyncIterator[KafkaLogs]:
    await create_topics(servers.kafka, partitions=3, replicas=1)
    logs = KafkaLogs(servers.kafka)
    await logs.start()
    yield logs
    await logs.stop()


class TestKafkaEventLog(EventLogContract):
    @pytest.fixture
    def events(self, kafka_logs: KafkaLogs) -> EventLog:
        return kafka_logs


class TestKafkaCommandLog(CommandLogContract):
    @pytest.fixture
    def commands(self, kafka_logs: KafkaLogs) -> CommandLog:
        return kafka_logs

    async def test_a_dead_letter_says_why_and_where_from(self, kafka_logs: KafkaLogs, servers: Stack) -> None:
        await kafka_logs.send_dead_letter(PARTITION, "hamlet", b"\xff", "no JSON", "booking.commands/1/7/0")
        async with AIOKafkaConsumer(bootstrap_servers=servers.kafka, group_id=None) as consumer:
            place = TopicPartition(DEAD_LETTERS, PARTITION)
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            consumer.seek(place, end - 1)
            letter: Any = await consumer.getone(place)
        assert (letter.key, letter.value) == (b"hamlet", b"\xff")
        assert dict(letter.headers) == {"reason": b"no JSON", "origin": b"booking.commands/1/7/0"}
