"""What happened, as files that anybody can check without Seatlog: a history folder.

- `requests.jsonl`: one line for each HTTP request a client sent, in any order. `sent` and `answered` are seconds of one
  monotonic clock; what was never answered has null there and in `status`, `receipt` and `answer`. `buyer` is the id in
  the caller's token, which is the `buyer_id` of events; `path` has no host; `key` is the Idempotency-Key; `body` and
  `answer` are the JSON that went over the wire, or null.
- `commands.jsonl`, `events.jsonl`: one line for each record of the topic, by partition and offset. `timestamp` is
  Kafka's, in milliseconds since 1970. `value` is the stored text; if the stored bytes are not UTF-8, `base64` has them
  and `value` shows them with replacement characters.
- `read_models.json`: the documents at the end, where a scenario leaves them.
- `SHA256SUMS`: of the other files, written last, for `sha256sum --check SHA256SUMS`.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from contracts.topics import COMMANDS, EVENTS
from read_side.replay.log_reader import Log, open_log

REQUESTS_FILE: Final = "requests.jsonl"
COMMANDS_FILE: Final = "commands.jsonl"
EVENTS_FILE: Final = "events.jsonl"
READ_MODELS_FILE: Final = "read_models.json"
SUMS_FILE: Final = "SHA256SUMS"
NULL: Final = Raw(b"null")
_MS: Final = 1000.0

T = TypeVar("T")


class Request(Struct, frozen=True, kw_only=True):
    """One request and its answer, as the client saw them."""

    buyer: str
    method: str
    path: str
    key: str | None
    body: Raw
    sent: float
    answered: float | None
    status: int | None
    receipt: str | None
    answer: Raw


class StoredRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record of a topic. Build it with `stored_record`."""

    partition: int
    offset: int
    timestamp: int
    value: str
    base64: str | None = None

    def stored(self) -> bytes:
        """The bytes as Kafka keeps them."""
        return self.value.encode() if self.base64 is None else b64decode(self.base64)


class History(Struct, frozen=True, kw_only=True):
    """The first three files; records are in the order of partition and offset."""

    requests: tuple[Request, ...]
    commands: tuple[StoredRecord, ...]
    events: tuple[StoredRecord, ...]


class UnreadableHistory(Exception):
    """A file of the folder is missing or has a line that does not belong there; the message is one sentence."""


def json_or_null(content: bytes) -> Raw:
    """A body as a history has it: the JSON itself, null if there is none, a JSON string if it is something else."""
    if not content:
        return NULL
    try:
        msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Raw(msgspec.json.encode(content.decode(errors="replace")))
    return Raw(content.replace(b"\n", b" "))


def stored_record(partition: int, offset: int, timestamp: int, value: bytes) -> StoredRecord:
    """A record for a history, whatever its bytes are."""
    try:
        return StoredRecord(partition=partition, offset=offset, timestamp=timestamp, value=value.decode())
    except UnicodeDecodeError:
        return StoredRecord(
            partition=partition,
            offset=offset,
            timestamp=timestamp,
            value=value.decode(errors="replace"),
            base64=b64encode(value).decode(),
        )


async def dump_topics(kafka: str) -> tuple[tuple[StoredRecord, ...], tuple[StoredRecord, ...]]:
    """The commands and the events that this Kafka holds now. Raises read_side.replay.log_reader.Unreadable."""
    async with open_log(kafka) as log:
        return await _dump(log, COMMANDS), await _dump(log, EVENTS)


async def _dump(log: Log, topic: str) -> tuple[StoredRecord, ...]:
    records: list[StoredRecord] = []
    for partition in range(log.partitions):
        log.turn_to(partition, topic)
        async for batch in log.batches(topic, partition):
            records += [stored_record(partition, one.offset, one.timestamp, one.value or b"") for one in batch]
    return tuple(records)


def append_times(records: Iterable[StoredRecord]) -> dict[tuple[int, int], float]:
    """When each record was appended, in seconds since 1970, by partition and offset."""
    return {(record.partition, record.offset): record.timestamp / _MS for record in records}


def write_history(folder: Path, history: History, read_models: bytes | None = None) -> None:
    """Write the files, creating the folder if need be; `read_models` is JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        REQUESTS_FILE: _jsonl(history.requests),
        COMMANDS_FILE: _jsonl(history.commands),
        EVENTS_FILE: _jsonl(history.events),
    }
    if read_models is not None:
        files[READ_MODELS_FILE] = read_models
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    (folder / SUMS_FILE).write_text(sums, encoding="ascii")


def _jsonl(lines: Iterable[Struct]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def changed_files(folder: Path) -> Iterator[str]:
    """What is not as it was written, as sentences. Raises UnreadableHistory without a file of sums."""
    path = folder / SUMS_FILE
    try:
        sums = [line.partition("  ") for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableHistory(f"{path} cannot be read, so nobody knows whether the other files are whole.") from error
    for digest, _, name in sums:
        file = folder / Path(name).name
        if not file.is_file():
            yield f"{file.name} is missing"
        elif sha256(file.read_bytes()).hexdigest() != digest:
            yield f"{file.name} was changed after it was written"
    written = {name for _, _, name in sums}
    for name in (REQUESTS_FILE, COMMANDS_FILE, EVENTS_FILE, READ_MODELS_FILE):
        if name not in written and (folder / name).exists():
            yield f"{name} was added afterwards"


def read_history(folder: Path) -> History:
    """Read the first three files. Raises UnreadableHistory."""
    return History(
        requests=tuple(_lines(folder / REQUESTS_FILE, Request)),
        commands=_in_order(_lines(folder / COMMANDS_FILE, StoredRecord)),
        events=_in_order(_lines(folder / EVENTS_FILE, StoredRecord)),
    )


def _in_order(records: Iterable[StoredRecord]) -> tuple[StoredRecord, ...]:
    return tuple(sorted(records, key=lambda record: (record.partition, record.offset)))


def _lines(path: Path, type_: type[T]) -> list[T]:
    decode = msgspec.json.Decoder(type_).decode
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UnreadableHistory(f"{path} cannot be read: {error.strerror}.") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            found.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadableHistory(f"Line {number} of {path} is no {type_.__name__}: {error}.") from error
    return found
