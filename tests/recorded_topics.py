"""Puts both topics of a LogWriter into a real Kafka, as they are."""

from collections.abc import Iterable

from aiokafka import AIOKafkaProducer

from contracts.operations.kafka import PRODUCER_LIMITS, create_topics
from contracts.topics import COMMANDS, EVENTS
from read_side.replay.log_reader import Stored, open_log
from tests.log_writer import LogWriter


async def record(kafka: str, *logs: LogWriter) -> None:
    """Create the topics with one partition for each of these logs, append everything, check that it is all there.

    Kafka stamps commands with its own clock, so the events must have been decided by the times that it gives:
    `times_of` tells them.
    """
    await create_topics(kafka, len(logs), 1)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER_LIMITS)
    await producer.start()
    try:
        for log in logs:
            await _append(producer, EVENTS, log.number, log.events)
    finally:
        await producer.stop()


async def append_commands(kafka: str, number: int, values: Iterable[bytes]) -> None:
    """Append command records to a partition."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER_LIMITS)
    await producer.start()
    try:
        await _append(producer, COMMANDS, number, [Stored(-1, 0, value) for value in values])
    finally:
        await producer.stop()


async def append_times(kafka: str, number: int) -> list[int]:
    """The append times that Kafka gave to the commands of a partition."""
    async with open_log(kafka) as log:
        log.turn_to(number, COMMANDS)
        return [one.timestamp async for batch in log.batches(COMMANDS, number) for one in batch]


async def _append(producer: AIOKafkaProducer, topic: str, number: int, records: Iterable[Stored]) -> None:
    batch = producer.create_batch()
    for one in records:
        if batch.append(key=None, value=one.value, timestamp=None) is None:
            batch.close()
            await (await producer.send_batch(batch, topic, partition=number))
            batch = producer.create_batch()
            assert batch.append(key=None, value=one.value, timestamp=None) is not None
    batch.close()
    await (await producer.send_batch(batch, topic, partition=number))
