"""The log as the checkers read it: their own decoding and their own fold, so that a fault of the product's is seen.

Nothing here comes from the product but the names of the topics. The decoding is loose on purpose: unknown fields of a
record are ignored.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256

import msgspec
from msgspec import Struct

from contracts.topics import EVENTS
from scenarios.checkers.findings import Finding
from scenarios.checkers.shapes import EventData
from scenarios.history import StoredRecord

CLAIM = "partition-claimed"
KNOWN_SCHEMA = 1
_MS = 1000.0


class _ClaimLine(Struct, frozen=True):
    """A claim, as far as it matters here."""

    type: str
    owner: str
    generation: int
    schema: int


class _EventLine(Struct, frozen=True):
    """An event record; every field must be there."""

    type: str
    schema: int
    show_id: str
    version: int
    data: EventData
    command_id: str
    digest: str
    source: tuple[int, int, int]
    claim: int
    time: int
    prev: str


class Event(Struct, frozen=True, kw_only=True):
    """One event record with its place; `valid` is what the fold makes of it."""

    partition: int
    offset: int
    hash: str
    valid: bool
    show_id: str
    version: int
    type: str
    data: EventData
    command_id: str
    digest: str
    source: tuple[int, int, int]
    claim: int
    time: int
    prev: str

    @property
    def where(self) -> str:
        """For findings."""
        return f"{EVENTS} {self.partition}:{self.offset}"

    @property
    def receipt(self) -> str:
        """What proves it."""
        return f"{self.partition}:{self.offset}:{self.hash}"


class Claim(Struct, frozen=True, kw_only=True):
    """One claim with its place; `appended` is seconds since 1970."""

    partition: int
    offset: int
    appended: float
    owner: str
    generation: int


class RecordedLog(Struct, frozen=True, kw_only=True):
    """Every event and every claim of the log in order, and what is wrong with the records as such."""

    events: tuple[Event, ...]
    partitions: int
    claims: tuple[Claim, ...]
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> tuple[Event, ...]:
        """The events that count, by partition and offset."""
        return tuple(event for event in self.events if event.valid)

    def of_show(self, show_id: str) -> tuple[Event, ...]:
        """The valid events of one show, in order."""
        return tuple(event for event in self.events if event.valid and event.show_id == show_id)


_decode_event = msgspec.json.Decoder(_EventLine).decode
_decode_claim = msgspec.json.Decoder(_ClaimLine).decode


class _Reading:
    """One partition of the log on its way through."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.next_offset = 0
        self.claim = -1
        self.claims: list[Claim] = []
        self.next_source = (0, 0)
        self.heads: dict[str, tuple[int, str]] = {}
        self.findings: list[Finding] = []

    def complain(self, offset: int, what: str) -> None:
        self.findings.append(Finding("log", what, f"{EVENTS} {self.partition}:{offset}"))

    def event(self, record: StoredRecord) -> Event | None:
        """The event of a record, None if it is a claim or nothing that can be read."""
        if record.offset != self.next_offset:
            self.complain(record.offset, f"offset {self.next_offset} was expected")
        self.next_offset = record.offset + 1
        stored = record.stored()
        line = self._read(record.offset, stored)
        if line is None:
            return None
        if line.schema != KNOWN_SCHEMA:
            self.complain(record.offset, f"its schema {line.schema} is not known here")
        if isinstance(line, _ClaimLine):
            self.claim = record.offset
            self.claims.append(_claim(record, line))
            return None
        found = Event(
            partition=record.partition,
            offset=record.offset,
            hash=sha256(stored).hexdigest(),
            valid=self._is_valid(record.offset, line),
            show_id=line.show_id,
            version=line.version,
            type=line.type,
            data=line.data,
            command_id=line.command_id,
            digest=line.digest,
            source=line.source,
            claim=line.claim,
            time=line.time,
            prev=line.prev,
        )
        if found.valid:
            self._check_chain(found)
        return found

    def _read(self, offset: int, stored: bytes) -> _EventLine | _ClaimLine | None:
        try:
            return _decode_event(stored)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            try:
                claim = _decode_claim(stored)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                claim = None
            if claim is not None and claim.type == CLAIM:
                return claim
            self.complain(offset, f"it cannot be read: {error}")
            return None

    def _is_valid(self, offset: int, line: _EventLine) -> bool:
        if line.claim != self.claim or self.claim < 0:
            if line.claim >= offset:
                self.complain(offset, f"it names claim {line.claim}, which no record before it is")
            return False
        place, (record, index, count) = line.source[:2], line.source
        if place < self.next_source:
            return False
        if place > self.next_source:
            self.complain(offset, f"source {place} where {self.next_source} was expected")
        self.next_source = (record, index + 1) if index + 1 < count else (record + 1, 0)
        return True

    def _check_chain(self, event: Event) -> None:
        version, head = self.heads.get(event.show_id, (0, ""))
        if event.version != version + 1:
            self.complain(event.offset, f"{event.show_id}: version {event.version} after {version}")
        if event.prev != head:
            self.complain(event.offset, f"{event.show_id}: prev is not the hash of version {version}")
        self.heads[event.show_id] = (event.version, event.hash)


def _claim(record: StoredRecord, line: _ClaimLine) -> Claim:
    return Claim(
        partition=record.partition,
        offset=record.offset,
        appended=record.timestamp / _MS,
        owner=line.owner,
        generation=line.generation,
    )


def read_log(records: Iterable[StoredRecord]) -> RecordedLog:
    """Fold the records of `booking.events`, each partition in the order of its offsets."""
    readings: dict[int, _Reading] = {}
    events: list[Event] = []
    for record in records:
        reading = readings.setdefault(record.partition, _Reading(record.partition))
        event = reading.event(record)
        if event is not None:
            events.append(event)
    return RecordedLog(
        events=tuple(events),
        partitions=max(readings, default=-1) + 1,
        claims=tuple(claim for reading in readings.values() for claim in reading.claims),
        findings=tuple(finding for reading in readings.values() for finding in reading.findings),
    )


class Envelope(Struct, frozen=True):
    """A command record; the bodies are still encoded."""

    show_id: str
    commands: tuple["Posted", ...]


class Posted(Struct, frozen=True, forbid_unknown_fields=True):
    """One command of a record."""

    id: str
    digest: str
    schema: int
    body: msgspec.Raw
    traceparent: str = ""


class _StrictEnvelope(Struct, frozen=True, forbid_unknown_fields=True):
    show_id: str
    commands: tuple[Posted, ...]


_decode_envelope = msgspec.json.Decoder(_StrictEnvelope).decode
MOST_COMMANDS = 64
MOST_ID_CHARACTERS = 128
"""Of a command's id and its digest; a record with a longer one is no command record."""


def read_envelope(stored: bytes) -> Envelope | None:
    """The commands of a record; None for bytes that are no command record, which count as one unreadable command."""
    try:
        found = _decode_envelope(stored)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if any(max(len(each.id), len(each.digest)) > MOST_ID_CHARACTERS for each in found.commands):
        return None
    return Envelope(found.show_id, found.commands) if 1 <= len(found.commands) <= MOST_COMMANDS else None


def command_places(commands: Iterable[StoredRecord]) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """(partition, (offset, index, count)) of every command that was recorded."""
    for record in commands:
        envelope = read_envelope(record.stored())
        count = 1 if envelope is None else len(envelope.commands)
        yield from ((record.partition, (record.offset, index, count)) for index in range(count))


def by_show(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Events grouped by show, each group in log order."""
    groups: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        groups[event.show_id].append(event)
    return groups
