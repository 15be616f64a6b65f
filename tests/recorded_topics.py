"""Puts the partitions of LogWriters into a real Kafka."""

from collections.abc import Callable, Iterable

from aiokafka import AIOKafkaProducer

from contracts.operations.kafka import PRODUCER_LIMITS, create_topics
from contracts.topics import COMMANDS, EVENTS
from read_side.replay.log_reader import open_log
from tests.log_writer import LogWriter


async def record(kafka: str, *logs: LogWriter, damage: Callable[[LogWriter], None] = lambda log: None) -> None:
    """Create the topics, append the commands sent so far, decide them by Kafka's own times, append the events, which
    may be damaged before."""
    await create_topics(kafka, len(logs), 1)
    for log in logs:
        await append(kafka, COMMANDS, log.number, (one.value for one in log.commands))
    for log in logs:
        times = await _append_times(kafka, log.number)
        log.commands = [one._replace(timestamp=time) for one, time in zip(log.commands, times, strict=True)]
        log.decide()
        damage(log)
        await append(kafka, EVENTS, log.number, (one.value for one in log.events))


async def append(kafka: str, topic: str, number: int, values: Iterable[bytes]) -> None:
    """Append records to a partition, as they are."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER_LIMITS)
    await producer.start()
    try:
        for value in values:
            await producer.send(topic, value, partition=number)
        await producer.flush()
    finally:
        await producer.stop()


async def _append_times(kafka: str, number: int) -> list[int]:
    async with open_log(kafka) as log:
        log.turn_to(number, COMMANDS)
        return [one.timestamp async for batch in log.batches(COMMANDS, number) for one in batch]
