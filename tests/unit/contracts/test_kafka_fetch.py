"""What is made of a broker's answer to a fetch request."""

from types import SimpleNamespace

import pytest
from aiokafka.errors import (
    CorruptRecordException,
    KafkaError,
    LeaderNotAvailableError,
    NotLeaderForPartitionError,
    OffsetOutOfRangeError,
)
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from contracts.operations.kafka_fetch import KafkaFetch

NO_LEADER = -1
TOPIC = "booking.events"


class Broker:
    """Stands in for aiokafka's client: one leader, one answer."""

    def __init__(self, batches: bytes, code: int = 0, leader: int | None = 1) -> None:
        self.cluster = SimpleNamespace(leader_for_partition=lambda _: leader)
        self.answer = SimpleNamespace(topics=[(TOPIC, [(0, code, 9, 9, [], batches)])])
        self.looked_up_anew = 0

    async def send(self, leader, request):
        return self.answer

    def force_metadata_update(self):
        self.looked_up_anew += 1


def batch(base: int, values: list[bytes]) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000)
    for number, value in enumerate(values):
        builder.append(number, timestamp=1, key=b"", value=value, headers=[])
    return base.to_bytes(8, "big") + bytes(builder.build())[8:]


def fetching(broker: Broker) -> KafkaFetch:
    fetch = KafkaFetch("nowhere:1", TOPIC)
    fetch._client = broker
    return fetch


async def test_records_come_with_their_offsets_from_the_one_that_was_asked_for():
    stored = batch(4, [b"a", b"b"]) + batch(6, [b"c"])
    assert await fetching(Broker(stored)).fetch(0, 5, 1) == [(5, b"b"), (6, b"c")]


async def test_a_batch_that_is_cut_off_at_the_end_is_left_for_the_next_fetch():
    stored = batch(4, [b"a", b"b"]) + batch(6, [b"c"])
    assert await fetching(Broker(stored[:-1])).fetch(0, 4, 1) == [(4, b"a"), (5, b"b")]


async def test_nothing_new_is_no_error():
    assert await fetching(Broker(b"")).fetch(0, 4, 1) == []


@pytest.mark.parametrize(
    ("broker", "error"),
    [
        (Broker(batch(4, [b"whole"]).replace(b"whole", b"spoilt"[:5])), CorruptRecordException),
        (Broker(b"", code=1), OffsetOutOfRangeError),
        (Broker(b"", code=6), NotLeaderForPartitionError),
        (Broker(b"", leader=None), LeaderNotAvailableError),
        (Broker(b"", leader=NO_LEADER), LeaderNotAvailableError),
    ],
    ids=["checksum", "out of range", "not the leader", "no such partition", "no leader"],
)
async def test_an_error_is_raised_and_the_leaders_are_looked_up_anew(broker: Broker, error: type[KafkaError]):
    with pytest.raises(error):
        await fetching(broker).fetch(0, 4, 1)
    assert broker.looked_up_anew == 1


async def test_it_must_be_started():
    fetch = KafkaFetch("nowhere:1", TOPIC)
    with pytest.raises(RuntimeError, match="not started"):
        await fetch.fetch(0, 0, 1)
    await fetch.stop()
