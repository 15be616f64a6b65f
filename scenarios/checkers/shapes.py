"""What is inside events, as the checkers read it.

One loose shape for the data of every event; strict ones for the terms of a sale, which the oracle reads in commands
too.
"""

from msgspec import Struct


class SaleTimes(Struct, frozen=True, forbid_unknown_fields=True):
    """Milliseconds since 1970."""

    opens_at: int
    closes_at: int


class PresaleTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """Who knows the code may hold from `opens_at` on."""

    opens_at: int
    code_digest: str


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """The organiser's rules, with what holds if he said nothing."""

    hold_seconds: int = 600
    seats_per_hold: int = 20
    seats_per_buyer: int | None = None
    leave_no_single_seat: bool = False


class PlanRow(Struct, frozen=True, forbid_unknown_fields=True):
    """`seats` seats, numbered from `first`."""

    name: str
    seats: int
    category: str
    first: int = 1
    accessible: tuple[int, ...] = ()


class PlanSection(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows from the stage backwards."""

    name: str
    rows: tuple[PlanRow, ...]


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """A house."""

    sections: tuple[PlanSection, ...]


class Ended(Struct, frozen=True):
    """A lapsed hold that ended because somebody took a seat of it."""

    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]


class Conflict(Struct, frozen=True):
    """What a refused seat was lost to."""

    seat: str
    status: str
    since_version: int


class EventData(Struct, frozen=True, kw_only=True):
    """The data of any event; what an event does not have is at its default."""

    organiser_id: str | None = None
    title: str | None = None
    venue: str | None = None
    starts_at: int | None = None
    sale: SaleTimes | None = None
    plan: Plan | None = None
    prices: dict[str, int] | None = None
    currency: str | None = None
    presale: PresaleTerms | None = None
    policy: Policy = Policy()
    hold_id: str | None = None
    booking_id: str | None = None
    buyer_id: str | None = None
    seats: tuple[str, ...] = ()
    prices_minor: tuple[int, ...] = ()
    expires_at: int | None = None
    lapsed_holds: tuple[Ended, ...] = ()
    amount_minor: int | None = None
    due_minor: int | None = None
    due_currency: str | None = None
    payment_reference: str | None = None
    reason: str | None = None
    conflicts: tuple[Conflict, ...] = ()
    quantity: int | None = None
    category: str | None = None
    section: str | None = None
    accessible: bool = False
    together: bool = True
    version: int | None = None
    offset: int | None = None
