"""What the query API says: bodies in words of the domain, with RFC 3339 times and money in minor units."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from contracts.seat_plans import STATUS_NAMES

JSON: Final = "application/json"


def _plain(value: object) -> object:
    """BSON's 64-bit numbers are a subclass of int, which msgspec does not take for one."""
    if isinstance(value, int):
        return int(value)
    raise NotImplementedError(type(value))


encode: Final = msgspec.json.Encoder(enc_hook=_plain).encode


class Money(Struct, frozen=True, kw_only=True):
    """An amount in minor units of an ISO 4217 currency."""

    amount_minor: int
    currency: str


class Window(Struct, frozen=True, kw_only=True):
    """From `opens_at` (inclusive) to `closes_at` (exclusive)."""

    opens_at: str
    closes_at: str


class Opening(Struct, frozen=True, kw_only=True):
    """When the presale opens for those who know its code."""

    opens_at: str


class Policy(Struct, frozen=True, kw_only=True):
    """The rules of a sale; `seats_per_buyer` null means no limit."""

    hold_seconds: int
    seats_per_hold: int
    seats_per_buyer: int | None
    leave_no_single_seat: bool


class Counts(Struct, frozen=True, kw_only=True):
    """They add up to the capacity. A hold that has lapsed counts as held until its end is recorded."""

    free: int
    held: int
    booked: int
    blocked: int


class Show(Struct, frozen=True, kw_only=True):
    """A show's terms and how it sells."""

    show_id: str
    version: int
    organiser_id: str
    title: str
    venue: str
    starts_at: str
    sale: Window
    presale: Opening | None
    prices: dict[str, Money]
    currency: str
    policy: Policy
    capacity: int
    seats: Counts


class ShowPage(Struct, frozen=True, kw_only=True):
    """Shows by their start. `next` is the cursor of the following page, null on the last one."""

    shows: list[Show]
    next: str | None


class Seat(Struct, frozen=True, kw_only=True):
    """One seat; `expires_at` is there while it is held."""

    seat: str
    status: str
    category: str
    price: Money
    accessible: bool
    expires_at: str | None


class Section(Struct, frozen=True, kw_only=True):
    """Seats in the order of the plan."""

    name: str
    seats: list[Seat]


class SeatMap(Struct, frozen=True, kw_only=True):
    """A seat map in full."""

    show_id: str
    version: int
    sections: list[Section]


class CompactSection(Struct, frozen=True, kw_only=True):
    """`statuses`: base64, one byte a seat in plan order, an index into `status_names`. `expires`: base64, one
    little-endian unsigned 16-bit number for each held seat in the same order, the seconds after `expires_from`
    (milliseconds since 1970) at which its hold has lapsed. `start`: how many seats the sections before this have."""

    name: str
    start: int
    statuses: bytes
    expires_from: int
    expires: bytes


class CompactSeatMap(Struct, frozen=True, kw_only=True):
    """A seat map in few bytes."""

    show_id: str
    version: int
    status_names: tuple[str, ...] = STATUS_NAMES
    sections: list[CompactSection]


class Hold(Struct, frozen=True, kw_only=True):
    """A hold of yours; `status` is held, released, expired, lapsed or booked."""

    hold_id: str
    show_id: str
    version: int
    status: str
    seats: list[str]
    total: Money
    expires_at: str


class Booking(Struct, frozen=True, kw_only=True):
    """A booking of yours; `amount` is what was paid for it."""

    booking_id: str
    show_id: str
    hold_id: str
    version: int
    seats: list[str]
    amount: Money
    payment_reference: str
    booked_at: str


class BookingPage(Struct, frozen=True, kw_only=True):
    """Bookings, the newest first. `next` is the cursor of the following page, null on the last one."""

    bookings: list[Booking]
    next: str | None


class BookingReceipt(Struct, frozen=True, kw_only=True):
    """What proves a booking: the place of its event in the log, and the SHA-256 of its bytes there."""

    booking_id: str
    partition: int
    offset: int
    sha256: str
    receipt: str


class CommandPending(Struct, frozen=True, kw_only=True):
    """Not known here yet; ask again after Retry-After."""

    command_id: str
    status: str = "pending"


class CommandOutcome(Struct, frozen=True, kw_only=True):
    """What the log says. `http_status` is what the command API would have answered; `data` is the event that
    decided it. A command sent twice has the event of the first time, and `repeated` is true."""

    command_id: str
    status: str = "decided"
    http_status: int
    show_id: str
    type: str
    version: int
    receipt: str
    repeated: bool
    data: Raw
    decided_at: str
