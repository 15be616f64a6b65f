"""Where a tail of the event log begins: at the latest claim of each partition, found by reading backwards."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord, TopicPartition

from contracts.codec import DecodeError, decode_log
from contracts.event_log import LogCursor
from contracts.records import CLAIM_TYPE, PartitionClaim

FIRST_STEP_RECORDS: Final = 256
GROWTH: Final = 8
READ_PATIENCE_SECONDS: Final = 20.0
_CLAIM_MARK: Final = CLAIM_TYPE.encode()


async def latest_claim(
    consumer: AIOKafkaConsumer, tp: TopicPartition, start: int, end: int, first_step: int = FIRST_STEP_RECORDS
) -> int | None:
    """The offset of the last claim from `start` to `end` (exclusive), or None if there is none.

    Reads ever larger stretches, each ending where the last began; leaves the consumer assigned to `tp` alone.
    Raises TimeoutError if Kafka does not give one.
    """
    step, stop = first_step, end
    while stop > start:
        begin = max(start, stop - step)
        found = await _last_claim_between(consumer, tp, begin, stop)
        if found is not None:
            return found
        step, stop = step * GROWTH, begin
    return None


def cursor_at(partition: int, claim: int | None) -> LogCursor:
    """A cursor for the claim that was found; without one, for the log from its first record."""
    return LogCursor(partition) if claim is None else LogCursor.at_claim(partition, claim)


async def _last_claim_between(consumer: AIOKafkaConsumer, tp: TopicPartition, begin: int, stop: int) -> int | None:
    consumer.assign([tp])
    consumer.seek(tp, begin)
    found = None
    async with asyncio.timeout(READ_PATIENCE_SECONDS):
        while await consumer.position(tp) < stop:
            for records in (await consumer.getmany(tp, timeout_ms=200)).values():
                for record in records:
                    if record.offset < stop and is_claim(record):
                        found = record.offset
    return found


def is_claim(record: "ConsumerRecord[bytes, bytes]") -> bool:
    """Whether this record is a claim; the mark saves decoding all the others."""
    value = record.value
    if value is None or _CLAIM_MARK not in value:
        return False
    try:
        return type(decode_log(value)) is PartitionClaim
    except DecodeError:
        return False  # the tail, which reads on from the claim before, will stop at it and say so
