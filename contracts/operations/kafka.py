"""Kafka as every process of ours meets it: client limits, creating the topics, and the check at start."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, KafkaError

from contracts.limits import MESSAGE_BYTES
from contracts.operations.kafka_access import AccessUnfit, Kafka, KafkaAccess, client_settings
from contracts.operations.kafka_refusal import refusal
from contracts.topics import SHARED_SETTINGS, TOPICS, Topic

CONSUMER_LIMITS: Final = {"max_partition_fetch_bytes": MESSAGE_BYTES, "fetch_max_bytes": 4 * MESSAGE_BYTES}
"""Keyword arguments of every consumer: a record of the largest size must come through."""
PRODUCER_LIMITS: Final = {"acks": "all", "enable_idempotence": True, "max_request_size": MESSAGE_BYTES}
"""Keyword arguments of every producer."""

COPIES_OUTSIDE_DEVELOPMENT: Final = 3
IN_SYNC_OUTSIDE_DEVELOPMENT: Final = 2
_TOPIC_EXISTS: Final = 36
_NOT_ALLOWED: Final = 29


class TopicsUnfit(Exception):
    """The topics are missing or set differently from what the protocol needs; the message says what to do."""


class AccessRefused(TopicsUnfit):
    """Kafka is there and does not let us in, or not do this; to try again is of no use."""


@asynccontextmanager
async def connected_admin(bootstrap: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client until the end of the `with`. Raises TopicsUnfit if Kafka does not answer."""
    try:
        admin = AIOKafkaAdminClient(**client_settings(bootstrap))
    except AccessUnfit as error:
        raise AccessRefused(str(error)) from error
    try:
        await admin.start()
        yield admin
    except KafkaConnectionError as error:
        refused = await refusal(bootstrap)
        if refused is not None:
            raise AccessRefused(refused) from None
        raise TopicsUnfit(f"no Kafka at {bootstrap}; start it, or set SEATLOG_KAFKA: {error}") from error
    finally:
        await admin.close()


async def create_topics(bootstrap: Kafka, partitions: int, replicas: int) -> None:
    """Create the topics that are missing, then check all of them. Raises TopicsUnfit."""
    await create_missing(bootstrap, partitions, replicas, {})
    found = await wait_for_topics(bootstrap, seconds=20)
    if found != partitions:
        raise TopicsUnfit(f"the topics exist with {found} partitions, not {partitions}; this number cannot change")


async def create_missing(bootstrap: Kafka, partitions: int, replicas: int, changes: Mapping[str, str]) -> None:
    """Create the topics that are missing, with these settings instead of their own. Raises TopicsUnfit."""
    wanted = [
        NewTopic(
            name=topic.name,
            num_partitions=partitions,
            replication_factor=replicas,
            topic_configs={
                **topic.settings,
                **SHARED_SETTINGS,
                "min.insync.replicas": str(min(2, replicas)),
                **changes,
            },
        )
        for topic in TOPICS
    ]
    async with connected_admin(bootstrap) as admin:
        answer = await admin.create_topics(wanted)
    for name, code, *message in answer.topic_errors:
        if code == _NOT_ALLOWED:
            raise AccessRefused(_not_allowed(bootstrap, "create", name))
        if code not in (0, _TOPIC_EXISTS):
            raise TopicsUnfit(f"topic {name} could not be created: Kafka error {code} {message[:1]}")


async def wait_for_topics(bootstrap: Kafka, seconds: float) -> int:
    """As check_topics, but gives Kafka some time to come up and to show new topics."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await check_topics(bootstrap)
        except AccessRefused:
            raise
        except (TopicsUnfit, KafkaError, OSError):
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(0.2)


async def check_topics(bootstrap: Kafka) -> int:
    """The number of partitions of the topics, once they are all as the protocol needs. Raises TopicsUnfit."""
    async with connected_admin(bootstrap) as admin:
        described = await admin.describe_topics([topic.name for topic in TOPICS])
        settings = await _settings(admin)
    for entry in described:
        if entry["error_code"] == _NOT_ALLOWED:
            raise AccessRefused(_not_allowed(bootstrap, "describe", entry["topic"]))
    partitions = {entry["topic"]: len(entry["partitions"]) for entry in described if not entry["error_code"]}
    for topic in TOPICS:
        if not partitions.get(topic.name):
            raise TopicsUnfit(
                f"topic {topic.name} is missing; run `python -m contracts.operations create-topics --partitions N`"
            )
        _check_settings(topic, settings[topic.name])
    if isinstance(bootstrap, KafkaAccess) and bootstrap.lasting:
        for entry in described:
            _demand_copies(entry, settings[entry["topic"]])
    counts = set(partitions.values())
    if len(counts) != 1:
        raise TopicsUnfit(f"the topics must have the same number of partitions, but have {partitions}")
    return counts.pop()


def _demand_copies(described: dict[str, Any], settings: dict[str, str]) -> None:
    """Outside development a record outlives the loss of a broker, and its append is confirmed by two. Raises
    TopicsUnfit."""
    topic, copies = described["topic"], min(len(partition["replicas"]) for partition in described["partitions"])
    if copies < COPIES_OUTSIDE_DEVELOPMENT:
        raise TopicsUnfit(
            f"topic {topic} is kept {copies} times, but must be {COPIES_OUTSIDE_DEVELOPMENT} times in production; "
            "create it with --replicas 3 on three brokers, or set SEATLOG_ENVIRONMENT=development"
        )
    in_sync = settings.get("min.insync.replicas", "1")
    if int(in_sync) < IN_SYNC_OUTSIDE_DEVELOPMENT:
        raise TopicsUnfit(f"topic {topic}: min.insync.replicas is {in_sync}, but must be 2 outside development")


def _not_allowed(bootstrap: Kafka, what: str, topic: str) -> str:
    who = repr(bootstrap.username) if isinstance(bootstrap, KafkaAccess) else "nobody in particular"
    return f"Kafka does not let the user {who} {what} topic {topic}; run `python -m contracts.operations grant`"


def _check_settings(topic: Topic, found: dict[str, str]) -> None:
    for name, value in {**topic.settings, **SHARED_SETTINGS}.items():
        if found.get(name) != value:
            raise TopicsUnfit(f"topic {topic.name}: {name} is {found.get(name)!r}, but must be {value!r}")


async def _settings(admin: AIOKafkaAdminClient) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in TOPICS]
    found: dict[str, dict[str, str]] = {topic.name: {} for topic in TOPICS}
    for response in await admin.describe_configs(resources):
        resource: Any
        for resource in response.resources:
            name, entries = resource[3], resource[4]
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
