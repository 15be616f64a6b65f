"""Records that nobody should have written, put straight into the topic of commands beside the buyers' own."""

import asyncio
from collections.abc import Iterator
from itertools import cycle
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import Raw

from contracts.codec import encode_commands, post
from contracts.commands import HoldBestAvailable
from contracts.limits import COMMAND_RECORD_BYTES, COMMANDS_PER_RECORD
from contracts.operations.kafka import PRODUCER_LIMITS
from contracts.records import CommandRecord, PostedCommand
from contracts.topics import COMMANDS, DEAD_LETTERS, partition_of
from scenarios.nemesis.scene import Scene

EVERY_SECONDS: Final = 0.5
"""At 150 commands a second this is more than one in a hundred."""
DEEP: Final = 100_000
_BAD_PLACE: Final = 17


def hold(number: int, index: int) -> PostedCommand:
    """A good command."""
    return post(HoldBestAvailable(buyer_id=f"poisoned-{number}", quantity=1), f"poison-{number}-{index}")


def bad_bodies() -> Iterator[bytes]:
    """Bodies that decode to no command, for ever in turn."""
    return cycle(
        (
            b'{"type":"make-tea"}',
            b'{"type":"hold-seats"}',
            b"[" * 500 + b"]" * 500,
            b'{"type":"hold-best-available","buyer_id":"x","quantity":"many"}',
            b"null",
        )
    )


def bad_records(show: str) -> Iterator[bytes]:
    """Records that are no command records, or not for here, for ever in turn."""
    good = encode_commands(CommandRecord(show_id=show, commands=(hold(0, 0),)))
    crowded = tuple(hold(0, index) for index in range(COMMANDS_PER_RECORD + 1))
    return cycle(
        (
            b"\xff\x00 no text",
            good.decode().encode("utf-16"),
            b"[" * DEEP,
            b'{"show_id":' * DEEP,
            good[:-2],
            b"",
            encode_commands(CommandRecord(show_id=show, commands=crowded)),
            good.replace(b"poison-0-0", b"x" * COMMAND_RECORD_BYTES),
            good.replace(b'"show_id"', b'"stage"'),
        )
    )


def one_bad_among_many(show: str, number: int, body: bytes) -> bytes:
    """A full record of good commands, but for one."""
    posted = [hold(number, index) for index in range(COMMANDS_PER_RECORD)]
    bad = posted[_BAD_PLACE]
    posted[_BAD_PLACE] = PostedCommand(id=bad.id, digest=bad.digest, schema=bad.schema, body=Raw(body))
    return encode_commands(CommandRecord(show_id=show, commands=tuple(posted)))


def poison(scene: Scene) -> None:
    """Mix them in until the time is over; count the dead letters afterwards."""
    asyncio.run(_poison(scene))


async def _poison(scene: Scene) -> None:
    show, bodies = scene.shows[0], bad_bodies()
    records = bad_records(show)
    async with AIOKafkaProducer(bootstrap_servers=scene.stack.kafka, **PRODUCER_LIMITS) as producer:
        number = 0
        while scene.goes_on:
            number += 1
            for name in scene.shows:
                await _send(producer, scene, name, next(records))
                scene.note("bad_records")
            await _send(producer, scene, show, one_bad_among_many(show, number, next(bodies)))
            scene.note("records_with_one_bad_command")
            await asyncio.sleep(EVERY_SECONDS)
    scene.over()
    await asyncio.sleep(1.0)
    scene.note("dead_letters", await _dead_letters(scene.stack.kafka, scene.partitions))


async def _send(producer: AIOKafkaProducer, scene: Scene, show: str, value: bytes) -> None:
    place = partition_of(show, scene.partitions)
    await producer.send_and_wait(COMMANDS, value, key=show.encode(), partition=place)


async def _dead_letters(kafka: str, partitions: int) -> int:
    places = [TopicPartition(DEAD_LETTERS, number) for number in range(partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=kafka, group_id=None, enable_auto_commit=False) as consumer:
        return int(sum((await consumer.end_offsets(places)).values()))
