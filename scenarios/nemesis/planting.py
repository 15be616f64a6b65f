"""Putting something else in the place of a method, for the life of a wrapped process."""

from collections.abc import Sequence

from contracts.codec import DecodeError, decode_log
from contracts.records import PartitionClaim


def plant(owner: type, method: str, instead: object) -> None:
    """From now on calls of this method reach `instead`. Raises AttributeError if there is no such method."""
    getattr(owner, method)
    setattr(owner, method, instead)


def is_claim(records: Sequence[tuple[str, bytes]]) -> bool:
    """Whether an append is that of a claim."""
    try:
        return isinstance(decode_log(records[0][1]), PartitionClaim)
    except DecodeError:
        return False
