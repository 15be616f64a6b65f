"""A decider that is told to stop, with a Kafka and without one."""

import asyncio
import time

from aiokafka.admin import AIOKafkaAdminClient

from contracts.codec import decode_log
from contracts.records import EventRecord
from scenarios.history import dump_topics
from scenarios.stack.services import not_ready
from tests.conftest import StartStack
from tests.e2e.command_load import CommandLoad
from write_side.processor.stopping import STOP_SECONDS


async def committed(kafka: str) -> dict[int, int]:
    """The offsets of the deciders' group."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets("seatlog-decider")
    finally:
        await admin.close()
    return {place.partition: found.offset for place, found in offsets.items()}


async def settled(kafka: str) -> dict[int, int]:
    """By partition, the offset behind the last command of which the log holds the event."""
    _, events = await dump_topics(kafka)
    found: dict[int, int] = {}
    for stored in events:
        record = decode_log(stored.stored())
        if isinstance(record, EventRecord):
            found[stored.partition] = record.source[0] + 1
    return found


def test_sigterm_under_load_finishes_and_commits_before_the_end(start_stack: StartStack) -> None:
    stack = start_stack(("kafka", "decider"))
    decider = stack.process("decider")
    with CommandLoad(stack.kafka, commands=1500, per_second=1000) as load:
        for _ in load.milestones(every=700):
            decider.terminate()
            assert decider.wait(timeout=STOP_SECONDS / 2) == 0
            break
    decided = asyncio.run(settled(stack.kafka))
    assert len(decided) == 3
    assert asyncio.run(committed(stack.kafka)) == decided


def test_sigterm_ends_a_decider_whose_kafka_is_away(start_stack: StartStack) -> None:
    stack = start_stack(("kafka", "decider"))
    stack.process("kafka").kill()
    decider = stack.process("decider")
    deadline = time.monotonic() + 10
    while "Kafka does not answer" not in (not_ready(stack.ports["decider"]) or ""):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    decider.terminate()
    assert decider.wait(timeout=STOP_SECONDS + 3) == 0
