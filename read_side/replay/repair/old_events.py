"""The event records of a damaged partition, offset by offset, with a look at what lies ahead."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from contracts.codec import DecodeError, decode_log
from contracts.records import EventRecord, LogRecord, PartitionClaim, Place
from read_side.replay.backup.records import KeptRecord


class OldEvent(NamedTuple):
    """A record as it was found; `record` is None if its bytes are none."""

    stored: KeptRecord
    record: LogRecord | None


class Anchor(NamedTuple):
    """The next event whose bytes can be read and whose claim fits: where the commands stand there, and under which
    claim, which may itself be lost."""

    offset: int
    place: Place
    claim: int


class OldEvents:
    """Records from `first` up to `end`, to be taken one after the other."""

    def __init__(self, records: Iterator[KeptRecord], first: int, end: int) -> None:
        self.first = first
        self.end = end
        self._records = records
        self._ahead: deque[OldEvent] = deque()
        self._anchor: Anchor | None = None

    def take(self, offset: int) -> OldEvent | None:
        """The record at the next offset; None if it is not there. Never the same one twice."""
        if not self.first <= offset < self.end:
            return None
        return self._ahead.popleft() if self._ahead else self._read()

    def anchor(self, after: int, claim: int, next_command: Place) -> Anchor | None:
        """The next event behind offset `after` (which was taken) that counts, seen from this claim and this place."""
        known = self._anchor
        if known is not None and known.offset > after and known.place >= next_command:
            return known
        self._anchor = self._find(claim, next_command, after)
        return self._anchor

    def _find(self, claim: int, next_command: Place, after: int) -> Anchor | None:
        for stored, record in self._look():
            if isinstance(record, PartitionClaim):
                claim = stored.offset
            elif isinstance(record, EventRecord):
                if claim < record.claim < stored.offset and record.claim >= after:
                    claim = record.claim  # it stood where nothing can be read any more
                place = record.source[:2]
                if record.claim == claim and place >= next_command:
                    return Anchor(stored.offset, place, claim)
        return None

    def _look(self) -> Iterator[OldEvent]:
        yield from tuple(self._ahead)
        while (found := self._read()) is not None:
            self._ahead.append(found)
            yield found

    def _read(self) -> OldEvent | None:
        stored = next(self._records, None)
        if stored is None:
            return None
        try:
            return OldEvent(stored, decode_log(stored.value))
        except DecodeError:
            return OldEvent(stored, None)
