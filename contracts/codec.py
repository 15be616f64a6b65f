"""Bytes to records and back. The only place that knows the wire is UTF-8 JSON, and what older schemas looked like."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import msgspec

from contracts.commands import COMMANDS, Command
from contracts.events import EVENTS, Event
from contracts.limits import COMMANDS_PER_RECORD, DECODE_ERROR_CHARACTERS
from contracts.records import (
    CommandRecord,
    EventRecord,
    Instant,
    LogRecord,
    PartitionClaim,
    PostedCommand,
    Source,
)

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: Final[dict[tuple[str, int], Upcaster]] = {}
"""(wire name, schema) to the function that turns that schema's object into the next one's."""

_DIGEST_CHARACTERS: Final = 32
_encoder: Final = msgspec.json.Encoder()
_decode_object: Final = msgspec.json.Decoder(dict[str, Any]).decode
_decode_command_record: Final = msgspec.json.Decoder(CommandRecord).decode
_decode_event_record: Final = msgspec.json.Decoder(EventRecord).decode
_decode_claim: Final = msgspec.json.Decoder(PartitionClaim).decode
_COMMAND_DECODERS: Final = {name: msgspec.json.Decoder(type_).decode for name, (type_, _) in COMMANDS.items()}
_EVENT_FORMS: Final = {
    name: (type_, schema, msgspec.json.Decoder(type_).decode) for name, (type_, schema) in EVENTS.items()
}
_EVENT_NAMES: Final = {type_: (name, schema) for name, (type_, schema) in EVENTS.items()}
_COMMAND_NAMES: Final = {type_: (name, schema) for name, (type_, schema) in COMMANDS.items()}


class DecodeError(ValueError):
    """The bytes are no record of ours; the message says what is wrong and where, in a few words even for a MiB."""

    def __init__(self, what: str) -> None:
        if len(what) > DECODE_ERROR_CHARACTERS:
            half = DECODE_ERROR_CHARACTERS // 2 - 2
            what = f"{what[:half]} … {what[-half:]}"
        super().__init__(what)


class _Named(msgspec.Struct, frozen=True, gc=False):
    """The part of a command's body that every schema of it has."""

    type: str


_decode_name: Final = msgspec.json.Decoder(_Named).decode


def command_name(command: Command) -> str:
    """A command's wire name."""
    return _COMMAND_NAMES[type(command)][0]


def event_name(event: Event) -> str:
    """An event's wire name, which is its record's `type`."""
    return _EVENT_NAMES[type(event)][0]


def digest_of(body: bytes) -> str:
    """What tells equal contents of commands."""
    return sha256(body).hexdigest()[:_DIGEST_CHARACTERS]


def post(command: Command, command_id: str, traceparent: str = "") -> PostedCommand:
    """A command made ready for a record: encoded, with its schema and the digest of its content."""
    body = _encoder.encode(command)
    return PostedCommand(
        id=command_id,
        digest=digest_of(body),
        schema=_COMMAND_NAMES[type(command)][1],
        body=msgspec.Raw(body),
        traceparent=traceparent,
    )


def encode_commands(record: CommandRecord) -> bytes:
    """A command record as it is stored."""
    return _encoder.encode(record)


def decode_commands(value: bytes | None) -> CommandRecord:
    """The envelope of a command record. Raises DecodeError; the bodies are decoded one by one, later.

    A Kafka record may come without a value; that is as good as an empty one.
    """
    try:
        record = _decode_command_record(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"no command record: {error}") from error
    if not 1 <= len(record.commands) <= COMMANDS_PER_RECORD:
        raise DecodeError(f"commands: a record carries 1 to {COMMANDS_PER_RECORD}, this one {len(record.commands)}")
    return record


def commands_in(value: bytes | None) -> int:
    """How many decisions a command record asks for; one, if it cannot be read."""
    try:
        return len(decode_commands(value).commands)
    except DecodeError:
        return 1


def decode_command(posted: PostedCommand) -> Command:
    """The body of one posted command. Raises DecodeError."""
    try:
        name = _decode_name(posted.body).type
        if name not in COMMANDS:
            raise DecodeError(f"type: this version of Seatlog knows no command {name!r}")
        type_, current = COMMANDS[name]
        if posted.schema == current:
            return _COMMAND_DECODERS[name](posted.body)
        return msgspec.convert(_upcast(name, posted.schema, current, _decode_object(posted.body)), type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"no command: {error}") from error


class _Outgoing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """EventRecord's twin with the event not yet encoded, so that one pass writes both."""

    schema: int
    show_id: str
    version: int
    type: str
    data: Event
    command_id: str
    digest: str
    source: Source
    claim: int
    time: Instant
    prev: str


def encode_event(  # noqa: PLR0913 - the fields of the record
    event: Event,
    *,
    show_id: str,
    version: int,
    command_id: str,
    digest: str,
    source: Source,
    claim: int,
    time: Instant,
    prev: str,
) -> bytes:
    """An event's record as it is stored."""
    name, schema = _EVENT_NAMES[type(event)]
    return _encoder.encode(
        _Outgoing(
            schema=schema,
            show_id=show_id,
            version=version,
            type=name,
            data=event,
            command_id=command_id,
            digest=digest,
            source=source,
            claim=claim,
            time=time,
            prev=prev,
        )
    )


def encode_claim(claim: PartitionClaim) -> bytes:
    """A claim as it is stored."""
    return _encoder.encode(claim)


def decode_log(value: bytes | None) -> LogRecord:
    """A record of `booking.events`, its data still encoded. Raises DecodeError, also for a record without a value."""
    if value is None:
        raise DecodeError("no event record: it has no value")
    try:
        return _decode_event_record(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        try:
            return _decode_claim(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise DecodeError(f"no event record: {error}") from error


def decode_event(record: EventRecord) -> Event:
    """The event of a record, brought up to today's schema. Raises DecodeError."""
    name = record.type
    form = _EVENT_FORMS.get(name)
    if form is None:
        raise DecodeError(f"type: this version of Seatlog knows no event {name!r}")
    type_, current, decode = form
    try:
        if record.schema == current:
            return decode(record.data)
        return msgspec.convert(_upcast(name, record.schema, current, _decode_object(record.data)), type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"data of {name}: {error}") from error


def _upcast(name: str, schema: int, current: int, fields: dict[str, Any]) -> dict[str, Any]:
    while schema < current and (step := UPCASTERS.get((name, schema))):
        try:
            fields, schema = step(fields), schema + 1
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise DecodeError(f"{name} of schema {schema} is not as that schema has it: {error!r}") from error
    if schema != current:
        raise DecodeError(f"schema: {name} of schema {schema} is not readable here (this code writes {current})")
    return fields
