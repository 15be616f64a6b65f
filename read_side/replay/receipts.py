"""Receipts that somebody kept, to be held against the log.

A file may hold lines `partition:offset:sha256`, or the `requests.jsonl` of a history (each answer's `receipt`), or a
certificate of this tool (the newest record of each show).
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

_RECEIPT: Final = re.compile(r"(\d{1,9}):(\d{1,18}):([0-9a-f]{64})")

ReceiptsByPlace = Mapping[int, Mapping[int, frozenset[str]]]
"""Partition, then offset, then the hashes that are claimed for that record."""


class UnreadableReceipts(Exception):
    """The file has something else in it; the message is one sentence with the line's number."""


class MovedReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt that a repair has made void; `new` is the one for the same command, None if nothing answers it.

    `same` says whether the answer is the same one.
    """

    old: str
    new: str | None
    same: bool


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
    return _frozen(places)


def moved(receipts: ReceiptsByPlace, path: Path) -> tuple[ReceiptsByPlace, str]:
    """The receipts with those that a repair has moved replaced by the new ones, as its file says, and the file's
    SHA-256. Raises UnreadableReceipts."""
    try:
        content = path.read_bytes()
        told = [msgspec.json.decode(line, type=MovedReceipt) for line in content.splitlines()]
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableReceipts(f"The moved receipts in {path} cannot be read: {error}.") from error
    new_ones = {each.old: each.new for each in told if each.new is not None and each.same}
    places: dict[int, dict[int, set[str]]] = {}
    for partition, of_partition in receipts.items():
        for offset, hashes in of_partition.items():
            for each in hashes:
                match = _RECEIPT.fullmatch(new_ones.get(f"{partition}:{offset}:{each}", f"{partition}:{offset}:{each}"))
                if match is None:
                    raise UnreadableReceipts(f"{path} has a receipt that is none.")
                places.setdefault(int(match[1]), {}).setdefault(int(match[2]), set()).add(match[3])
    return _frozen(places), sha256(content).hexdigest()


def _frozen(places: Mapping[int, Mapping[int, set[str]]]) -> ReceiptsByPlace:
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
