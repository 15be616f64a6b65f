"""A rehearsal of the broker, recorded, so that later starts are quick and begin with warm code.

Java 25 can write down which classes a run loaded and which methods were hot (an ahead-of-time cache, JEP 483, 514 and
515). Measured here on two cores: ready in 0.65 s instead of 1.3 s. The file fits one Java and one class path only, so
it lies in the virtual environment; where it does not fit, Java goes on without it.
"""

import asyncio
import dataclasses
import logging
import tempfile
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from scenarios.stack import services
from scenarios.stack.kafka_server import RECORDING, command_that_records
from scenarios.stack.stack import Stack

TOPIC = "rehearsal"
RECORDS = 2000
WRITE_RECORDING_WITHIN_SECONDS = 90.0


def record_rehearsal() -> None:
    """Run a broker once under load and keep what Java learned; nothing to do when that was done before."""
    if RECORDING.exists():
        return
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # it reports each retry while Kafka wakes up
    with tempfile.TemporaryDirectory(prefix="seatlog-rehearsal-") as folder:
        partial = RECORDING.with_suffix(".part")
        with Stack.start(Path(folder), services=(), supervised=False) as stack:
            [plain] = services.kafka(stack.folder, stack.ports)
            recording = command_that_records(stack.folder / "kafka" / "server.properties", partial)
            stack.run(dataclasses.replace(plain, command=recording, stop_within=WRITE_RECORDING_WITHIN_SECONDS))
            asyncio.run(_load(stack.kafka))
        partial.replace(RECORDING)


async def _load(bootstrap: str) -> None:
    """The calls that our processes make, a few thousand times."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 3, 1)])
    await admin.close()
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, group_id=TOPIC, auto_offset_reset="earliest")
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer, consumer:
        for _ in range(RECORDS // 100):
            await asyncio.gather(*[producer.send_and_wait(TOPIC, b"x" * 300) for _ in range(100)])
        seen = 0
        while seen < RECORDS:
            fetched = await consumer.getmany(timeout_ms=1000)
            seen += sum(len(records) for records in fetched.values())
            await consumer.commit()
