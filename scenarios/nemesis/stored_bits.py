"""One bit changed where a broker keeps its records. The broker must have ended in order: it looks at nothing then."""

from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from google_crc32c import value as crc32c

from scenarios.nemesis.scene import NemesisFailed

_HEAD: Final = Struct(">qi5xI")
"""Of a record batch: base offset, length of what follows it, CRC-32C of what follows that (Apache Kafka's
documentation, "Message Format")."""
_BEFORE_LENGTH_COUNTS: Final = 12
_CRC_AT: Final = 17
_BIT: Final = 1


class StoredBit(NamedTuple):
    """A bit of a record's value, and where the batch begins that has it."""

    file: Path
    at: int
    batch: int

    def flip(self, *, hide: bool) -> None:
        """Change it, or change it back. `hide` makes the batch's checksum fit what stands there."""
        with self.file.open("r+b") as stream:
            stream.seek(self.at)
            (byte,) = stream.read(1)
            stream.seek(self.at)
            stream.write(bytes([byte ^ _BIT]))
            if hide:
                stream.seek(self.batch)
                _, length, _ = _HEAD.unpack(stream.read(_HEAD.size))
                after = stream.read(length - (_HEAD.size - _BEFORE_LENGTH_COUNTS))
                stream.seek(self.batch + _CRC_AT)
                stream.write(crc32c(after).to_bytes(4, "big"))


def find_bit(data: Path, topic: str, partition: int, value: bytes) -> StoredBit:
    """A bit in the middle of the record that has this value. Raises NemesisFailed."""
    for file in sorted((data / f"{topic}-{partition}").glob("*.log")):
        stored = file.read_bytes()
        at = stored.find(value)
        if at >= 0:
            return StoredBit(file, at + len(value) // 2, _batch_of(stored, at))
    raise NemesisFailed(f"The record is not to be found in {topic}, partition {partition}.")


def _batch_of(stored: bytes, at: int) -> int:
    batch = 0
    while True:
        _, length, _ = _HEAD.unpack_from(stored, batch)
        after = batch + _BEFORE_LENGTH_COUNTS + length
        if after > at:
            return batch
        batch = after
