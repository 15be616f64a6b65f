"""A log fault in one partition costs that partition, not the decider."""

import httpx
from aiokafka import AIOKafkaProducer

from contracts import topics
from contracts.operations.kafka import create_topics
from tests.conftest import StartStack


async def test_a_halted_partition_degrades_its_decider_and_no_more(start_stack: StartStack) -> None:
    stack = start_stack(("kafka",))
    await create_topics(stack.kafka, partitions=3, replicas=1)
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka) as producer:
        await producer.send_and_wait(topics.EVENTS, b"garbage", partition=1)
    stack.start_service("decider")
    async with httpx.AsyncClient(base_url=stack.url("decider")) as client:
        ready = await client.get("/readyz")
        metrics = (await client.get("/metrics")).text
    [fault] = ready.json().pop("degraded")
    assert (ready.status_code, ready.json()["ready"], ready.json()["missing"]) == (200, True, [])
    assert fault.startswith("log fault in partition 1 at offset 0: ")
    assert 'seatlog_halted_partitions{partition="1"} 1.0' in metrics
    assert "seatlog_owned_partitions 2.0" in metrics, "the others are decided for"
