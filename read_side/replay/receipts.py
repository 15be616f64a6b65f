"""Receipts that somebody kept, to be held against the log.

A file may hold lines `partition:offset:sha256`, or the `requests.jsonl` of a history (each answer's `receipt`), or a
certificate of this tool (the newest record of each show).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

_RECEIPT: Final = re.compile(r"(\d{1,9}):(\d{1,18}):([0-9a-f]{64})")

ReceiptsByPlace = Mapping[int, Mapping[int, frozenset[str]]]
"""Partition, then offset, then the hashes that are claimed for that record."""


class UnreadableReceipts(Exception):
    """The file has something else in it; the message is one sentence with the line's number."""


class _Told(msgspec.Struct):
    receipt: str | None


class _Certificate(msgspec.Struct):
    shows: list[_Told]


def read_receipts(path: Path) -> ReceiptsByPlace:
    """The receipts of a file. Raises UnreadableReceipts."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableReceipts(f"The receipts in {path} cannot be read: {error}.") from error
    places: dict[int, dict[int, set[str]]] = {}
    for number, receipt in _receipts(text):
        match = _RECEIPT.fullmatch(receipt)
        if match is None:
            raise UnreadableReceipts(f"Line {number} of {path} is no receipt: write `partition:offset:sha256`.")
        partition, offset, value_hash = int(match[1]), int(match[2]), match[3]
        places.setdefault(partition, {}).setdefault(offset, set()).add(value_hash)
    return {
        partition: {offset: frozenset(hashes) for offset, hashes in of_partition.items()}
        for partition, of_partition in places.items()
    }


def _receipts(text: str) -> Iterator[tuple[int, str]]:
    """Line numbers, and what stands where a receipt should be."""
    try:
        certificate = msgspec.json.decode(text, type=_Certificate)
    except msgspec.DecodeError:
        certificate = None
    if certificate is not None:
        yield from ((1, show.receipt) for show in certificate.shows if show.receipt is not None)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("{"):
            if line.strip():
                yield number, line.strip()
            continue
        try:
            told = msgspec.json.decode(line, type=_Told).receipt
        except msgspec.DecodeError:
            yield number, ""
            continue
        if told is not None:
            yield number, told
