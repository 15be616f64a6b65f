"""The log writer on real Kafka: offsets as confirmed, and a producer that is no good any more is replaced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiokafka.structs import TopicPartition

from contracts import topics
from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import record_at
from tests.until import until
from write_side.api.log_writer import AppendUnknown, LogWriter, Record

ONE = [Record(b"hamlet", b"not a command")]


@asynccontextmanager
async def started(writer: LogWriter) -> AsyncIterator[LogWriter]:
    await writer.start()
    watching = asyncio.ensure_future(writer.watch())
    yield writer
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    await writer.stop(5.0)


async def break_the_sequence(writer: LogWriter, partition: int) -> None:
    """What a failed batch leaves behind in aiokafka's producer: its sequence numbers have gone on, the broker's not."""
    producer = writer._producer
    assert producer is not None
    producer._txn_manager.increment_sequence_number(TopicPartition(topics.COMMANDS, partition), 7)


async def test_records_stand_where_the_writer_says(kafka: Stack):
    async with started(LogWriter(kafka.kafka, 3)) as writer:
        records = [Record(b"hamlet", b"text %d" % number) for number in range(3)]
        offset = await writer.append(2, records)
        for index, record in enumerate(records):
            assert (await record_at(kafka.kafka, 2, offset + index, topics.COMMANDS)).value == record.value
        assert await writer.append(2, ONE) == offset + 3


async def test_after_an_error_the_producer_is_replaced(kafka: Stack):
    async with started(LogWriter(kafka.kafka, 3)) as writer:
        await writer.append(0, ONE)
        await break_the_sequence(writer, 0)
        with pytest.raises(AppendUnknown):
            await writer.append(0, ONE)
        assert writer.unwritable(0), "nothing is handed over until there is a new producer"
        await until(lambda: not writer.unwritable(0))
        assert await writer.append(0, ONE) > 0


class KeepsItsProducer(LogWriter):
    """The mutant."""

    def _replace(self, producer: object, error: Exception) -> None:
        pass


async def test_that_check_catches_who_keeps_the_producer(kafka: Stack):
    async with started(KeepsItsProducer(kafka.kafka, 3)) as writer:
        await writer.append(0, ONE)
        await break_the_sequence(writer, 0)
        for _ in range(2):
            with pytest.raises(AppendUnknown):
                await writer.append(0, ONE)


async def test_a_record_of_four_mebibytes_goes_through(kafka: Stack):
    async with started(LogWriter(kafka.kafka, 3)) as writer:
        assert await writer.append(0, [Record(b"hamlet", b"x" * (4 << 20))]) > 0


async def test_stopping_does_not_wait_for_ever(kafka: Stack, monkeypatch: pytest.MonkeyPatch):
    writer = LogWriter(kafka.kafka, 3)
    await writer.start()
    assert writer._producer is not None
    send = writer._producer.client.send

    sending = asyncio.Event()

    async def never(*arguments: object, **named: object) -> object:
        sending.set()
        await asyncio.Event().wait()
        return await send(*arguments, **named)

    monkeypatch.setattr(writer._producer.client, "send", never)
    append = asyncio.ensure_future(writer.append(0, ONE))
    await sending.wait()
    async with asyncio.timeout(2):
        await writer.stop(0.1)
    append.cancel()
    await asyncio.gather(append, return_exceptions=True)
