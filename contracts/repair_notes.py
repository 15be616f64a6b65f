"""Signing the notes of repaired partitions: HMAC-SHA256 by a key that operators keep."""

import hmac
from typing import Final

import msgspec

from contracts.codec import encode_claim
from contracts.records import PartitionClaim, RepairNote

KEY_BYTES_LEAST: Final = 32
"""RFC 2104, section 3: a key of at least the hash's size."""
_SIGNED_FOR: Final = b"seatlog repair note of partition %d\n"


class UnfitKey(ValueError):
    """A key that is too short to sign with."""


def signed(claim: PartitionClaim, partition: int, key: bytes) -> PartitionClaim:
    """The claim with its note signed for this partition. Raises UnfitKey."""
    note = claim.repair
    assert isinstance(note, RepairNote), "there is nothing to sign"
    signature = _signature(claim, note, partition, key)
    return msgspec.structs.replace(claim, repair=msgspec.structs.replace(note, signature=signature))


def is_signed_by(claim: PartitionClaim, partition: int, key: bytes) -> bool:
    """Whether the note of this claim was signed with this key, for this partition. Raises UnfitKey."""
    note = claim.repair
    return isinstance(note, RepairNote) and hmac.compare_digest(note.signature, _signature(claim, note, partition, key))


def _signature(claim: PartitionClaim, note: RepairNote, partition: int, key: bytes) -> str:
    if len(key) < KEY_BYTES_LEAST:
        raise UnfitKey(f"a key to sign with must have at least {KEY_BYTES_LEAST} bytes, this one has {len(key)}")
    bare = msgspec.structs.replace(claim, repair=msgspec.structs.replace(note, signature=""))
    return hmac.new(key, _SIGNED_FOR % partition + encode_claim(bare), "sha256").hexdigest()
