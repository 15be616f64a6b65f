"""A show's state, and how each event changes it.

Everything changeable lives in dicts, two arrays and a few attributes, and is written through the show's journal
only. `evolve` never asks whether an event was right: that was decided before it was recorded. It never raises on a
valid log; on another, LookupError.
"""

from typing import Final, assert_never

from msgspec import Struct

from contracts.events import (
    BookingRefused,
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    Event,
    ExpiryRefused,
    HoldExpired,
    HoldRefused,
    ReleaseRefused,
    ScheduleRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
    ShowScheduled,
)
from contracts.limits import OVER_AFTER_MS
from contracts.records import GENESIS, Instant
from contracts.seat_plans import BOOKED, FREE, HELD, SeatIndex, SeatPlan
from write_side.domain.identity import Memory
from write_side.domain.journal import Journal

NO_SEATS: Final = SeatIndex(SeatPlan(sections=()))


class Hold(Struct, frozen=True, gc=False):
    """Seats kept for a buyer; `seats` are positions, `version` is that of the event that made it."""

    id: str
    buyer_id: str
    seats: tuple[int, ...]
    amount_minor: int
    expires_at: Instant
    version: int

    def lapsed(self, at: Instant) -> bool:
        """Whether its time is over, recorded or not."""
        return at >= self.expires_at


class Booking(Struct, frozen=True, gc=False):
    """Seats that a buyer owns; `seats` are positions, `version` is that of the event that made it."""

    id: str
    hold_id: str
    buyer_id: str
    seats: tuple[int, ...]
    amount_minor: int
    version: int


class Show:
    """One show (or, while `over_at` is None, one not scheduled). `head` is the hash of its last valid record."""

    __slots__ = (
        "booked_holds",
        "bookings",
        "forgotten",
        "head",
        "holds",
        "id",
        "index",
        "journal",
        "lapsed_holds",
        "memory",
        "occupants",
        "over_at",
        "seats_of_buyer",
        "statuses",
        "terms",
        "time",
        "version",
    )

    def __init__(self, show_id: str, journal: Journal) -> None:
        self.id = show_id
        self.journal = journal
        self.version = 0
        self.head = GENESIS
        self.time: Instant = 0
        self.over_at: Instant | None = None
        self._empty()

    def _empty(self) -> None:
        self.forgotten = False
        self.terms: ShowScheduled | None = None
        self.index = NO_SEATS
        self.statuses = bytearray()
        self.occupants: list[Hold | Booking | None] = []
        self.holds: dict[str, Hold] = {}
        self.bookings: dict[str, Booking] = {}
        self.booked_holds: dict[str, str] = {}
        self.lapsed_holds: dict[str, str] = {}
        """Whose a hold was that ended because its time was over: told apart from one that never was."""
        self.seats_of_buyer: dict[str, int] | None = None
        """Seats held and booked by each buyer that has any; None where the terms do not limit them."""
        self.memory = Memory(self.journal)

    def over(self, at: Instant) -> bool:
        """Whether the show has been over for so long that it only answers that it is."""
        return self.over_at is not None and at >= self.over_at

    def forget(self) -> None:
        """Drop all but version, chain head and the time since when the show is over; it only answers that it is."""
        self._empty()
        self.forgotten = True


def evolve(show: Show, event: Event) -> None:
    """Change the show as this event says; its version and time are the show's already."""
    match event:
        case SeatsHeld():
            _hold(show, event)
        case SeatsBooked():
            _book(show, event)
        case SeatsReleased():
            _free(show, event.hold_id)
        case HoldExpired():
            _lapse(show, event.hold_id)
        case ShowScheduled():
            _schedule(show, event)
        case ScheduleRefused() | HoldRefused() | ReleaseRefused() | ExpiryRefused() | BookingRefused():
            pass
        case CommandRepeated() | CommandIdReused() | CommandUnreadable() | CommandFailed():
            pass
        case _:
            assert_never(event)


def _schedule(show: Show, event: ShowScheduled) -> None:
    index = SeatIndex(event.plan)
    show.journal.assign(show, "over_at", max(event.starts_at, event.sale.closes_at) + OVER_AFTER_MS)
    show.journal.assign(show, "terms", event)
    show.journal.assign(show, "index", index)
    show.journal.assign(show, "statuses", bytearray(index.capacity))
    show.journal.assign(show, "occupants", [None] * index.capacity)
    show.journal.assign(show, "seats_of_buyer", None if event.policy.seats_per_buyer is None else {})


def _hold(show: Show, event: SeatsHeld) -> None:
    for lapsed in event.lapsed_holds:
        _lapse(show, lapsed.hold_id)
    journal = show.journal
    hold = Hold(
        event.hold_id,
        event.buyer_id,
        show.index.positions(event.seats),
        sum(event.prices_minor),
        event.expires_at,
        show.version,
    )
    journal.put(show.holds, hold.id, hold)
    journal.fill(show.statuses, hold.seats, HELD)
    journal.fill(show.occupants, hold.seats, hold)
    _count(show, hold.buyer_id, len(hold.seats))


def _lapse(show: Show, hold_id: str) -> None:
    show.journal.put(show.lapsed_holds, hold_id, show.holds[hold_id].buyer_id)
    _free(show, hold_id)


def _free(show: Show, hold_id: str) -> None:
    journal, hold = show.journal, show.holds[hold_id]
    journal.drop(show.holds, hold_id)
    journal.fill(show.statuses, hold.seats, FREE)
    journal.fill(show.occupants, hold.seats, None)
    _count(show, hold.buyer_id, -len(hold.seats))


def _count(show: Show, buyer_id: str, seats: int) -> None:
    counts = show.seats_of_buyer
    if counts is None:
        return
    has = counts.get(buyer_id, 0) + seats
    if has:
        show.journal.put(counts, buyer_id, has)
    else:
        show.journal.drop(counts, buyer_id)


def _book(show: Show, event: SeatsBooked) -> None:
    journal, hold = show.journal, show.holds[event.hold_id]
    booking = Booking(event.booking_id, hold.id, hold.buyer_id, hold.seats, event.amount_minor, show.version)
    journal.drop(show.holds, hold.id)
    journal.put(show.bookings, booking.id, booking)
    journal.put(show.booked_holds, hold.id, booking.id)
    journal.fill(show.statuses, booking.seats, BOOKED)
    journal.fill(show.occupants, booking.seats, booking)


def occupant_of(show: Show, seat: int) -> Hold | Booking:
    """Who has a seat that is not free."""
    occupant = show.occupants[seat]
    assert occupant is not None, seat
    return occupant


def lapsed_hold(show: Show, seat: int, at: Instant) -> Hold | None:
    """The hold on this seat if its time is over, though nothing has recorded that yet."""
    occupant = show.occupants[seat]
    return occupant if isinstance(occupant, Hold) and occupant.lapsed(at) else None


def open_statuses(show: Show, at: Instant) -> bytearray:
    """The statuses as a buyer may count on them: seats of lapsed holds are free. Not to be changed."""
    lapsed = [hold for hold in show.holds.values() if hold.expires_at <= at]
    if not lapsed:
        return show.statuses
    statuses = bytearray(show.statuses)
    for hold in lapsed:
        for seat in hold.seats:
            statuses[seat] = FREE
    return statuses
