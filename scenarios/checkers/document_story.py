"""What the documents of one show must say at every version: the checkers' own fold of its events."""

from collections import defaultdict
from collections.abc import Iterable, Set
from typing import NamedTuple

from msgspec.structs import replace

from contracts.records import place_text
from contracts.seat_plans import BOOKED, FREE, HELD
from scenarios.checkers.document_shapes import BookingRow, HoldRow, OutcomeRow, SectionRow, ShowRow
from scenarios.checkers.houses import House
from scenarios.checkers.recorded import Event
from scenarios.checkers.seats import Occupancy
from scenarios.checkers.shapes import SaleTimes
from scenarios.history import NULL


class Shown(NamedTuple):
    """A show's own document and its sections' at one version; a section is named by its show's version here."""

    show: ShowRow
    sections: dict[str, SectionRow]


class Story:
    """One show's events, as the documents must show them; `shown` has only the versions that were asked for."""

    def __init__(self, events: Iterable[Event], looked_at: Set[int]) -> None:
        self.shown: dict[int, Shown] = {}
        self.offsets: dict[int, int] = {}
        self.scheduled: Event | None = None
        self.touched: dict[str, list[int]] = defaultdict(list)
        """Section to the versions that changed a seat of it."""
        self.holds: dict[str, list[HoldRow]] = defaultdict(list)
        """Hold to its document from each version on that changed it."""
        self.bookings: dict[str, BookingRow] = {}
        occupancy = Occupancy()
        for event in events:
            for _ in occupancy.apply(event):
                pass
            self.offsets[event.version] = event.offset
            self._deal(event)
            if occupancy.house is None:
                continue
            if self.scheduled is None:
                self.scheduled = event
            for section in _sections_of(event, occupancy.house):
                self.touched[section].append(event.version)
            if event.version in looked_at:
                self.shown[event.version] = _shown(self.scheduled, event.version, occupancy, occupancy.house)

    def _deal(self, event: Event) -> None:
        """Holds and bookings."""
        data = event.data
        match event.type:
            case "seats-held":
                for ended in data.lapsed_holds:
                    self._end(ended.hold_id, event.version, "lapsed")
                hold = _hold(event)
                self.holds[hold.id].append(hold)
            case "seats-released":
                self._end(data.hold_id, event.version, "released")
            case "hold-expired":
                self._end(data.hold_id, event.version, "expired")
            case "seats-booked":
                self._end(data.hold_id, event.version, "booked")
                booking = _booking(event)
                self.bookings[booking.id] = booking

    def _end(self, hold_id: str | None, version: int, status: str) -> None:
        """A hold that the log, being wrong, ends without having made it has no document."""
        made = self.holds.get(hold_id or "")
        if made:
            made.append(replace(made[-1], version=version, status=status))


def outcome(event: Event) -> OutcomeRow:
    """What the command's document must say but for `data`, which is compared on its own."""
    return OutcomeRow(
        place=place_text(event.partition, *event.source[:2]),
        version=event.version,
        show_id=event.show_id,
        command_id=event.command_id,
        caller_id=event.data.buyer_id or event.data.organiser_id,
        type=event.type,
        data=NULL,
        receipt=event.receipt,
        time=event.time,
    )


def _hold(event: Event) -> HoldRow:
    data = event.data
    return HoldRow(
        id=data.hold_id or "",
        version=event.version,
        show_id=event.show_id,
        buyer_id=data.buyer_id or "",
        status="held",
        seats=data.seats,
        prices_minor=data.prices_minor,
        currency=data.currency or "",
        expires_at=data.expires_at or 0,
    )


def _booking(event: Event) -> BookingRow:
    data = event.data
    return BookingRow(
        id=data.booking_id or "",
        version=event.version,
        show_id=event.show_id,
        hold_id=data.hold_id or "",
        buyer_id=data.buyer_id or "",
        seats=data.seats,
        amount_minor=data.amount_minor or 0,
        currency=data.currency or "",
        payment_reference=data.payment_reference or "",
        booked_at=event.time,
        receipt=event.receipt,
    )


def _shown(scheduled: Event, version: int, occupancy: Occupancy, house: House) -> Shown:
    statuses: dict[str, bytearray] = defaultdict(bytearray)
    expires: dict[str, bytearray] = defaultdict(bytearray)
    starts: dict[str, int] = {}
    for row in house.rows:
        starts.setdefault(row.section, row.order)
        for label in row.labels:
            status, lapses = _seat(occupancy, label)
            statuses[row.section].append(status)
            expires[row.section] += lapses
    sections = {
        name: SectionRow(
            show_id=scheduled.show_id,
            section=name,
            version=version,
            start=start,
            statuses=bytes(statuses[name]),
            expires=bytes(expires[name]),
        )
        for name, start in starts.items()
    }
    return Shown(_show(scheduled, version, b"".join(statuses.values())), sections)


def _seat(occupancy: Occupancy, label: str) -> tuple[int, bytes]:
    """Its status, and if it is held when that ends."""
    grant = occupancy.grant_of(label)
    if grant is None:
        return FREE, b""
    if grant.expires_at is None:
        return BOOKED, b""
    return HELD, grant.expires_at.to_bytes(8, "little", signed=True)


def _show(scheduled: Event, version: int, every: bytes) -> ShowRow:
    data = scheduled.data
    sale = data.sale or SaleTimes(0, 0)
    return ShowRow(
        id=scheduled.show_id,
        version=version,
        organiser_id=data.organiser_id or "",
        title=data.title or "",
        venue=data.venue or "",
        starts_at=data.starts_at or 0,
        sale_opens_at=sale.opens_at,
        sale_closes_at=sale.closes_at,
        presale_opens_at=None if data.presale is None else data.presale.opens_at,
        prices=data.prices or {},
        currency=data.currency or "",
        policy=data.policy,
        capacity=len(every),
        free=every.count(FREE),
        held=every.count(HELD),
        booked=every.count(BOOKED),
        blocked=0,
    )


def _sections_of(event: Event, house: House) -> set[str]:
    """Whose seats the event changes."""
    if event.type == "show-scheduled":
        return {row.section for row in house.rows}
    if event.type not in ("seats-held", "seats-released", "hold-expired", "seats-booked"):
        return set()
    seats = [*event.data.seats, *(seat for ended in event.data.lapsed_holds for seat in ended.seats)]
    return {house.row_of[seat].section for seat in seats if seat in house.row_of}
