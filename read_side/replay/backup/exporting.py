"""Topics into a folder, record by record, in bounded memory. Reads only; whoever writes meanwhile may go on."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from contracts.records import rfc3339
from read_side.replay.backup.folder import EVERY_TOPIC, Manifest, NewExport
from read_side.replay.backup.topics import Place, TopicsToRead
from read_side.replay.log_reader import Extent, Unreadable

Advance = Callable[[int], None]
"""Called with the number of records that were copied since the last call."""


async def ends_of(topics: TopicsToRead, names: Sequence[str], partition: int | None) -> dict[Place, Extent]:
    """What an export is to hold: these topics, or one partition of them, up to their ends of now.

    The ends of the events are taken before those of the commands, so that no event is exported without its command.
    Raises Unreadable for a topic or a partition that is not there.
    """
    found: dict[Place, Extent] = {}
    for topic in (name for name in EVERY_TOPIC if name in names):
        extents = await topics.extents(topic)
        if not extents:
            raise Unreadable(f"There is no topic {topic} at {topics.bootstrap}.")
        if partition is not None and partition not in extents:
            raise Unreadable(f"There is no partition {partition}: {topic} has 0 to {len(extents) - 1}.")
        found |= {(topic, number): it for number, it in extents.items() if partition in (None, number)}
    return found


async def export_topics(
    topics: TopicsToRead, wanted: Mapping[Place, Extent], folder: Path, advance: Advance
) -> Manifest:
    """Write an export. Raises UnfitExport for a folder that is not empty, and Unreadable."""
    new = NewExport(folder)
    taken = rfc3339(time.time_ns() // 1_000_000)
    for (topic, partition), extent in wanted.items():
        with new.file(topic, partition, extent.first, extent.end) as file:
            async for batch in topics.batches(topic, partition, extent):
                file.add(batch)
                advance(len(batch))
    return new.finish(taken, topics.bootstrap)
