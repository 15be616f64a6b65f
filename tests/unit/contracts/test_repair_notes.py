"""The note of a repair is signed for one partition, and for every word of it."""

import pytest
from msgspec.structs import replace

from contracts.records import PartitionClaim, RepairNote
from contracts.repair_notes import UnfitKey, is_signed_by, signed
from tests.golden_values import CLAIM, REPAIRED_CLAIM

KEY = b"k" * 32
SIGNED = signed(REPAIRED_CLAIM, 1, KEY)


def with_note(**changes: object) -> PartitionClaim:
    assert isinstance(SIGNED.repair, RepairNote)
    return replace(SIGNED, repair=replace(SIGNED.repair, **changes))


def test_a_signed_note_is_known_by_its_key():
    assert is_signed_by(SIGNED, 1, KEY)


@pytest.mark.parametrize("field", [name for name in RepairNote.__struct_fields__ if name != "signature"])
def test_every_word_of_it_counts(field: str):
    was = getattr(SIGNED.repair, field)
    other = was + 1 if isinstance(was, int) else (*was, (1, 2)) if isinstance(was, tuple) else f"{was}!"
    assert not is_signed_by(with_note(**{field: other}), 1, KEY)


@pytest.mark.parametrize(
    ("claim", "partition", "key"),
    [
        (SIGNED, 2, KEY),
        (SIGNED, 1, b"x" * 32),
        (with_note(signature=""), 1, KEY),
        (replace(SIGNED, owner="mallory"), 1, KEY),
        (CLAIM, 1, KEY),
    ],
    ids=["another partition", "another key", "no signature", "another owner", "no note"],
)
def test_another_is_not(claim: PartitionClaim, partition: int, key: bytes):
    assert not is_signed_by(claim, partition, key)


def test_a_short_key_signs_nothing():
    with pytest.raises(UnfitKey, match="at least 32 bytes, this one has 5"):
        signed(REPAIRED_CLAIM, 1, b"short")
