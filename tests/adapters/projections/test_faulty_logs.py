"""A projector that meets a log it must not go on with, and one whose Kafka goes away."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry
from pymongo.asynchronous.database import AsyncDatabase

from contracts.operations.kafka import create_topics
from contracts.read_models import CHECKPOINTS, SHOWS, collection_name
from contracts.topics import EVENTS
from projections.documents import Document
from projections.metrics import ProjectorMetrics
from projections.mongo_connection import connect
from projections.process import ProjectorProcess
from scenarios.stack.services import PROJECT
from scenarios.stack.stack import Stack
from tests.adapters.projections.box_office import BoxOffice

LOG_FAULT = 65


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack.start(tmp_path_factory.mktemp("faulty"), services=("kafka", "mongo"), supervised=False) as stack:
        asyncio.run(create_topics(stack.kafka, 3, 1))
        yield stack


@pytest.fixture
async def database(stack: Stack) -> AsyncIterator[AsyncDatabase[Document]]:
    async with connect(stack.mongo) as client:
        yield client[f"faulty_{uuid4().hex}"]


def projector(stack: Stack, database: AsyncDatabase[Document]) -> "subprocess.CompletedProcess[str]":
    """Run a projector until it ends by itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**stack.environment(), "SEATLOG_MONGO_DATABASE": database.name, "SEATLOG_PORT": str(port)}
    return subprocess.run(
        [sys.executable, "-m", "projections"],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


async def test_kafka_goes_away_and_comes_back(stack: Stack, database: AsyncDatabase[Document]):
    process = ProjectorProcess(stack.kafka, database, ProjectorMetrics(CollectorRegistry()))
    running = asyncio.create_task(process.run())
    async with BoxOffice(stack.kafka) as office:
        await office.open("hamlet")

        async def ready() -> bool:
            return process.missing() == []

        async def says_that_kafka_is_away() -> bool:
            return process.missing() == ["Kafka is away"]

        async def has_both() -> bool:
            return await database[collection_name(SHOWS, 1)].count_documents({}) == 2

        await until(ready)
        stack.process("kafka").kill()
        await until(says_that_kafka_is_away)
        await asyncio.to_thread(stack.restart, "kafka")
        await until(ready)
        await office.open("macbeth")
        await until(has_both)
    running.cancel()
    await asyncio.wait([running])


async def test_a_log_that_is_shorter_than_what_was_projected_stops_the_projector(
    stack: Stack, database: AsyncDatabase[Document]
):
    await put_checkpoint(database, offset=1_000_000, hash_="0" * 64)
    ended = await asyncio.to_thread(projector, stack, database)
    assert ended.returncode == LOG_FAULT
    assert "log fault in partition 1 at offset 1000000: it was projected, but the log ends at" in ended.stderr


async def test_a_log_that_was_rewritten_stops_the_projector(stack: Stack, database: AsyncDatabase[Document]):
    await put_checkpoint(database, offset=0, hash_="0" * 64)
    ended = await asyncio.to_thread(projector, stack, database)
    assert ended.returncode == LOG_FAULT
    assert "log fault in partition 1 at offset 0: this record is not the one that was projected" in ended.stderr


async def test_a_record_that_cannot_be_there_stops_the_projector_and_is_named(
    stack: Stack, database: AsyncDatabase[Document]
):
    """Last, since nobody can read this log any more."""
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka) as producer:
        sent = await producer.send_and_wait(EVENTS, b"no record", partition=2)
    ended = await asyncio.to_thread(projector, stack, database)
    assert ended.returncode == LOG_FAULT
    assert f"log fault in partition 2 at offset {sent.offset}: no event record" in ended.stderr


async def put_checkpoint(database: AsyncDatabase[Document], offset: int, hash_: str) -> None:
    """Pretend that partition 1 was projected so far."""
    position = {"offset": offset, "claim": 0, "next_command": [0, 0], "hash": hash_, "fenced": False}
    await database[collection_name(CHECKPOINTS, 1)].insert_one({"_id": 1, **position})
