"""A folder back into topics: the same partitions, offsets, bytes and times, or nothing.

Every file is read and checked before the first record is written, and every record is read back and compared after the
last one was. While it lasts, `booking.commands` keeps the times that records bring, which no process of ours accepts: a
topic that was filled by half is not taken for a whole one.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from read_side.replay.backup.exporting import Advance
from read_side.replay.backup.folder import EVERY_TOPIC, Export, Kept
from read_side.replay.backup.records import KeptRecord, UnfitExport
from read_side.replay.backup.topics import TopicsToFill, TopicsToRead
from read_side.replay.log_reader import Extent, Unreadable

_RECORDS_AT_ONCE = 500
_BYTES_AT_ONCE = 1 << 20


class Imported(Struct, frozen=True, kw_only=True):
    """One partition that now holds what the file has; `sha256` is the file's."""

    topic: str
    partition: int
    records: int
    sha256: str


def check(export: Export, names: Sequence[str], advance: Advance) -> tuple[Kept, ...]:
    """The files to import, read to their ends. Raises UnfitExport, naming file and line."""
    files = export.kept(*names)
    partitions = {topic: export.partitions(topic) for topic in EVERY_TOPIC if topic in names}
    if not all(partitions.values()) or len(set(partitions.values())) != 1:
        told = ", ".join(f"{count} partitions of {topic}" for topic, count in partitions.items())
        raise UnfitExport(f"{export.folder} has {told}; a whole topic is imported, or none.")
    for kept in files:
        if kept.first:
            raise UnfitExport(
                f"{export.folder / kept.name} begins at offset {kept.first}: what was before is gone, and without it "
                "Kafka cannot give the rest its offsets back. `repair` says what can be done."
            )
        for _ in export.records(kept):
            advance(1)
    return files


async def import_topics(
    export: Export, files: Sequence[Kept], topics: TopicsToFill, advance: Advance
) -> list[Imported]:
    """Fill empty topics from files that `check` has seen. Raises UnfitExport, and Unreadable with what to do."""
    names = {kept.topic for kept in files}
    partitions = len(files) // len(names)
    for topic in sorted(names):
        _demand_empty(topic, partitions, await topics.extents(topic))
    await topics.prepare(partitions)
    for kept in files:
        await _fill(export, kept, topics, advance)
    imported = [await compare(export, kept, topics, advance) for kept in files]
    await topics.finish()
    return imported


def _demand_empty(topic: str, partitions: int, extents: Mapping[int, Extent]) -> None:
    if extents and len(extents) != partitions:
        raise Unreadable(f"{topic} has {len(extents)} partitions, the export {partitions}: this number cannot change.")
    for number, extent in extents.items():
        if extent.end:
            raise Unreadable(
                f"{topic}, partition {number}, is not fresh: its end is at offset {extent.end}. An export goes into "
                "empty topics only; `clear` makes room where the same export shows that nothing is lost."
            )


async def _fill(export: Export, kept: Kept, topics: TopicsToFill, advance: Advance) -> None:
    for batch in _batches(export.records(kept)):
        base = await topics.append(kept.topic, kept.partition, batch)
        if base != batch[0].offset:
            raise Unreadable(
                f"{kept.topic}, partition {kept.partition}: the record of offset {batch[0].offset} was put at {base}; "
                "somebody else writes. Stop it, delete the topics and import again."
            )
        advance(len(batch))


def _batches(records: Iterator[KeptRecord]) -> Iterator[list[KeptRecord]]:
    batch: list[KeptRecord] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record.value or b"")
        if len(batch) == _RECORDS_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def compare(
    export: Export, kept: Kept, topics: TopicsToRead, advance: Advance, *, whole: bool = True
) -> Imported:
    """Hold a partition against its file; `whole`: it must have all of the file's records.

    Gives what is there. Raises Unreadable at the first record that differs, and UnfitExport.
    """
    where = f"{kept.topic}, partition {kept.partition}"
    extents = await topics.extents(kept.topic)
    extent = extents.get(kept.partition, Extent(0, 0))
    if extent.end > extent.first or whole:
        fits = extent.first == kept.first and (extent.end == kept.end or (extent.end < kept.end and not whole))
        if not fits:
            raise Unreadable(
                f"{where}, holds the offsets {extent.first} to {extent.end}, {export.folder / kept.name} "
                f"{kept.first} to {kept.end} (exclusive)."
            )
    records = export.records(kept)
    async for batch in topics.batches(kept.topic, kept.partition, extent):
        for found, wanted in zip(batch, islice(records, len(batch)), strict=True):
            if found != wanted:
                names = [name for name in KeptRecord._fields if getattr(found, name) != getattr(wanted, name)]
                raise Unreadable(f"{where}, offset {wanted.offset}, is not as in the export: {', '.join(names)}.")
        advance(len(batch))
    for _ in records:
        pass  # to the end of the file, where its checksum is
    return Imported(topic=kept.topic, partition=kept.partition, records=extent.end - extent.first, sha256=kept.sha256)
