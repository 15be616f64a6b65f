"""A sale where only who is known is let in: Kafka with TLS, passwords and rights, MongoDB with users and roles."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from contracts.operations.kafka import TopicsUnfit, check_topics
from contracts.operations.kafka_access import client_settings
from contracts.operations.rights import rights
from contracts.topics import COMMANDS, DEAD_LETTERS, EVENTS
from scenarios.stack.guard import OPERATOR, Guard
from scenarios.stack.services import EVERYTHING, PROJECT
from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import People

UNAUTHORIZED = 13
WRONG = "not-the-password"
RUN_SECONDS = 25
"""Less than the 30 s for which an event loop waits until the other side of a TLS connection has said farewell."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    services = tuple(name for name in EVERYTHING if name != "gateway")
    with Stack.start(tmp_path_factory.mktemp("secure"), services=services, secure=True, supervised=False) as stack:
        yield stack


def guard_of(stack: Stack) -> Guard:
    assert stack.guard is not None
    return stack.guard


def run(stack: Stack, module: str, *arguments: str, user: str, **told: str) -> "subprocess.CompletedProcess[str]":
    """Run a process of ours as this user, to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=stack.environment(user) | told,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_SECONDS,
    )


async def append(stack: Stack, user: str, topic: str) -> None:
    """Write to a topic as this user. Raises KafkaError."""
    access = guard_of(stack).kafka_access(stack.kafka, user)
    async with AIOKafkaProducer(**client_settings(access)) as producer:
        await producer.send_and_wait(topic, b"{}", partition=0)


async def read(stack: Stack, user: str, topic: str) -> None:
    """Read the first record of a topic as this user. Raises KafkaError."""
    access = guard_of(stack).kafka_access(stack.kafka, user)
    async with AIOKafkaConsumer(group_id=None, auto_offset_reset="earliest", **client_settings(access)) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        async with asyncio.timeout(10):
            await consumer.getone()


async def test_a_sale_goes_from_end_to_end(stack: Stack, tmp_path: Path):
    async with People(stack.url("command-api"), stack.token_secret) as people:
        show_id = await people.schedule()
        held = await people.hold(show_id, "A-1-1", Prefer="wait=10")
        assert held.status_code == 201, held.text
        booked = await people.book(show_id, held.json()["hold_id"])
        assert booked.status_code == 201, booked.text
    async with People(stack.url("query-api"), stack.token_secret) as people:
        await people.see(f"/shows/{show_id}", lambda told: told.status_code == 200 and told.json()["version"] == 3)
    verified = await asyncio.to_thread(run, stack, "read_side.replay", "verify", user="replay")
    assert verified.returncode == 0, verified.stderr
    assert "VERIFIED" in verified.stdout
    kept = await asyncio.to_thread(run, stack, "read_side.replay", "export", str(tmp_path / "kept"), user="replay")
    assert kept.returncode == 0, kept.stderr


@pytest.mark.parametrize(
    ("user", "topic"), [("projector", EVENTS), ("command-api", EVENTS), ("replay", COMMANDS), ("topics", COMMANDS)]
)
async def test_who_may_not_write_cannot(stack: Stack, user: str, topic: str):
    with pytest.raises(TopicAuthorizationFailedError):
        await append(stack, user, topic)


@pytest.mark.parametrize(("user", "topic"), [("projector", COMMANDS), ("command-api", COMMANDS), ("topics", EVENTS)])
async def test_who_may_not_read_cannot(stack: Stack, user: str, topic: str):
    with pytest.raises(TopicAuthorizationFailedError):
        await read(stack, user, topic)


async def test_who_may_write_can(stack: Stack):
    """That check catches a Kafka that refuses everybody."""
    await append(stack, OPERATOR, DEAD_LETTERS)


async def test_only_a_user_that_may_alter_the_cluster_gives_rights(stack: Stack):
    refused = await asyncio.to_thread(run, stack, "contracts.operations", "grant", user="replay")
    assert (refused.returncode, "may not give rights" in refused.stderr) == (1, True)
    again = await asyncio.to_thread(run, stack, "contracts.operations", "grant", user=OPERATOR)
    assert f"{len(list(rights()))} rights stand" in again.stdout


@pytest.mark.parametrize(("module", "user"), [("write_side.processor", "decider"), ("projections", "projector")])
def test_a_wrong_password_is_refused_with_a_sentence(stack: Stack, module: str, user: str):
    told = {"SEATLOG_KAFKA_SASL_PASSWORD": WRONG, "SEATLOG_PORT": str(stack.ports["refused"])}
    ended = run(stack, module, user=user, **told)
    assert ended.returncode in (1, 78)
    assert f"refuses the user '{user}': SEATLOG_KAFKA_SASL_USERNAME or" in ended.stderr.splitlines()[-1]
    assert WRONG not in ended.stderr


async def test_without_tls_or_with_a_foreign_certificate_nobody_is_heard(stack: Stack):
    with pytest.raises(TopicsUnfit, match="no Kafka at"):
        await check_topics(stack.kafka)
    ended = await asyncio.to_thread(
        run, stack, "contracts.operations", "check-topics", user="replay", SEATLOG_KAFKA_CA_FILE=os.devnull
    )
    assert ended.returncode == 1
    assert "SEATLOG_KAFKA_CA_FILE" in ended.stderr


def test_mongodb_lets_each_user_do_what_it_must_and_no_more(stack: Stack):
    guard, name = guard_of(stack), stack.mongo_database
    for uri in (stack.mongo, guard.mongo_uri(stack.mongo, "query-api")):
        with MongoClient(uri) as client, pytest.raises(OperationFailure) as refused:
            client[name]["shows"].insert_one({"_id": "planted"})
        assert refused.value.code == UNAUTHORIZED
    with MongoClient(guard.mongo_uri(stack.mongo, "projector")) as client:
        assert client[name].list_collection_names()
        with pytest.raises(OperationFailure):
            client["another"]["shows"].insert_one({"_id": "planted"})


def test_a_wrong_password_of_mongodb_is_refused_with_a_sentence(stack: Stack):
    uri = guard_of(stack).mongo_uri(stack.mongo, "projector").replace("projector:", "projector:x")
    ended = run(stack, "projections", user="projector", SEATLOG_MONGO=uri, SEATLOG_PORT=str(stack.ports["refused"]))
    assert ended.returncode == 78
    assert "MongoDB refuses the user of SEATLOG_MONGO" in ended.stderr.splitlines()[-1]
