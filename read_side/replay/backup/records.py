"""The file of one partition in an export: JSON Lines that `jq` and any other program can read, and that give every byte
back.

- The first line says what it is: `{"crc32": ..., "seatlog_export": 1, "topic": ..., "partition": ..., "first": ...,
  "end": ...}`; it holds the offsets from `first` up to `end` (exclusive).
- Then one line a record, in the order of offsets: `offset`, `timestamp` (milliseconds since 1970, as Kafka keeps it),
  `key` and `value` as text, or `key_base64` and `value_base64` if the bytes are no UTF-8 (neither: there is none), and
  `headers` as pairs of name and base64.
- The last line says how many they were: `{"crc32": ..., "records": ...}`. Without it the file was cut.

The first member of each line, `crc32`, is the CRC-32 in hex of the line's bytes after the comma behind it, without the
newline. It names the line that was changed; what proves the whole is the SHA-256 in the manifest.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple, TypeVar
from zlib import crc32

import msgspec
from msgspec import Struct

from contracts.limits import MESSAGE_BYTES

FORMAT: Final = 1
_LINE_BYTES: Final = 8 * MESSAGE_BYTES
"""No record makes a longer line: JSON writes a byte as six characters at most."""
_CHECK: Final = b'{"crc32":"%08x",'
_CHECK_BYTES: Final = len(_CHECK % 0)

T = TypeVar("T")


class KeptRecord(NamedTuple):
    """One record as Kafka keeps it; `timestamp` in milliseconds since 1970."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class UnfitExport(Exception):
    """An export is not what it must be; the message is one sentence that names file and line."""


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of a file."""

    crc32: str = ""
    seatlog_export: int
    topic: str
    partition: int
    first: int
    end: int


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One record, as its line has it."""

    crc32: str = ""
    offset: int
    timestamp: int
    key: str | None = None
    key_base64: str | None = None
    value: str | None = None
    value_base64: str | None = None
    headers: tuple[tuple[str, str | None], ...] = ()


class Foot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last line of a file."""

    crc32: str = ""
    records: int


_encode: Final = msgspec.json.Encoder().encode
_decode_head: Final = msgspec.json.Decoder(Head)
_decode_line: Final = msgspec.json.Decoder(Line)
_decode_foot: Final = msgspec.json.Decoder(Foot)


def written_line(content: Head | Line | Foot) -> bytes:
    """A line as it is written, with its checksum and its newline."""
    body = _encode(content)
    rest = body.removeprefix(b'{"crc32":"",').removeprefix(b"{")
    return _CHECK % crc32(rest) + rest + b"\n"


def line_of(record: KeptRecord) -> Line:
    """A record for a file."""
    key, key_base64 = _text(record.key)
    value, value_base64 = _text(record.value)
    return Line(
        offset=record.offset,
        timestamp=record.timestamp,
        key=key,
        key_base64=key_base64,
        value=value,
        value_base64=value_base64,
        headers=tuple((name, None if it is None else b64encode(it).decode()) for name, it in record.headers),
    )


def record_of(line: Line) -> KeptRecord:
    """The record of a line. Raises ValueError for base64 that is none."""
    return KeptRecord(
        offset=line.offset,
        timestamp=line.timestamp,
        key=_bytes(line.key, line.key_base64),
        value=_bytes(line.value, line.value_base64),
        headers=tuple((name, None if it is None else b64decode(it, validate=True)) for name, it in line.headers),
    )


def _text(stored: bytes | None) -> tuple[str | None, str | None]:
    if stored is None:
        return None, None
    try:
        return stored.decode(), None
    except UnicodeDecodeError:
        return None, b64encode(stored).decode()


def _bytes(text: str | None, base64: str | None) -> bytes | None:
    if base64 is not None:
        return b64decode(base64, validate=True)
    return None if text is None else text.encode()


class RecordsFile:
    """One file on its way through; read `head`, then `records`. `sha256` and `size` are known at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sha256 = ""
        self.size = 0

    def records(self, topic: str, partition: int) -> Iterator[KeptRecord]:
        """Every record, in order. Raises UnfitExport at the first line that is not what must stand there."""
        digest = sha256()
        try:
            with self.path.open("rb") as file:
                head: Head | None = None
                expected, number = 0, 0
                while line := file.readline(_LINE_BYTES):
                    number += 1
                    digest.update(line)
                    self.size += len(line)
                    self._check(number, line)
                    if head is None:
                        head = self._head(line, topic, partition)
                        expected = head.first
                    elif expected == head.end:
                        self._foot(file.read(1), number, line, head)
                        self.sha256 = digest.hexdigest()
                        return
                    else:
                        yield self._record(number, line, expected)
                        expected += 1
        except FileNotFoundError as error:
            raise UnfitExport(f"{self.path} is missing.") from error
        except OSError as error:
            raise UnfitExport(f"{self.path} cannot be read: {error.strerror}.") from error
        raise self._unfit(number + 1, "it is not there: the file was cut")

    def _head(self, line: bytes, topic: str, partition: int) -> Head:
        head = self._decoded(1, line, _decode_head)
        if head.seatlog_export != FORMAT:
            raise self._unfit(1, f"format {head.seatlog_export} is not known here")
        if (head.topic, head.partition) != (topic, partition):
            raise self._unfit(1, f"these are records of {head.topic}, partition {head.partition}")
        return head

    def _record(self, number: int, line: bytes, expected: int) -> KeptRecord:
        found = self._decoded(number, line, _decode_line)
        if found.offset != expected:
            raise self._unfit(number, f"the record at offset {expected} was expected, but it is that at {found.offset}")
        try:
            return record_of(found)
        except (binascii.Error, ValueError) as error:
            raise self._unfit(number, f"it has no base64 where it must: {error}") from error

    def _foot(self, more: bytes, number: int, line: bytes, head: Head) -> None:
        foot = self._decoded(number, line, _decode_foot)
        if foot.records != head.end - head.first:
            raise self._unfit(number, f"{foot.records} records are said to be here, but {head.end - head.first} are")
        if more:
            raise self._unfit(number + 1, "nothing was expected after the last line")

    def _check(self, number: int, line: bytes) -> None:
        if not line.endswith(b"\n"):
            raise self._unfit(number, "it does not end: the file was cut")
        if line[:_CHECK_BYTES] != _CHECK % crc32(line[_CHECK_BYTES:-1]):
            raise self._unfit(number, "its checksum is wrong: it was changed")

    def _decoded(self, number: int, line: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
        try:
            return decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._unfit(number, f"this line does not belong here: {error}") from error

    def _unfit(self, number: int, what: str) -> UnfitExport:
        return UnfitExport(f"{self.path}, line {number}: {what}.")
