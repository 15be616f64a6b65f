"""Events: the recorded outcome of exactly one command, a fact or a refusal, past tense.

These are the `data` of an event record; the record's `type` is the wire name in `EVENTS`. Seats are labels, times
are milliseconds since 1970 UTC, people are opaque ids, money is in minor units of the currency beside it.
"""

from msgspec import Struct

from contracts.commands import Milliseconds, Presale, SalePolicy, SaleWindow
from contracts.refusals import Reason
from contracts.seat_plans import SeatPlan


class ShowScheduled(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A show went on sale under these terms."""

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


class LapsedHold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A hold past its time that ended because somebody took a seat of it; all its seats became free first."""

    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]


class SeatsHeld(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Seats are kept for a buyer until `expires_at`; `prices_minor` has one entry a seat, in the same order.

    `currency` is the show's: readers of this event alone can tell prices as money.
    """

    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]
    prices_minor: tuple[int, ...]
    currency: str
    expires_at: Milliseconds
    lapsed_holds: tuple[LapsedHold, ...] = ()


class SeatsReleased(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A buyer gave a hold back."""

    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]


class HoldExpired(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A hold ended because its time was over."""

    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]


class SeatsBooked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A hold became a booking."""

    booking_id: str
    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]
    amount_minor: int
    currency: str
    payment_reference: str


class Conflict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a refused seat was lost to: its status, and the version of the event that made it so."""

    seat: str
    status: str
    since_version: int


class ScheduleRefused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`problems` names what is wrong with an invalid plan."""

    organiser_id: str
    title: str
    reason: Reason
    problems: tuple[str, ...] = ()


class HoldRefused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What was asked (`seats`, or `quantity` and its filters), why not, and what it lost to."""

    buyer_id: str
    reason: Reason
    seats: tuple[str, ...] = ()
    quantity: int | None = None
    category: str | None = None
    section: str | None = None
    accessible: bool = False
    together: bool = True
    conflicts: tuple[Conflict, ...] = ()


class ReleaseRefused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold was not given back."""

    buyer_id: str
    hold_id: str
    reason: Reason


class ExpiryRefused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hold was not ended by the clock."""

    hold_id: str
    reason: Reason


class BookingRefused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`booking_id` is the booking that the hold became already; `due_minor` of `due_currency` would have been right."""

    buyer_id: str
    hold_id: str
    payment_reference: str
    amount_minor: int
    currency: str
    reason: Reason
    booking_id: str | None = None
    due_minor: int | None = None
    due_currency: str | None = None


class CommandRepeated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The same command again: the answer is the event at this version and log offset."""

    version: int
    offset: int


class CommandIdReused(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Another command under an id that the event at this version and log offset has used."""

    version: int
    offset: int


class CommandUnreadable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bytes were no command; they are in the dead letters."""

    reason: str


class CommandFailed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Deciding raised an error of this class; the command is in the dead letters."""

    error: str


Fact = ShowScheduled | SeatsHeld | SeatsReleased | HoldExpired | SeatsBooked
Refused = ScheduleRefused | HoldRefused | ReleaseRefused | ExpiryRefused | BookingRefused
Notice = CommandRepeated | CommandIdReused | CommandUnreadable | CommandFailed
"""Outcomes that no show rule decided: they change no show."""
Event = Fact | Refused | Notice

EVENTS: dict[str, tuple[type[Event], int]] = {
    "show-scheduled": (ShowScheduled, 1),
    "seats-held": (SeatsHeld, 1),
    "seats-released": (SeatsReleased, 1),
    "hold-expired": (HoldExpired, 1),
    "seats-booked": (SeatsBooked, 1),
    "schedule-refused": (ScheduleRefused, 1),
    "hold-refused": (HoldRefused, 1),
    "release-refused": (ReleaseRefused, 1),
    "expiry-refused": (ExpiryRefused, 1),
    "booking-refused": (BookingRefused, 1),
    "command-repeated": (CommandRepeated, 1),
    "command-id-reused": (CommandIdReused, 1),
    "command-unreadable": (CommandUnreadable, 1),
    "command-failed": (CommandFailed, 1),
}
"""Wire name to type and its current schema."""
