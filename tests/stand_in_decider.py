"""A stand-in for the decider, for tests of the command API: the real rules, without Faust, claims of others, expiry.

It decides with write_side.domain.partition in this process, so that a test can pause it or put words in its mouth.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from contracts import topics
from contracts.codec import encode_claim
from contracts.operations.kafka import CONSUMER_LIMITS, PRODUCER_LIMITS
from contracts.records import RULES, PartitionClaim
from write_side.domain.partition import Partition

Added = Callable[[list[bytes]], list[bytes]]
"""What a test has appended beside the records of one batch, which it is given."""


class StandInDecider:
    """Decides all partitions of one broker from their beginning; `go` cleared means that it does not decide."""

    def __init__(self, bootstrap: str, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._partitions = [Partition(number, partitions) for number in range(partitions)]
        self.go = asyncio.Event()
        self.go.set()
        self.before: Added | None = None
        self.after: Added | None = None
        self.decided = 0
        self.producer: AIOKafkaProducer

    async def run(self) -> None:
        """Until cancelled."""
        self.producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, max_batch_size=1 << 20, **PRODUCER_LIMITS)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, group_id=None, enable_auto_commit=False, **CONSUMER_LIMITS
        )
        await self.producer.start()
        await consumer.start()
        try:
            for partition in self._partitions:
                await self._recover(consumer, partition)
                await self.claim(partition.number)
            tps = [TopicPartition(topics.COMMANDS, partition.number) for partition in self._partitions]
            consumer.assign(tps)
            for tp, partition in zip(tps, self._partitions, strict=True):
                consumer.seek(tp, partition.next_command[0])
            while True:
                await self.go.wait()
                for tp, records in (await consumer.getmany(timeout_ms=100)).items():
                    await self.go.wait()
                    await self._decide(self._partitions[tp.partition], records)
        finally:
            await consumer.stop()
            await self.producer.stop()

    async def claim(self, number: int) -> None:
        """Take a partition (again)."""
        value = encode_claim(PartitionClaim(owner="stand-in", generation=1, rules=RULES))
        offset = await self.append(number, [value])
        self._partitions[number].fold(offset, value)

    def claim_of(self, number: int) -> int:
        """The offset of the claim in force, as far as this decider knows."""
        return self._partitions[number].cursor.claim

    async def append(self, number: int, values: list[bytes]) -> int:
        """The offset of the first of these records, appended to the events whatever they are."""
        batch = self.producer.create_batch()
        for value in values:
            assert batch.append(key=b"stand-in", value=value, timestamp=None) is not None
        return (await (await self.producer.send_batch(batch, topics.EVENTS, partition=number))).offset

    async def _recover(self, consumer: AIOKafkaConsumer, partition: Partition) -> None:
        tp = TopicPartition(topics.EVENTS, partition.number)
        end = (await consumer.end_offsets([tp]))[tp]
        consumer.assign([tp])
        consumer.seek(tp, 0)
        while partition.cursor.offset + 1 < end:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    partition.fold(record.offset, record.value)

    async def _decide(self, partition: Partition, records: list) -> None:
        values: list[bytes] = []
        for number, record in enumerate(records):
            log_offset = partition.cursor.offset + 1 + len(values)
            values += [
                made.value for made in partition.decide(record.offset, record.timestamp, record.value, log_offset)
            ]
            if partition.next_command[0] == record.offset:
                rest = records[number:]
                break
        else:
            rest = []
        before = self.before(values) if self.before else []
        after = self.after(values) if self.after else []
        await self.append(partition.number, [*before, *values, *after])
        partition.confirm(len(before) + len(values) + len(after))
        self.decided += len(values)
        if rest:
            await self._decide(partition, rest)


@asynccontextmanager
async def stand_in_decider(bootstrap: str, partitions: int = 3) -> AsyncIterator[StandInDecider]:
    """A running stand-in; its errors end the test."""
    decider = StandInDecider(bootstrap, partitions)
    running = asyncio.ensure_future(decider.run())
    try:
        yield decider
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
