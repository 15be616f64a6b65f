"""Commands: requests to change a show, imperative, recorded before they are judged.

Wire form of a command's body: a JSON object whose `type` is the explicit name given as `tag` here.
"""

from typing import Annotated

from msgspec import Meta, Struct

from contracts.limits import LATEST_INSTANT, WHOLE_NUMBER
from contracts.seat_plans import SeatPlan

Milliseconds = Annotated[int, Meta(ge=0, le=LATEST_INSTANT)]
"""Since 1970-01-01 UTC, wherever a field's name ends in `_at`."""


class SaleWindow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When seats can be had: from `opens_at` (inclusive) to `closes_at` (exclusive)."""

    opens_at: Milliseconds
    closes_at: Milliseconds


class Presale(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `opens_at` until the sale opens, who knows the code may hold. Only its SHA-256 (hex) is recorded."""

    opens_at: Milliseconds
    code_digest: str


class SalePolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The organiser's rules for a sale; `seats_per_buyer` None means no limit."""

    hold_seconds: int = 600
    seats_per_hold: int = 20
    seats_per_buyer: int | None = None
    leave_no_single_seat: bool = False


class ScheduleShow(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="schedule-show"
):
    """Put a show on sale. `prices` maps each category of the plan to minor units of `currency`."""

    organiser_id: str
    title: str
    venue: str
    starts_at: Milliseconds
    sale: SaleWindow
    plan: SeatPlan
    prices: dict[str, int]
    currency: str
    presale: Presale | None = None
    policy: SalePolicy = SalePolicy()


class HoldSeats(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False, tag="hold-seats"
):
    """Keep these very seats for a buyer."""

    buyer_id: str
    seats: Annotated[tuple[str, ...], Meta(min_length=1)]
    presale_code_digest: str | None = None


class HoldBestAvailable(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="hold-best-available"
):
    """Keep the best `quantity` seats that the filters allow; the ladder is in write_side/domain/seating.py."""

    buyer_id: str
    quantity: Annotated[int, Meta(ge=1, le=WHOLE_NUMBER)]
    category: str | None = None
    section: str | None = None
    accessible: bool = False
    together: bool = True
    presale_code_digest: str | None = None


class ReleaseHold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="release-hold"):
    """Give held seats back."""

    buyer_id: str
    hold_id: str


class ExpireHold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="expire-hold"):
    """Said by the clock: this hold is past its time. Idempotent by nature, and said again until it has worked."""

    hold_id: str


class BookHold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="book-hold"):
    """Turn a hold into a booking; `amount_minor` of `currency` is what the buyer paid under `payment_reference`."""

    buyer_id: str
    hold_id: str
    payment_reference: str
    amount_minor: Annotated[int, Meta(ge=0, le=WHOLE_NUMBER)]
    currency: str


HoldRequest = HoldSeats | HoldBestAvailable
Command = ScheduleShow | HoldSeats | HoldBestAvailable | ReleaseHold | ExpireHold | BookHold

COMMANDS: dict[str, tuple[type[Command], int]] = {
    "schedule-show": (ScheduleShow, 1),
    "hold-seats": (HoldSeats, 1),
    "hold-best-available": (HoldBestAvailable, 1),
    "release-hold": (ReleaseHold, 1),
    "expire-hold": (ExpireHold, 1),
    "book-hold": (BookHold, 1),
}
"""Wire name to type and its current schema."""
