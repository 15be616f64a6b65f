"""Who owned which partition when, as the claims in the log say."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from scenarios.history import StoredRecord

_CLAIM: Final = "partition-claimed"
_MS: Final = 1000.0


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a decider owned a partition, in seconds since `began` of `spans`; `claim` is its offset."""

    partition: int
    decider: str
    claim: int
    began: float
    ended: float


class _Claim(msgspec.Struct, frozen=True):
    type: str
    owner: str


_decode: Final = msgspec.json.Decoder(_Claim).decode


def spans(events: Iterable[StoredRecord], began: float, ended: float, names: Mapping[str, str]) -> tuple[Span, ...]:
    """What the claims say of the time from `began` to `ended` (seconds since 1970). `names` by the owner in a claim.

    A claim that its owner renews goes on as the same span. The records are in the order of partition and offset.
    """
    found: list[Span] = []
    for record in events:
        owner = _owner(record)
        if owner is None:
            continue
        name, at = names.get(owner, owner), record.timestamp / _MS - began
        last = found[-1] if found and found[-1].partition == record.partition else None
        if last is not None and last.decider == name:
            continue
        if last is not None:
            found[-1] = msgspec.structs.replace(last, ended=at)
        found.append(Span(partition=record.partition, decider=name, claim=record.offset, began=at, ended=ended - began))
    return tuple(
        msgspec.structs.replace(span, began=max(0.0, round(span.began, 3)), ended=round(span.ended, 3))
        for span in found
        if span.ended > 0
    )


def _owner(record: StoredRecord) -> str | None:
    if _CLAIM not in record.value:
        return None
    try:
        claim = _decode(record.value)
    except msgspec.DecodeError:
        return None
    return claim.owner if claim.type == _CLAIM else None
