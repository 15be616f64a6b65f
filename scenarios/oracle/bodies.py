"""Commands as the oracle reads them. Strict, because what is not exactly like this must be answered as unreadable."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from scenarios.checkers.recorded import Posted
from scenarios.checkers.shapes import Plan, Policy, PresaleTerms, SaleTimes

KNOWN_SCHEMA: Final = 1


class Schedule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="schedule-show"):
    """Put a show on sale."""

    organiser_id: str
    title: str
    venue: str
    starts_at: int
    sale: SaleTimes
    plan: Plan
    prices: dict[str, int]
    currency: str
    presale: PresaleTerms | None = None
    policy: Policy = Policy()


class HoldThese(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-seats"):
    """These seats."""

    buyer_id: str
    seats: Annotated[tuple[str, ...], Meta(min_length=1)]
    presale_code_digest: str | None = None


class HoldBest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="hold-best-available"):
    """The best seats."""

    buyer_id: str
    quantity: Annotated[int, Meta(ge=1)]
    category: str | None = None
    section: str | None = None
    accessible: bool = False
    together: bool = True
    presale_code_digest: str | None = None


class Release(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="release-hold"):
    """Give a hold back."""

    buyer_id: str
    hold_id: str


class Expire(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="expire-hold"):
    """The clock ends a hold."""

    hold_id: str


class Book(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="book-hold"):
    """Buy a hold."""

    buyer_id: str
    hold_id: str
    payment_reference: str
    amount_minor: int
    currency: str


Body = Schedule | HoldThese | HoldBest | Release | Expire | Book

_decode: Final = msgspec.json.Decoder(Body).decode


def read_body(posted: Posted) -> Body | None:
    """The command, None if it is unreadable."""
    if posted.schema != KNOWN_SCHEMA:
        return None
    try:
        body: Body = _decode(posted.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return body
