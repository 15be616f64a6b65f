"""A valid event as the projections take it from the log."""

from typing import NamedTuple

from contracts.events import Event
from contracts.records import EventRecord, Instant, Place


class Entry(NamedTuple):
    """A valid event and where it stands. `appended_at` is Kafka's timestamp, `hash` the SHA-256 of its bytes."""

    partition: int
    offset: int
    appended_at: Instant
    hash: str
    record: EventRecord
    event: Event


class Position(NamedTuple):
    """How far a partition was read: a checkpoint's content. `hash` is that of the record at `offset`."""

    offset: int = -1
    claim: int = -1
    next_command: Place = (0, 0)
    hash: str = ""


class Batch(NamedTuple):
    """What was read in one go: its valid events in the order of the log, and where that leaves each partition read.

    `records` counts void records and claims too.
    """

    entries: list[Entry]
    positions: dict[int, Position]
    records: int
