"""What export and import need of a Kafka: whole topics to read, empty ones to fill."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from read_side.replay.backup.records import KeptRecord
from read_side.replay.log_reader import Extent

Place = tuple[str, int]
"""(topic, partition)."""


class TopicsToRead(Protocol):
    """Topics as they are."""

    bootstrap: str

    async def extents(self, topic: str) -> Mapping[int, Extent]:
        """What each partition holds now; no partition at all if there is no such topic."""
        ...

    def batches(self, topic: str, partition: int, extent: Extent) -> AsyncIterator[Sequence[KeptRecord]]:
        """The records of this extent in order, some at a time. Raises Unreadable when Kafka falls silent."""
        ...


class TopicsToFill(TopicsToRead, Protocol):
    """Topics that records can be put back into."""

    async def prepare(self, partitions: int) -> None:
        """Create the topics that are missing; let all of them keep the times that records bring. Raises Unreadable."""
        ...

    async def append(self, topic: str, partition: int, records: Sequence[KeptRecord]) -> int:
        """Append records with their times; gives the offset of the first, or -1 if others wrote in between."""
        ...

    async def finish(self) -> None:
        """Let `booking.commands` give its own times again. Raises Unreadable."""
        ...
