"""The records of both topics: the command envelope, the event record, the claim, and the hash chain over them."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Final

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from contracts.limits import COMMAND_ID_CHARACTERS, SECOND_MS

Instant = int
"""Log time: milliseconds since 1970-01-01 UTC."""
Source = tuple[int, int, int]
"""A command's place: (offset of its record, index in the record, commands in the record)."""
Place = tuple[int, int]
"""A source without its count."""

RULES: Final = "1"
"""Version of the rules that this code decides by; a claim names it, so that a log can be decided again as it was."""
CLAIM_TYPE: Final = "partition-claimed"
GENESIS: Final = ""
"""`prev` of a show's first event."""


class PostedCommand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One command of a record. `digest` tells equal contents; `body` is decoded alone, so it spoils only itself."""

    id: Annotated[str, Meta(max_length=COMMAND_ID_CHARACTERS)]
    digest: Annotated[str, Meta(max_length=COMMAND_ID_CHARACTERS)]
    schema: int
    body: Raw
    traceparent: str = ""


class CommandRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The outer envelope, frozen for ever: 1 to 64 commands to one show."""

    show_id: str
    commands: tuple[PostedCommand, ...]


class EventRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One event of the log; `data` is an event of contracts/events.py, still encoded.

    `digest` is its command's, so that the log alone tells a repeated command from a reused id.
    """

    schema: int
    show_id: str
    version: int
    type: str
    data: Raw
    command_id: str
    digest: str
    source: Source
    claim: Annotated[int, Meta(ge=0)]
    time: Instant
    prev: str


class RepairNote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a partition is not as deciders left it; it was repaired offline, and this is signed by who did it.

    What stood from offset `at` on was not trusted. Up to `end` the partition is the repair's: `kept` records as they
    were, `restored` ones made again from the commands. `records_sha256` is over the bytes of the records from offset 1
    up to `end`, one after the other; `export_sha256` names the manifest of the export that was repaired, which is the
    evidence; `moved_sha256` the file of the receipts that changed, empty if none did. `lost_commands` are the ranges
    (first, end) of command offsets whose commands are gone, so that nobody can decide them again. `replaced` is the
    record that stood here before, as text.
    """

    operator: str
    reason: str
    repaired_at: str
    at: int
    end: int
    kept: int
    restored: int
    records_sha256: str
    export_sha256: str
    moved_sha256: str
    lost_commands: tuple[tuple[int, int], ...]
    replaced: str
    signature: str


class PartitionClaim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=CLAIM_TYPE):
    """A worker took the partition; the record's own offset is the fencing token that its events carry.

    The first one of a partition that was repaired carries the note of it: in its place, so that no offset changes.
    """

    owner: str
    generation: int
    rules: str
    schema: int = 1
    repair: RepairNote | UnsetType = UNSET


LogRecord = EventRecord | PartitionClaim


def next_place(source: Source) -> Place:
    """Where the command after the one at `source` stands."""
    offset, index, count = source
    return (offset, index + 1) if index + 1 < count else (offset + 1, 0)


def place_text(partition: int, offset: int, index: int) -> str:
    """A command's place as people read it, in logs and in the `at` of its address."""
    return f"{partition}.{offset}.{index}"


def rfc3339(instant: Instant) -> str:
    """Log time as people read it: RFC 3339 in UTC, with milliseconds."""
    seconds, rest = divmod(instant, SECOND_MS)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"


def record_hash(value: bytes) -> str:
    """The link of the chain: SHA-256, in hex, of a record's bytes as stored."""
    return sha256(value).hexdigest()


def receipt(partition: int, offset: int, value_hash: str) -> str:
    """What a buyer can later prove, as text: `partition:offset:sha256`."""
    return f"{partition}:{offset}:{value_hash}"
