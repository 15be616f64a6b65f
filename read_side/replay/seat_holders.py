"""Who has which seat, kept from the facts alone: a second account beside the show's state, for I1 and I10."""

from copy import copy
from typing import NamedTuple

from contracts.events import Event, HoldExpired, LapsedHold, SeatsBooked, SeatsHeld, SeatsReleased, ShowScheduled
from contracts.records import Instant
from contracts.seat_plans import BOOKED, FREE, HELD, SeatIndex


class DoublyHeld(Exception):
    """A fact gives a seat away that is not free, or takes one from somebody who does not have it."""


class Holding(NamedTuple):
    """A hold or a booking: whose, which seats, and until when if it is a hold."""

    buyer_id: str
    seats: tuple[str, ...]
    expires_at: Instant | None


class SeatHolders:
    """The seats of one show by label. Each seat is free or belongs to one hold id, at every prefix of the log."""

    def __init__(self, scheduled: ShowScheduled) -> None:
        self.index = SeatIndex(scheduled.plan)
        self._holdings: dict[str, Holding] = {}
        self._holder: dict[str, str] = {}

    def copy(self) -> "SeatHolders":
        """Another account of the same seats, to try something on."""
        other = copy(self)
        other._holdings, other._holder = dict(self._holdings), dict(self._holder)
        return other

    def apply(self, event: Event, time: Instant) -> None:
        """Move the seats as this event of the show says. Raises DoublyHeld."""
        if isinstance(event, SeatsHeld):
            for lapsed in event.lapsed_holds:
                self._end(lapsed, time)
            self._take(event)
        elif isinstance(event, SeatsBooked):
            self._book(event, time)
        elif isinstance(event, HoldExpired):
            self._end(event, time)
        elif isinstance(event, SeatsReleased):
            self._check_whole(event)
            self._free(event.hold_id)

    def statuses(self) -> bytearray:
        """One byte a seat in plan order, as contracts/seat_plans.py has it; lapsed but unrecorded counts as held."""
        statuses = bytearray([FREE]) * self.index.capacity
        for seat, hold_id in self._holder.items():
            position = self.index.position(seat)
            assert position is not None, seat
            statuses[position] = BOOKED if self._holdings[hold_id].expires_at is None else HELD
        return statuses

    def _take(self, event: SeatsHeld) -> None:
        if event.hold_id in self._holdings:
            raise DoublyHeld(f"hold {event.hold_id} exists already")
        for seat in event.seats:
            if self.index.position(seat) is None:
                raise DoublyHeld(f"the house has no seat {seat}")
            if seat in self._holder:
                raise DoublyHeld(f"seat {seat} is given away while hold {self._holder[seat]} has it")
            self._holder[seat] = event.hold_id
        self._holdings[event.hold_id] = Holding(event.buyer_id, event.seats, event.expires_at)

    def _book(self, event: SeatsBooked, time: Instant) -> None:
        holding = self._check_whole(event)
        if holding.expires_at is None or time >= holding.expires_at:
            raise DoublyHeld(f"hold {event.hold_id} is booked, but it was over or booked before")
        self._holdings[event.hold_id] = holding._replace(expires_at=None)

    def _end(self, event: LapsedHold | HoldExpired, time: Instant) -> None:
        holding = self._check_whole(event)
        if holding.expires_at is None or time < holding.expires_at:
            raise DoublyHeld(f"hold {event.hold_id} is ended before its time")
        self._free(event.hold_id)

    def _check_whole(self, event: LapsedHold | HoldExpired | SeatsReleased | SeatsBooked) -> Holding:
        holding = self._holdings.get(event.hold_id)
        if holding is None or holding.buyer_id != event.buyer_id or holding.seats != event.seats:
            raise DoublyHeld(f"hold {event.hold_id} of {event.buyer_id} with {len(event.seats)} seats is not there")
        return holding

    def _free(self, hold_id: str) -> None:
        for seat in self._holdings.pop(hold_id).seats:
            del self._holder[seat]
