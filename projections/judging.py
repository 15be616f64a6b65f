"""What a partition's records are to the projections: which of them count, and where that leaves the checkpoint."""

from collections.abc import Sequence
from typing import Final, Protocol

from contracts.codec import DecodeError, decode_event, decode_log
from contracts.event_log import LogCursor, LogFault
from contracts.records import EventRecord, record_hash
from projections.entry import Entry, Position

_EMPTY: Final = b""


class Message(Protocol):
    """A record as Kafka has it; `timestamp` in milliseconds."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...


class Judge:
    """Judges one partition's records from a position on; the record at that position must come first."""

    def __init__(self, partition: int, position: Position) -> None:
        self._partition = partition
        self._position = position
        self._verified = position.offset < 0
        self._cursor = LogCursor(
            partition, offset=position.offset, claim=position.claim, next_command=position.next_command
        )

    @property
    def next_offset(self) -> int:
        """Where to read from: at the record of the position, to see that it is still the same."""
        return self._cursor.offset + 1 if self._verified else self._position.offset

    @property
    def void(self) -> int:
        """How many void records there were."""
        return self._cursor.void

    def take(self, messages: Sequence[Message], entries: list[Entry]) -> Position | None:
        """Add the valid events to `entries`; gives the position after these records, None if that has not changed.

        Raises LogFault at a record that the log cannot have there.
        """
        if not self._verified:
            messages = self._verify(messages)
        if not messages:
            return None
        for message in messages:
            self._judge(message, entries)
        assert self._cursor.next_command is not None
        last = record_hash(messages[-1].value or _EMPTY)
        return Position(self._cursor.offset, self._cursor.claim, self._cursor.next_command, last)

    def _verify(self, messages: Sequence[Message]) -> Sequence[Message]:
        first = messages[0]
        if first.offset != self._position.offset or record_hash(first.value or _EMPTY) != self._position.hash:
            raise LogFault(self._partition, self._position.offset, "this record is not the one that was projected")
        self._verified = True
        return messages[1:]

    def _judge(self, message: Message, entries: list[Entry]) -> None:
        value = message.value or _EMPTY
        try:
            record = decode_log(value)
            if self._cursor.accept(message.offset, record):
                assert type(record) is EventRecord
                event = decode_event(record)
                hash_ = record_hash(value)
                entries.append(Entry(self._partition, message.offset, message.timestamp, hash_, record, event))
        except DecodeError as error:
            raise LogFault(self._partition, message.offset, str(error)) from error
