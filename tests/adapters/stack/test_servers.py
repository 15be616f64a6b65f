"""The real servers: what was written stays when they are killed and started again."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import AsyncMongoClient

from scenarios.stack.stack import Stack
from tests.conftest import StartStack

TOPIC = "kept"


async def _create_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    finally:
        await admin.close()


async def _append(bootstrap: str, value: bytes) -> int:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        confirmed = await producer.send_and_wait(TOPIC, value, partition=0)
    return int(confirmed.offset)


async def _first_record(bootstrap: str) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(TOPIC, 0)])
        await consumer.seek_to_beginning()
        record = await consumer.getone()
        return bytes(record.value or b"")
    finally:
        await consumer.stop()


async def test_a_killed_broker_comes_back_on_its_port_with_its_records(start_stack: StartStack) -> None:
    stack = start_stack(("kafka",))
    address = stack.kafka
    await _create_topic(address)
    assert await _append(address, b"before") == 0
    stack.process("kafka").kill()
    stack.restart("kafka")
    assert stack.kafka == address
    assert await _append(address, b"after") == 1
    assert await _first_record(address) == b"before"


async def test_a_killed_mongod_comes_back_with_its_documents(start_stack: StartStack) -> None:
    stack = start_stack(("mongo",))
    async with AsyncMongoClient[dict[str, object]](stack.mongo, w="majority", journal=True) as client:
        await client[stack.mongo_database]["kept"].insert_one({"_id": "before"})
        stack.process("mongo").kill()
        stack.restart("mongo")
        assert await client[stack.mongo_database]["kept"].find_one() == {"_id": "before"}


def test_the_data_of_a_folder_serve_a_later_stack_on_other_ports(start_stack: StartStack) -> None:
    first = start_stack()
    addresses = first.kafka, first.mongo
    first.stop()
    with Stack.start(first.folder, services=("kafka", "mongo")) as second:
        assert addresses != (second.kafka, second.mongo)


async def test_two_stacks_run_side_by_side(servers: Stack, start_stack: StartStack) -> None:
    other = start_stack(("mongo",))
    async with AsyncMongoClient[dict[str, object]](other.mongo) as client:
        await client["seatlog"]["apart"].insert_one({"_id": "here"})
    async with AsyncMongoClient[dict[str, object]](servers.mongo) as client:
        assert await client["seatlog"]["apart"].find_one() is None


def test_servers_that_already_run_are_used(
    servers: Stack, start_stack: StartStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATLOG_KAFKA", servers.kafka)
    monkeypatch.setenv("SEATLOG_MONGO", servers.mongo)
    stack = start_stack()
    assert (stack.kafka, stack.mongo) == (servers.kafka, servers.mongo)
    with pytest.raises(KeyError):
        stack.process("kafka")
