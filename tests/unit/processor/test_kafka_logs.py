"""Reading the log while Kafka does not answer as it should."""

from collections.abc import Sequence

import pytest
from aiokafka.errors import KafkaConnectionError, NotLeaderForPartitionError, OffsetOutOfRangeError

from contracts.event_log import LogFault
from write_side.processor import kafka_logs
from write_side.processor.kafka_logs import KafkaLogs

RECORDS = [(0, b"a"), (1, b"b"), (2, b"c")]


class Topic:
    """Gives RECORDS two at a time, once it has raised its errors."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def fetch(self, partition: int, offset: int, size: int) -> Sequence[tuple[int, bytes]]:
        if self.errors:
            raise self.errors.pop(0)
        return RECORDS[offset : offset + 2]


async def read(topic: Topic) -> list[tuple[int, bytes]]:
    logs = KafkaLogs("nowhere:1")
    logs._events = topic
    return [record async for records in logs.read(0, 0, 3) for record in records]


@pytest.fixture(autouse=True)
def _in_no_time(monkeypatch):
    monkeypatch.setattr(kafka_logs, "_RETRY_SECONDS", 0.0)


async def test_an_error_that_goes_away_is_read_through():
    assert await read(Topic(NotLeaderForPartitionError(), KafkaConnectionError())) == RECORDS


async def test_a_broker_that_stays_away_is_an_error(monkeypatch):
    monkeypatch.setattr(kafka_logs, "_AWAY_SECONDS_MOST", -1.0)
    with pytest.raises(KafkaConnectionError):
        await read(Topic(KafkaConnectionError()))


async def test_a_log_that_was_cut_is_a_fault():
    with pytest.raises(LogFault, match="the log was cut"):
        await read(Topic(OffsetOutOfRangeError()))
