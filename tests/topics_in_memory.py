"""TopicsToFill (read_side/replay/backup/topics.py) in lists, with a broker that can be made to misbehave."""

from collections.abc import AsyncIterator, Callable, Sequence

from contracts.topics import COMMANDS, DEAD_LETTERS, EVENTS, TOPICS
from read_side.replay.backup.records import KeptRecord
from read_side.replay.log_reader import Extent
from tests.log_writer import LogWriter

_AT_ONCE = 3
NOON = 1_800_000_000_000


class TopicsInMemory:
    """`stored` turns a record that is appended into what is kept; the broker's own clock stands at NOON."""

    bootstrap = "memory"

    def __init__(self, partitions: int = 0) -> None:
        self.kept: dict[str, list[list[KeptRecord]]] = {}
        self.takes_times = False
        self.stored: Callable[[str, KeptRecord], KeptRecord] = lambda topic, record: record
        if partitions:
            self.kept = {topic.name: [[] for _ in range(partitions)] for topic in TOPICS}

    async def extents(self, topic: str) -> dict[int, Extent]:
        found = enumerate(self.kept.get(topic, []))
        return {number: Extent(kept[0].offset if kept else 0, _end(kept)) for number, kept in found}

    async def batches(self, topic: str, partition: int, extent: Extent) -> AsyncIterator[Sequence[KeptRecord]]:
        records = [one for one in self.kept[topic][partition] if one.offset < extent.end]
        for start in range(0, len(records), _AT_ONCE):
            yield records[start : start + _AT_ONCE]

    async def prepare(self, partitions: int) -> None:
        self.kept = self.kept or TopicsInMemory(partitions).kept
        self.takes_times = True

    async def append(self, topic: str, partition: int, records: Sequence[KeptRecord]) -> int:
        kept = self.kept[topic][partition]
        base = _end(kept)
        for number, record in enumerate(records, base):
            time = record.timestamp if self.takes_times else NOON
            kept.append(self.stored(topic, record._replace(offset=number, timestamp=time)))
        return base

    async def finish(self) -> None:
        self.takes_times = False


def recorded(*logs: LogWriter) -> TopicsInMemory:
    """The partitions of these writers, with keys and a dead letter as deciders write them."""
    topics = TopicsInMemory(len(logs))
    for log in logs:
        topics.kept[COMMANDS][log.number] = [KeptRecord(*one[:2], b"hamlet", one.value) for one in log.commands]
        topics.kept[EVENTS][log.number] = [KeptRecord(*one[:2], b"", one.value) for one in log.events]
        headers = (("reason", b"no JSON \xff"), ("origin", None))
        topics.kept[DEAD_LETTERS][log.number] = [KeptRecord(0, NOON, None, b"\xff no JSON", headers)]
    return topics


def _end(kept: Sequence[KeptRecord]) -> int:
    return kept[-1].offset + 1 if kept else 0
