"""Records that somebody puts into Kafka who may write there: what our processes take from a service they depend on."""

import asyncio
import json
from collections.abc import Callable
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer

from contracts.codec import encode_claim
from contracts.operations.kafka import PRODUCER_LIMITS
from contracts.records import RULES, PartitionClaim
from contracts.topics import COMMANDS, EVENTS, partition_of
from tests.adapters.security.stage import Stage
from tests.commands import book_hold, command_record, hold_seats

PARTITIONS: Final = 3
OLD_CLAIM: Final = 0
"""The first record of a partition is the first claim."""


class ForeignRecord(NamedTuple):
    """A record, the topic it goes to, and what becomes of it. `value` may use the bytes of Ann's hold in the log."""

    what: str
    topic: str
    becomes: str
    value: Callable[[Stage, bytes], bytes | None]
    astray: bool = False
    """It goes to the partition beside that of Ann's show."""


def _booked_by_bob(stage: Stage, held: bytes) -> bytes:
    event = json.loads(held)
    data = {"booking_id": "b", "hold_id": stage.facts["hold"], "buyer_id": "bob", "seats": ["A-1-2"]}
    event |= {"type": "seats-booked", "data": data, "version": event["version"] + 1, "claim": OLD_CLAIM}
    return json.dumps(event).encode()


RECORDS: Final = (
    ForeignRecord("a command record that is no JSON", COMMANDS, "command-unreadable", lambda *_: b"\xff\x00 no JSON"),
    ForeignRecord("a command record without a value", COMMANDS, "command-unreadable", lambda *_: None),
    ForeignRecord("a command record of deep JSON", COMMANDS, "command-unreadable", lambda *_: b"[" * 10**6),
    ForeignRecord(
        "a command in another partition than its show's",
        COMMANDS,
        "hold-refused",
        lambda stage, _: command_record(stage.facts["show"], ("astray", hold_seats("A-1-3", by="bob"))),
        astray=True,
    ),
    ForeignRecord(
        "a booking of another's hold, past the API",
        COMMANDS,
        "booking-refused",
        lambda stage, _: command_record(stage.facts["show"], ("past", book_hold(stage.facts["hold"], by="bob"))),
    ),
    ForeignRecord(
        "a claim of a stranger",
        EVENTS,
        "passed over: the decider claims again",
        lambda *_: encode_claim(PartitionClaim(owner="stranger", generation=1, rules=RULES)),
    ),
    ForeignRecord("an event under a claim that is over", EVENTS, "passed over", _booked_by_bob),
    ForeignRecord("an event that was there before", EVENTS, "passed over", lambda _, held: held),
)


def put(stage: Stage, record: ForeignRecord, held: bytes) -> None:
    """Append it to its topic."""
    number = (partition_of(stage.facts["show"], PARTITIONS) + record.astray) % PARTITIONS
    asyncio.run(_append(stage.stack.kafka, record.topic, number, record.value(stage, held)))


async def _append(kafka: str, topic: str, number: int, value: bytes | None) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka, **PRODUCER_LIMITS) as producer:
        await producer.send_and_wait(topic, value, key=b"stranger", partition=number)
