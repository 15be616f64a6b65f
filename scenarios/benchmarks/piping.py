"""`command_to_event_p99`: from the produce of a command to its event in a tail, against a raw produce and fetch.

Commands go out one by one at an even pace, whatever comes back (open loop). The raw pipe sends the same bytes through
one topic of the same broker, to a tail that decodes them too.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from random import Random
from statistics import median
from time import monotonic
from typing import Final

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from contracts.codec import decode_commands, decode_log
from contracts.operations.kafka import PRODUCER_LIMITS, connected_admin
from contracts.records import EventRecord
from contracts.topics import COMMANDS, EVENTS
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import show_ids
from scenarios.benchmarks.kafka_ground import PARTITIONS, ToPartition, ends, group_less_reader, kafka_alone
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row, percentile, row
from scenarios.benchmarks.sold_houses import held_side_by_side, put_on_sale
from scenarios.stack.stack import Stack

A_SECOND: Final = 1_000
WARM_UP_SECONDS: Final = 3
MEASURED_SECONDS: Final = 10
RAW: Final = "benchmark.raw"
ARRIVE_WITHIN_SECONDS: Final = 10.0
_MS: Final = 1000.0

Arrived = Callable[[bytes], str | None]
"""The id of the command that a record in the tail answers, or None if it answers none."""


def measure_piping(pace: Pace) -> Iterator[Row]:
    """p99 against the raw pipe's, and both medians."""
    ours: list[list[float]] = []
    raw: list[list[float]] = []
    seconds = pace.sized(MEASURED_SECONDS, 2)
    with kafka_alone() as stack:
        uvloop.run(_create_raw_topic(stack.kafka))
        stack.start_service("decider")
        for round_ in range(pace.rounds):
            for which in ("raw", "ours") if round_ % 2 else ("ours", "raw"):
                pace.say(f"command_to_event: round {round_ + 1} of {pace.rounds}, {which}")
                if which == "ours":
                    ours.append(uvloop.run(_through(stack, COMMANDS, EVENTS, _of_event, f"{which}-{round_}", seconds)))
                else:
                    raw.append(uvloop.run(_through(stack, RAW, RAW, _of_commands, f"{which}-{round_}", seconds)))
    for name, share in (("command_to_event_p99", 0.99), ("command_to_event_p50", 0.50)):
        baseline = median(percentile(waits, share) for waits in raw)
        yield row(name, median(percentile(waits, share) for waits in ours) * _MS, "ms", baseline * _MS)


def _of_event(value: bytes) -> str | None:
    record = decode_log(value)
    if type(record) is not EventRecord or record.type == "show-scheduled":
        return None
    if record.type != "seats-held":
        raise BenchmarkFailure(f"a hold of a free seat became {record.type}")
    return record.command_id


def _of_commands(value: bytes) -> str | None:
    return decode_commands(value).commands[0].id


async def _create_raw_topic(kafka: str) -> None:
    async with connected_admin(kafka) as admin:
        await admin.create_topics([NewTopic(RAW, PARTITIONS, 1)])


async def _through(stack: Stack, into: str, out_of: str, arrived: Arrived, name: str, seconds: int) -> list[float]:
    """Seconds from produce to tail for every command after the warm-up."""
    shows = show_ids(name, PARTITIONS, PARTITIONS)
    wanted = (WARM_UP_SECONDS + seconds) * A_SECOND
    sent = list(islice(held_side_by_side(shows, 1, Random(1)), wanted))
    async with _tail(stack.kafka, out_of) as tail, _producer(stack.kafka) as producer:
        if into == COMMANDS:
            for record in put_on_sale(shows):
                await producer.send_and_wait(into, record.value, partition=record.partition)
        seen: dict[str, float] = {}
        watching = asyncio.create_task(_watch(tail, arrived, seen, wanted))
        sent_at = await _send(producer, into, sent)
        async with asyncio.timeout(ARRIVE_WITHIN_SECONDS):
            await watching
    waits = [seen[command_id] - at for command_id, at in sent_at]
    return waits[WARM_UP_SECONDS * A_SECOND :]


@asynccontextmanager
async def _tail(kafka: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    async with group_less_reader(kafka) as reader:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        at = await ends(reader, topic)
        reader.assign(partitions)
        for tp in partitions:
            reader.seek(tp, at[tp.partition])
        yield reader


@asynccontextmanager
async def _producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=0, **PRODUCER_LIMITS)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _watch(tail: AIOKafkaConsumer, arrived: Arrived, seen: dict[str, float], wanted: int) -> None:
    """Note when each command's record was first seen."""
    while len(seen) < wanted:
        for records in (await tail.getmany(timeout_ms=500)).values():
            now = monotonic()
            for record in records:
                command_id = arrived(record.value)
                if command_id is not None:
                    seen[command_id] = now


async def _send(producer: AIOKafkaProducer, topic: str, records: Sequence[ToPartition]) -> list[tuple[str, float]]:
    """Produce at A_SECOND; (command id, when it was handed to the producer)."""
    ids = [decode_commands(record.value).commands[0].id for record in records]
    began = monotonic()
    sent_at, confirmations = [], []
    for place, record in enumerate(records):
        early = began + place / A_SECOND - monotonic()
        if early > 0:
            await asyncio.sleep(early)
        sent_at.append((ids[place], monotonic()))
        confirmations.append(await producer.send(topic, record.value, partition=record.partition))
    await asyncio.gather(*confirmations)
    return sent_at
