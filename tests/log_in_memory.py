"""A LogWriter's partitions behind the face of read_side.replay.log_reader.Log: the same questions, no Kafka."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext

from contracts.topics import COMMANDS
from read_side.replay.log_reader import Extent, Log, Stored
from tests.log_writer import LogWriter

BATCH_RECORDS = 3
"""Small, so that batches end in awkward places."""


class LogInMemory:
    """`first` cuts the beginning of the commands off, as a retention that is too short would."""

    bootstrap = "memory"

    def __init__(self, *logs: LogWriter, first: int = 0) -> None:
        self._logs = logs
        self._first = first
        self.partitions = len(logs)

    def extent(self, topic: str, partition: int) -> Extent:
        records = self._records(topic, partition)
        return Extent(self._first if topic == COMMANDS else 0, len(records))

    def turn_to(self, partition: int, *topics: str) -> None:
        pass

    def without_checksums(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def batches(self, topic: str, partition: int) -> AsyncIterator[list[Stored]]:
        records = self._records(topic, partition)
        for start in range(0, len(records), BATCH_RECORDS):
            yield records[start : start + BATCH_RECORDS]

    def _records(self, topic: str, partition: int) -> list[Stored]:
        log = self._logs[partition]
        return log.commands if topic == COMMANDS else log.events


def log_in_memory(*logs: LogWriter, first: int = 0) -> Log:
    """For whatever takes a Log."""
    return LogInMemory(*logs, first=first)
