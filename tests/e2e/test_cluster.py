"""Three brokers of which one is killed under load: the sale goes on, and nothing is lost."""

import asyncio
from itertools import pairwise

from scenarios.history import StoredRecord, dump_topics
from tests.conftest import StartStack
from tests.e2e.command_load import CommandLoad
from tests.e2e.judging import decided_and_verified

PAUSE_MOST_SECONDS = 10.0
LOST = "kafka-1"


def longest_pause(records: tuple[StoredRecord, ...], partition: int) -> float:
    """The longest time in seconds between two records of a partition."""
    stamps = sorted(each.timestamp for each in records if each.partition == partition)
    return max(after - before for before, after in pairwise(stamps)) / 1000


def test_a_lost_broker_of_three_costs_seconds_and_no_record(start_stack: StartStack) -> None:
    stack = start_stack(("kafka", "decider"), brokers=3)
    assert len(stack.kafka.split(",")) == 3
    with CommandLoad(stack.kafka, commands=4000, per_second=400) as load:
        for _ in load.milestones(every=1000):
            stack.process(LOST).kill()
            break
    decided_and_verified(stack, within=20)
    assert not stack.process(LOST).alive
    for records in asyncio.run(dump_topics(stack.kafka)):
        for partition in range(3):
            assert longest_pause(records, partition) < PAUSE_MOST_SECONDS
