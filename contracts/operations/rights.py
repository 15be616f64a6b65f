"""What each process may do in Kafka, and nothing else: one user a process, its least rights (docs/security.md)."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.admin import CreateAclsRequest

from contracts.operations.kafka import AccessRefused, TopicsUnfit
from contracts.operations.kafka_access import Kafka, client_settings
from contracts.operations.kafka_refusal import refusal
from contracts.topics import COMMANDS, DEAD_LETTERS, EVENTS, TOPICS

DECIDERS: Final = "seatlog-decider"
"""The consumer group of the deciders, unless they are told another."""
_LITERAL: Final = 3
_ALLOW: Final = 3
_ANY_HOST: Final = "*"
_MAY_NOT_ALTER: Final = 31


class Resource(IntEnum):
    """Kinds of resources, by Kafka's codes (its documentation, "Authorization and ACLs")."""

    TOPIC = 2
    GROUP = 3


class Operation(IntEnum):
    """What may be done, by Kafka's codes. Reading and writing bring describing along."""

    READ = 3
    WRITE = 4
    CREATE = 5
    DESCRIBE = 8
    DESCRIBE_CONFIGS = 10


class Right(NamedTuple):
    """A user may do this with that; whatever no right allows is refused."""

    user: str
    resource: Resource
    name: str
    operation: Operation


_TOUCHES: Final[dict[str, dict[str, tuple[Operation, ...]]]] = {
    "command-api": {COMMANDS: (Operation.WRITE,), EVENTS: (Operation.READ,)},
    "decider": {
        COMMANDS: (Operation.READ, Operation.WRITE),  # it asks for the expiry of holds by commands
        EVENTS: (Operation.READ, Operation.WRITE),
        DEAD_LETTERS: (Operation.WRITE,),
    },
    "projector": {EVENTS: (Operation.READ,)},
    "replay": {topic.name: (Operation.READ,) for topic in TOPICS},
    "topics": {topic.name: (Operation.CREATE,) for topic in TOPICS},
}
USERS: Final = tuple(_TOUCHES)


def rights(group: str = DECIDERS) -> Iterator[Right]:
    """All of them. Everybody may look at the topics' settings: each process checks them at its start."""
    for user, touches in _TOUCHES.items():
        for topic in TOPICS:
            for operation in (Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS, *touches.get(topic.name, ())):
                yield Right(user, Resource.TOPIC, topic.name, operation)
    yield Right("decider", Resource.GROUP, group, Operation.READ)


async def grant(kafka: Kafka, group: str = DECIDERS) -> int:
    """Give every user its rights, as a user that may; doing it again is harmless. How many there are.

    Raises TopicsUnfit when Kafka is away or refuses.
    """
    client = AIOKafkaClient(**client_settings(kafka))
    granted = 0
    try:
        await client.bootstrap()
        for right in rights(group):
            await _grant(client, right)
            granted += 1
    except KafkaConnectionError as error:
        raise AccessRefused(await refusal(kafka) or f"no Kafka at {kafka}; start it, or set SEATLOG_KAFKA") from error
    except KafkaError as error:
        raise TopicsUnfit(f"Kafka did not take the rights: {error!r}") from error
    finally:
        await client.close()
    return granted


async def _grant(client: AIOKafkaClient, right: Right) -> None:
    request = CreateAclsRequest(
        right.resource, right.name, _LITERAL, f"User:{right.user}", _ANY_HOST, right.operation, _ALLOW
    )
    answer = await client.send(client.get_random_node(), request)
    for code, message in answer.creation_responses:
        if code == _MAY_NOT_ALTER:
            raise AccessRefused("this user may not give rights: use one that may alter the cluster")
        if code:
            raise TopicsUnfit(f"Kafka does not grant {right.operation.name} on {right.name}: {message or code}")
