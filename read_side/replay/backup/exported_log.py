"""An export as a log that can be judged and told of like one in Kafka."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext
from itertools import islice
from typing import Final

from contracts.topics import COMMANDS, EVENTS
from read_side.replay.backup.folder import Export
from read_side.replay.backup.records import UnfitExport
from read_side.replay.log_reader import Extent, Stored

_AT_ONCE: Final = 2_000


class ExportedLog:
    """Log (log_reader.py) in files. Reading raises UnfitExport at a file that is not what it must be."""

    def __init__(self, export: Export) -> None:
        self.bootstrap = str(export.folder)
        self.partitions = export.partitions(EVENTS)
        self._export = export
        if not self.partitions or export.partitions(COMMANDS) != self.partitions:
            raise UnfitExport(f"{export.folder} does not have all partitions of {EVENTS} and {COMMANDS}.")

    def extent(self, topic: str, partition: int) -> Extent:
        """See Log."""
        kept = self._export.file(topic, partition)
        return Extent(kept.first, kept.end)

    def turn_to(self, partition: int, *topics: str) -> None:
        """See Log; files need no turning."""

    def without_checksums(self) -> AbstractAsyncContextManager[None]:
        """See Log; a file with a wrong checksum is not read any further."""
        return nullcontext()

    async def batches(self, topic: str, partition: int) -> AsyncIterator[list[Stored]]:
        """See Log."""
        records = self._export.records(self._export.file(topic, partition))
        while batch := [Stored(one.offset, one.timestamp, one.value or b"") for one in islice(records, _AT_ONCE)]:
            yield batch
