"""An export: a folder with one file a partition of each topic, and a manifest that is written last.

A folder without a manifest is half an export, and no export. Everything is flushed to the disk under another name, and
then renamed.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import msgspec
from msgspec import Struct

from contracts.topics import COMMANDS, DEAD_LETTERS, EVENTS
from read_side.replay.backup.records import FORMAT, Foot, Head, KeptRecord, RecordsFile, UnfitExport, line_of
from read_side.replay.backup.records import written_line as written

MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".unfinished"
EVERY_TOPIC: Final = (EVENTS, COMMANDS, DEAD_LETTERS)


class Kept(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of an export: the offsets from `first` up to `end` (exclusive) of a partition."""

    name: str
    topic: str
    partition: int
    first: int
    end: int
    size_bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an export holds. `taken` is the time of its beginning, `kafka` where it was taken."""

    seatlog_export: int
    taken: str
    kafka: str
    files: tuple[Kept, ...]


def file_name(topic: str, partition: int) -> str:
    """The file of a partition."""
    return f"{topic}.{partition}.jsonl"


class NewExport:
    """An export on its way to a folder. Raises UnfitExport if the folder has anything in it."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise UnfitExport(f"{folder} is not empty: name a folder that is, or a new one.")
        except OSError as error:
            raise UnfitExport(f"{folder} cannot be written: {error.strerror}.") from error
        self.folder = folder
        self._kept: list[Kept] = []

    @contextmanager
    def file(self, topic: str, partition: int, first: int, end: int) -> Iterator["NewFile"]:
        """Write the records of a partition; the file is there once the `with` has ended well."""
        path = self.folder / file_name(topic, partition)
        with NewFile(path, first) as file:
            file.line(Head(seatlog_export=FORMAT, topic=topic, partition=partition, first=first, end=end))
            yield file
            file.line(Foot(records=end - first))
        if file.next_offset != end:
            raise UnfitExport(f"{path} has records up to {file.next_offset}, not up to {end}.")
        _rename(path)
        self._kept.append(
            Kept(
                name=path.name,
                topic=topic,
                partition=partition,
                first=first,
                end=end,
                size_bytes=file.size,
                sha256=file.sha256,
            )
        )

    def finish(self, taken: str, kafka: str) -> Manifest:
        """Write the manifest: from now on this is an export."""
        manifest = Manifest(seatlog_export=FORMAT, taken=taken, kafka=kafka, files=tuple(self._kept))
        path = self.folder / MANIFEST
        with _unfinished(path).open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
            _flush(file.fileno())
        _rename(path)
        return manifest


class NewFile:
    """A file of records that is being written under the name that says so."""

    def __init__(self, path: Path, first: int) -> None:
        self.next_offset = first
        self.size = 0
        self._digest = sha256()
        self._path = path

    def __enter__(self) -> Self:
        self._file = _unfinished(self._path).open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._file.flush()
            _flush(self._file.fileno())
        self._file.close()

    @property
    def sha256(self) -> str:
        """Of everything that was written so far."""
        return self._digest.hexdigest()

    def line(self, content: Head | Foot) -> None:
        """Write the first or the last line."""
        self._write(written(content))

    def add(self, records: Iterable[KeptRecord]) -> None:
        """Write the next records. Raises UnfitExport at a gap."""
        for record in records:
            if record.offset != self.next_offset:
                raise UnfitExport(
                    f"{self._path.name}: after offset {self.next_offset - 1} Kafka gave {record.offset}; "
                    "an export has no gaps."
                )
            self.next_offset += 1
            self._write(written(line_of(record)))

    def _write(self, line: bytes) -> None:
        self._digest.update(line)
        self.size += len(line)
        self._file.write(line)


class Export:
    """An export that is there. Raises UnfitExport if its manifest is missing or wrong."""

    def __init__(self, folder: Path) -> None:
        path = folder / MANIFEST
        try:
            self.manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError as error:
            raise UnfitExport(f"{path} is missing: this is no export, or half of one.") from error
        except OSError as error:
            raise UnfitExport(f"{path} cannot be read: {error.strerror}.") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise UnfitExport(f"{path} is no manifest: {error}.") from error
        if self.manifest.seatlog_export != FORMAT:
            raise UnfitExport(f"{path}: format {self.manifest.seatlog_export} is not known here.")
        for kept in self.manifest.files:
            if kept.name != file_name(kept.topic, kept.partition):
                raise UnfitExport(f"{path}: {kept.topic}, partition {kept.partition}, is not in {kept.name}.")
        self.folder = folder

    def partitions(self, topic: str) -> int:
        """How many partitions of a topic there are. Raises UnfitExport if some are missing or twice."""
        numbers = sorted(kept.partition for kept in self.manifest.files if kept.topic == topic)
        if numbers != list(range(len(numbers))):
            raise UnfitExport(f"{self.folder / MANIFEST}: of {topic} it has only the partitions {numbers}.")
        return len(numbers)

    def kept(self, *topics: str) -> tuple[Kept, ...]:
        """The files of these topics, in the order of the manifest."""
        return tuple(kept for kept in self.manifest.files if kept.topic in topics)

    def file(self, topic: str, partition: int) -> Kept:
        """The file of a partition. Raises UnfitExport if there is none."""
        for kept in self.manifest.files:
            if (kept.topic, kept.partition) == (topic, partition):
                return kept
        raise UnfitExport(f"{self.folder / MANIFEST}: it has no partition {partition} of {topic}.")

    def records(self, kept: Kept) -> Iterator[KeptRecord]:
        """The records of a file, each line checked, and at its end the file. Raises UnfitExport."""
        file = RecordsFile(self.folder / kept.name)
        next_offset = kept.first
        for record in file.records(kept.topic, kept.partition):
            if record.offset != next_offset:
                raise UnfitExport(f"{file.path}, line 2: it begins at {record.offset}, the manifest says {kept.first}.")
            next_offset += 1
            yield record
        if (file.size, file.sha256, next_offset) != (kept.size_bytes, kept.sha256, kept.end):
            raise UnfitExport(
                f"{file.path} is not the file of the manifest: its SHA-256 is {file.sha256}, not {kept.sha256}."
            )


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + _UNFINISHED)


def _rename(path: Path) -> None:
    _unfinished(path).rename(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        _flush(directory)
    finally:
        os.close(directory)


def _flush(descriptor: int) -> None:
    os.fsync(descriptor)
