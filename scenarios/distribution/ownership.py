"""Who owned which partition when, as the claims in the log say."""

from collections.abc import Iterable, Mapping

import msgspec

from scenarios.checkers.recorded import Claim


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which a decider owned a partition, in seconds since `began` of `spans`; `claim` is its offset."""

    partition: int
    decider: str
    claim: int
    began: float
    ended: float


def spans(claims: Iterable[Claim], began: float, ended: float, names: Mapping[str, str]) -> tuple[Span, ...]:
    """What the claims say of the time from `began` to `ended` (seconds since 1970). `names` by the owner in a claim.

    A claim that its owner renews goes on as the same span. They are in the order of partition and offset.
    """
    found: list[Span] = []
    for claim in claims:
        name, at = names.get(claim.owner, claim.owner), claim.appended - began
        last = found[-1] if found and found[-1].partition == claim.partition else None
        if last is not None and last.decider == name:
            continue
        if last is not None:
            found[-1] = msgspec.structs.replace(last, ended=at)
        found.append(Span(partition=claim.partition, decider=name, claim=claim.offset, began=at, ended=ended - began))
    return tuple(
        msgspec.structs.replace(span, began=max(0.0, round(span.began, 3)), ended=round(span.ended, 3))
        for span in found
        if span.ended > 0
    )
