"""A bit is flipped in a segment as a broker keeps it: with a checksum that tells, or one that fits."""

from pathlib import Path

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from scenarios.nemesis.scene import NemesisFailed
from scenarios.nemesis.stored_bits import find_bit

TOPIC = "booking.events"
VALUES = (b"the first record", b"the second record", b"the third record")


def batch(base: int, value: bytes) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000)
    builder.append(0, timestamp=1, key=b"", value=value, headers=[])
    return base.to_bytes(8, "big") + bytes(builder.build())[8:]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / f"{TOPIC}-2"
    folder.mkdir()
    stored = b"".join(batch(base, value) for base, value in enumerate(VALUES))
    (folder / "00000000000000000000.log").write_bytes(stored)
    return tmp_path


def stored(data: Path) -> list[tuple[bytes, bool]]:
    """Each value, and whether its checksum fits."""
    records = MemoryRecords((data / f"{TOPIC}-2" / "00000000000000000000.log").read_bytes())
    found = []
    while records.has_next():
        batch = records.next_batch()
        fits = batch.validate_crc()
        found += [(record.value, fits) for record in batch]
    return found


@pytest.mark.parametrize("hide", [False, True])
def test_one_bit_of_one_record_changes_and_changes_back(data: Path, hide: bool) -> None:
    bit = find_bit(data, TOPIC, 2, VALUES[1])
    bit.flip(hide=hide)
    first, (changed, fits), third = stored(data)
    assert (first, third) == ((VALUES[0], True), (VALUES[2], True))
    assert sum((a ^ b).bit_count() for a, b in zip(changed, VALUES[1], strict=True)) == 1
    assert fits is hide
    bit.flip(hide=hide)
    assert stored(data) == [(value, True) for value in VALUES]


def test_a_record_that_is_not_there_is_said(data: Path) -> None:
    with pytest.raises(NemesisFailed, match="not to be found"):
        find_bit(data, TOPIC, 2, b"something else")
