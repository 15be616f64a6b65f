"""What clients were told, read from the requests of a history without asking the product what it means."""

from typing import Final

import msgspec
from msgspec import Struct

from scenarios.history import Request

NOT_FINAL: Final = frozenset({202, 429})
"""Statuses that leave it open what became of the command; so does everything from 500 on."""


class SeatTold(Struct, frozen=True):
    """A seat of a hold as an object."""

    seat: str


class Money(Struct, frozen=True):
    """Minor units of a currency."""

    amount_minor: int
    currency: str


class Told(Struct, frozen=True):
    """The body of an answer; what it does not say is None."""

    hold_id: str | None = None
    booking_id: str | None = None
    show_id: str | None = None
    command_id: str | None = None
    seats: tuple[str | SeatTold, ...] | None = None
    reason: str | None = None
    receipt: str | None = None
    status: int | str | None = None
    http_status: int | None = None
    type: str | None = None
    amount: Money | None = None
    total: Money | None = None
    version: int | None = None

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The seats as labels."""
        if self.seats is None:
            return None
        return tuple(each if isinstance(each, str) else each.seat for each in self.seats)


class BestAsked(Struct, frozen=True):
    """`best_available` in the body of a hold."""

    quantity: int | None = None


class Asked(Struct, frozen=True):
    """The body of a request."""

    seats: tuple[str, ...] | None = None
    best_available: BestAsked | None = None
    hold_id: str | None = None
    payment_reference: str | None = None
    amount: Money | None = None


class Receipt(Struct, frozen=True, order=True):
    """`partition:offset:sha256`."""

    partition: int
    offset: int
    hash: str


_decode_told: Final = msgspec.json.Decoder(Told | None).decode
_decode_asked: Final = msgspec.json.Decoder(Asked | None).decode


def told(request: Request) -> Told:
    """The answer's body; empty if it is no JSON object of a shape we know."""
    try:
        return _decode_told(request.answer) or Told()
    except msgspec.DecodeError:
        return Told()


def asked(request: Request) -> Asked:
    """The request's body; empty if it is no JSON object of a shape we know."""
    try:
        return _decode_asked(request.body) or Asked()
    except msgspec.DecodeError:
        return Asked()


def receipt_of(request: Request) -> Receipt | None:
    """The receipt of an answer, from its header or, for an outcome of the query API, from its body."""
    text = request.receipt or (told(request).receipt if is_outcome(request) else None)
    if text is None:
        return None
    partition, offset, value_hash = (*text.split(":"), "", "")[:3]
    if not partition.isdecimal() or not offset.isdecimal():
        return Receipt(-1, -1, text)
    return Receipt(int(partition), int(offset), value_hash)


def is_command(request: Request) -> bool:
    """Whether a request asks for a change."""
    return request.method != "GET"


def is_outcome(request: Request) -> bool:
    """Whether a request asks what became of an earlier one that got 202."""
    return request.method == "GET" and request.path.startswith("/commands/")


def is_decided(request: Request) -> bool:
    """Whether the answer is final."""
    return request.status is not None and request.status not in NOT_FINAL and request.status < 500


def show_of(request: Request) -> str | None:
    """The show that the path names."""
    parts = request.path.partition("?")[0].split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "shows" and parts[2] else None


def where(number: int, request: Request) -> str:
    """For findings: requests are counted from 0."""
    return f"request {number}, buyer {request.buyer}, {request.method} {request.path}"
