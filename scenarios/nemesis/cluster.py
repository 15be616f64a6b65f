"""One broker of three lost, whichever it is: leader, coordinator of the group, head of the controllers."""

import asyncio
from collections.abc import Iterator
from typing import Final

from aiokafka.errors import KafkaError

from contracts.operations.kafka import TopicsUnfit, connected_admin
from contracts.topics import COMMANDS, EVENTS
from scenarios.checkers.findings import Finding
from scenarios.nemesis.judging import judge_everything
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.scene import Scene
from scenarios.nemesis.timeline import progress
from scenarios.stack.kafka_cluster import broker_names

BROKERS: Final = 3
AWAY_SECONDS: Final = 12.0
SYNC_SECONDS: Final = 60.0
PAUSE_MOST_SECONDS: Final = 10.0
_GROUPS: Final = "__consumer_offsets"


def lose_each_in_turn(scene: Scene) -> None:
    """kill -9 one broker, leave it away for a while, bring it back, wait until it has caught up; then the next."""
    for name in broker_names(BROKERS):
        scene.until("every partition has all its copies in sync", lambda: _all_in_sync(scene.stack.kafka), SYNC_SECONDS)
        scene.stack.process(name).lose()
        scene.note("brokers_lost")
        scene.over()
        scene.wait(AWAY_SECONDS)
        scene.stack.restart(name)


def judge_cluster(ran: Ran) -> list[Finding]:
    """Everything, and that no partition waited long."""
    return [*judge_everything(ran), *_pauses(ran)]


def _pauses(ran: Ran) -> Iterator[Finding]:
    pause = progress(ran).pause
    if pause > PAUSE_MOST_SECONDS:
        yield Finding("I11", f"a partition decided nothing for {pause:.1f} s", "one broker of three away")


def _all_in_sync(kafka: str) -> bool:
    try:
        return asyncio.run(_in_sync(kafka))
    except (TopicsUnfit, KafkaError, OSError):
        return False


async def _in_sync(kafka: str) -> bool:
    async with connected_admin(kafka) as admin:
        topics = await admin.describe_topics([COMMANDS, EVENTS, _GROUPS])
    return all(
        not topic["error_code"] and all(len(each["isr"]) == BROKERS for each in topic["partitions"]) for topic in topics
    )
