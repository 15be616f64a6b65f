"""`decider_1` and `decider_8`: a real decider on a backlog, against a Faust agent that does nothing.

The backlog is there before either starts. Ours is timed by the log itself, from the append times of the first and the
last event; the agent by its own clock. Every command is a hold of a free seat, and every one must be accepted.
"""

import asyncio
from collections.abc import Iterator, Sequence
from random import Random
from statistics import median
from time import monotonic
from typing import Final, NamedTuple

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import decode_log
from contracts.records import EventRecord
from contracts.topics import COMMANDS, EVENTS
from scenarios.benchmarks.baselines.noop_agent import NoopFigures
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import SEATS, show_ids
from scenarios.benchmarks.kafka_ground import (
    PARTITIONS,
    append_commands,
    ends,
    group_less_reader,
    kafka_alone,
    records_from,
)
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row, row
from scenarios.benchmarks.side_process import run_module
from scenarios.benchmarks.sold_houses import sold_side_by_side
from scenarios.stack.stack import Stack

SHOWS: Final = {1: 3, 8: 15}
"""Shows of a backlog by commands a record: 60,000 and 300,000 holds, 60,000 and 37,500 records."""
DONE_WITHIN_SECONDS: Final = 180.0


class Backlog(NamedTuple):
    """What is to be decided: where it begins in the commands, and where its events will begin."""

    records: int
    holds: int
    commands_from: dict[int, int]
    events_from: dict[int, int]


def measure_decider(pace: Pace, per_record: int) -> Iterator[Row]:
    """One row: decisions a second, against messages a second of the agent on the same records."""
    ours, baseline = [], []
    name = f"decider_{per_record}"
    with kafka_alone() as stack:
        for round_ in range(pace.rounds):
            pace.say(f"{name}: round {round_ + 1} of {pace.rounds}, filling the topic")
            shows = show_ids(f"deciding-{per_record}-{round_}", pace.sized(SHOWS[per_record], PARTITIONS), PARTITIONS)
            backlog = uvloop.run(_fill(stack.kafka, shows, per_record))
            for which in ("ours", "agent") if round_ % 2 else ("agent", "ours"):
                pace.say(f"{name}: round {round_ + 1} of {pace.rounds}, {which}")
                if which == "ours":
                    ours.append(_decide(stack, backlog))
                else:
                    baseline.append(_agent(stack, backlog, f"noop-{round_}"))
    yield row(name, median(ours), "/s", median(baseline))


async def _fill(kafka: str, shows: Sequence[str], per_record: int) -> Backlog:
    async with group_less_reader(kafka) as reader:
        commands_from, events_from = await ends(reader, COMMANDS), await ends(reader, EVENTS)
    count = await append_commands(kafka, sold_side_by_side(shows, per_record, Random(1)))
    return Backlog(count, len(shows) * SEATS, commands_from, events_from)


def _decide(stack: Stack, backlog: Backlog) -> float:
    decider = stack.start_service("decider")
    try:
        return uvloop.run(_decisions_a_second(stack.kafka, backlog))
    finally:
        decider.terminate()
        decider.wait(15)


async def _decisions_a_second(kafka: str, backlog: Backlog) -> float:
    """Wait until the log has grown enough, looking seldom; then read when each hold was appended."""
    async with group_less_reader(kafka) as reader:
        await grown(reader, backlog.events_from, backlog.holds)
        appended: list[int] = []
        while len(appended) < backlog.holds:
            appended = []
            async for records in records_from(reader, EVENTS, backlog.events_from, await ends(reader, EVENTS)):
                appended += [record.timestamp for record in records if _is_hold(record.value)]
    first, last = min(appended), max(appended)
    return sum(1 for at in appended if at > first) / (last - first) * 1000


def _is_hold(value: bytes) -> bool:
    """Whether a record is an accepted hold. Raises BenchmarkFailure if it is a refused one."""
    record = decode_log(value)
    if type(record) is not EventRecord or record.type == "show-scheduled":
        return False
    if record.type != "seats-held":
        raise BenchmarkFailure(f"a hold of a free seat became {record.type}: {bytes(record.data)!r}")
    return True


async def grown(reader: AIOKafkaConsumer, before: dict[int, int], records: int) -> None:
    """Wait until the events have this many records more. Raises BenchmarkFailure."""
    deadline = monotonic() + DONE_WITHIN_SECONDS
    while sum((await ends(reader, EVENTS)).values()) - sum(before.values()) < records:
        if monotonic() > deadline:
            raise BenchmarkFailure(f"the decider did not write {records} events in {DONE_WITHIN_SECONDS:.0f} s")
        await asyncio.sleep(0.2)


def _agent(stack: Stack, backlog: Backlog, group: str) -> float:
    uvloop.run(_stand_at(stack.kafka, group, backlog.commands_from))
    told = run_module(stack, "scenarios.benchmarks.baselines.noop_agent", stack.kafka, group, str(backlog.records))
    figures = msgspec.json.decode(told, type=NoopFigures)
    return figures.messages / figures.seconds


async def _stand_at(kafka: str, group: str, offsets: dict[int, int]) -> None:
    """Have a new group begin at these offsets."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        places = {TopicPartition(COMMANDS, number): offset for number, offset in offsets.items()}
        consumer.assign(list(places))
        await consumer.commit(places)
    finally:
        await consumer.stop()
