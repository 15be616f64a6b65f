"""The rules of a sale, written a second time from DOMAIN.md: what each command must become, one after the other."""

from collections import defaultdict, deque
from typing import Final, NamedTuple

import msgspec

from scenarios.checkers.houses import House, Wish
from scenarios.checkers.shapes import Conflict, Ended, EventData
from scenarios.oracle.bodies import Body, Book, Expire, HoldBest, HoldThese, Release, Schedule

DAY_MS: Final = 24 * 3600 * 1000
REFUSALS_KEPT: Final = 10_000
_NOT_REPEATED: Final = frozenset({"presale_code_digest"})
"""What a refusal does not repeat of its command."""


class Outcome(NamedTuple):
    """What a command must become: the event's type and data."""

    type: str
    data: EventData


class Seats(NamedTuple):
    """A hold or a booking: `version` is that of the event that made it, `expires_at` None for a booking."""

    id: str
    buyer_id: str
    labels: tuple[str, ...]
    amount_minor: int
    expires_at: int | None
    version: int

    def lapsed(self, at: int) -> bool:
        return self.expires_at is not None and at >= self.expires_at


class Answered(NamedTuple):
    """The event that answered a command id first."""

    digest: str
    version: int
    offset: int
    time: int


class Memory:
    """The command ids that were answered: with facts for ever, with refusals for a day, the newest ten thousand."""

    def __init__(self) -> None:
        self.facts: dict[str, Answered] = {}
        self.refusals: dict[str, Answered] = {}
        self.order: deque[tuple[str, Answered]] = deque()

    def find(self, command_id: str, at: int) -> Answered | None:
        found = self.facts.get(command_id)
        refusal = self.refusals.get(command_id)
        return refusal if found is None and refusal is not None and at < refusal.time + DAY_MS else found

    def keep(self, kind: str, command_id: str, answered: Answered) -> None:
        if kind in ("show-scheduled", "seats-held", "seats-booked", "seats-released"):
            self.facts[command_id] = answered
        elif kind in ("hold-refused", "booking-refused", "release-refused", "schedule-refused"):
            self.refusals[command_id] = answered
            self.order.append((command_id, answered))
            while len(self.order) > REFUSALS_KEPT or answered.time >= self.order[0][1].time + DAY_MS:
                oldest_id, oldest = self.order.popleft()
                if self.refusals.get(oldest_id) is oldest:
                    del self.refusals[oldest_id]


_REFUSED: Final = {
    Schedule: "schedule-refused",
    HoldThese: "hold-refused",
    HoldBest: "hold-refused",
    Release: "release-refused",
    Expire: "expiry-refused",
    Book: "booking-refused",
}


def refusal(body: Body, reason: str, **more: object) -> Outcome:
    """The refusal of a command repeats what was asked."""
    asked = {name: getattr(body, name) for name in body.__struct_fields__ if name not in _NOT_REPEATED}
    if isinstance(body, Schedule):
        asked = {"organiser_id": body.organiser_id, "title": body.title}
    return Outcome(_REFUSED[type(body)], msgspec.convert(asked | {"reason": reason} | more, EventData))


def scheduled(body: Schedule) -> Outcome:
    """The show's terms are those of the command."""
    return Outcome("show-scheduled", msgspec.convert(msgspec.to_builtins(body), EventData))


class Sale:
    """One show on sale, after the events so far. `at` is log time in milliseconds."""

    def __init__(self, terms: Schedule) -> None:
        self.terms = terms
        self.house = House(terms.plan)
        self.holds: dict[str, Seats] = {}
        self.bookings: dict[str, Seats] = {}
        """By the id of the hold that each came from."""
        self.on_seat: dict[str, Seats] = {}
        self.of_buyer: defaultdict[str, dict[str, Seats]] = defaultdict(dict)
        """What each holds and has booked, by the id of the hold."""
        self.lapsed: set[tuple[str, str]] = set()
        """(hold, buyer) of the holds that ended because their time was over."""

    def over(self, at: int) -> bool:
        return at >= max(self.terms.starts_at, self.terms.sale.closes_at) + DAY_MS

    def answer(self, body: Body, at: int, command_id: str) -> Outcome:
        """What this command must become; the show is not over and has not answered this id before."""
        match body:
            case Schedule():
                return refusal(body, "already_scheduled")
            case HoldThese() | HoldBest():
                return self._hold(body, at, command_id)
            case Book():
                return self._book(body, at, command_id)
            case Release():
                return self._release(body, at)
            case Expire():
                return self._expire(body, at)

    def apply(self, outcome: Outcome, version: int) -> None:
        """Move the seats as the outcome, which became this version, says."""
        data = outcome.data
        match outcome.type:
            case "seats-held":
                for ended in data.lapsed_holds:
                    self._lapse(ended.hold_id)
                assert data.hold_id is not None
                assert data.buyer_id is not None
                amount = sum(data.prices_minor)
                held = Seats(data.hold_id, data.buyer_id, data.seats, amount, data.expires_at, version)
                self.holds[held.id] = self.of_buyer[held.buyer_id][held.id] = held
                self.on_seat.update(dict.fromkeys(held.labels, held))
            case "seats-booked":
                assert data.hold_id is not None
                assert data.booking_id is not None
                hold = self.holds.pop(data.hold_id)
                booking = hold._replace(id=data.booking_id, expires_at=None, version=version)
                self.bookings[data.hold_id] = self.of_buyer[booking.buyer_id][data.hold_id] = booking
                self.on_seat.update(dict.fromkeys(booking.labels, booking))
            case "seats-released":
                assert data.hold_id is not None
                self._free(data.hold_id)
            case "hold-expired":
                assert data.hold_id is not None
                self._lapse(data.hold_id)

    def _lapse(self, hold_id: str) -> None:
        self.lapsed.add((hold_id, self.holds[hold_id].buyer_id))
        self._free(hold_id)

    def _free(self, hold_id: str) -> None:
        hold = self.holds.pop(hold_id)
        del self.of_buyer[hold.buyer_id][hold_id]
        for label in hold.labels:
            del self.on_seat[label]

    def _is_free(self, label: str, at: int) -> bool:
        seats = self.on_seat.get(label)
        return seats is None or seats.lapsed(at)

    def _hold(self, body: HoldThese | HoldBest, at: int, command_id: str) -> Outcome:
        closed = self._closed(body, at)
        if closed is not None:
            return refusal(body, closed)
        chosen = self._these(body, at) if isinstance(body, HoldThese) else self._best(body, at)
        if isinstance(chosen, Outcome):
            return chosen
        if self.terms.policy.leave_no_single_seat and self.house.leaves_single(chosen, lambda s: self._is_free(s, at)):
            return refusal(body, "leaves_single_seat")
        lapsed = dict.fromkeys(self.on_seat[label] for label in chosen if label in self.on_seat)
        data = EventData(
            hold_id=command_id,
            buyer_id=body.buyer_id,
            seats=chosen,
            prices_minor=tuple(self.terms.prices[self.house.row_of[label].category] for label in chosen),
            currency=self.terms.currency,
            expires_at=at + 1000 * self.terms.policy.hold_seconds,
            lapsed_holds=tuple(Ended(hold.id, hold.buyer_id, hold.labels) for hold in lapsed),
        )
        return Outcome("seats-held", data)

    def _closed(self, body: HoldThese | HoldBest, at: int) -> str | None:
        sale, presale = self.terms.sale, self.terms.presale
        if at >= sale.closes_at:
            return "sale_closed"
        if at >= sale.opens_at:
            return None
        if presale is None or at < presale.opens_at:
            return "sale_not_open"
        if body.presale_code_digest is None:
            return "presale_code_needed"
        return None if body.presale_code_digest == presale.code_digest else "presale_code_wrong"

    def _these(self, body: HoldThese, at: int) -> tuple[str, ...] | Outcome:
        if len(body.seats) > self.terms.policy.seats_per_hold:
            return refusal(body, "too_many_seats")
        if any(label not in self.house.row_of for label in body.seats):
            return refusal(body, "unknown_seats")
        if len(set(body.seats)) < len(body.seats):
            return refusal(body, "duplicate_seats")
        conflicts = tuple(
            Conflict(label, "booked" if there.expires_at is None else "held", there.version)
            for label in body.seats
            if (there := self.on_seat.get(label)) is not None and not there.lapsed(at)
        )
        if conflicts:
            return refusal(body, "seats_taken", conflicts=conflicts)
        return refusal(body, "buyer_limit") if self._too_many(body.buyer_id, len(body.seats), at) else body.seats

    def _best(self, body: HoldBest, at: int) -> tuple[str, ...] | Outcome:
        if body.quantity > self.terms.policy.seats_per_hold:
            return refusal(body, "too_many_seats")
        if self._too_many(body.buyer_id, body.quantity, at):
            return refusal(body, "buyer_limit")
        if len(self.house.row_of) - len(self.on_seat) < body.quantity and not any(
            there.lapsed(at) for there in self.holds.values()
        ):
            return refusal(body, "no_match")
        wish = Wish(body.quantity, body.category, body.section, body.accessible, body.together)
        return self.house.best(wish, lambda label: self._is_free(label, at)) or refusal(body, "no_match")

    def _too_many(self, buyer_id: str, more: int, at: int) -> bool:
        limit = self.terms.policy.seats_per_buyer
        if limit is None:
            return False
        has = self.of_buyer[buyer_id].values()
        return more + sum(len(seats.labels) for seats in has if not seats.lapsed(at)) > limit

    def _book(self, body: Book, at: int, command_id: str) -> Outcome:
        booking = self.bookings.get(body.hold_id)
        if booking is not None and booking.buyer_id == body.buyer_id:
            return refusal(body, "already_booked", booking_id=booking.id)
        hold = self._held(body, at)
        if isinstance(hold, Outcome):
            return hold
        if hold.amount_minor != body.amount_minor or self.terms.currency != body.currency:
            due = {"due_minor": hold.amount_minor, "due_currency": self.terms.currency}
            return refusal(body, "wrong_amount", **due)
        data = EventData(
            booking_id=command_id,
            hold_id=hold.id,
            buyer_id=hold.buyer_id,
            seats=hold.labels,
            amount_minor=hold.amount_minor,
            currency=self.terms.currency,
            payment_reference=body.payment_reference,
        )
        return Outcome("seats-booked", data)

    def _release(self, body: Release, at: int) -> Outcome:
        hold = self._held(body, at)
        if isinstance(hold, Outcome):
            return hold
        return Outcome("seats-released", EventData(hold_id=hold.id, buyer_id=hold.buyer_id, seats=hold.labels))

    def _held(self, body: Book | Release, at: int) -> Seats | Outcome:
        """The caller's own hold, in time."""
        hold = self.holds.get(body.hold_id)
        if hold is None:
            was_theirs = (body.hold_id, body.buyer_id) in self.lapsed
            return refusal(body, "hold_lapsed" if was_theirs else "unknown_hold")
        if hold.buyer_id != body.buyer_id:
            return refusal(body, "not_your_hold")
        return refusal(body, "hold_lapsed") if hold.lapsed(at) else hold

    def _expire(self, body: Expire, at: int) -> Outcome:
        hold = self.holds.get(body.hold_id)
        if hold is None:
            return refusal(body, "unknown_hold")
        if not hold.lapsed(at):
            return refusal(body, "not_due")
        return Outcome("hold-expired", EventData(hold_id=hold.id, buyer_id=hold.buyer_id, seats=hold.labels))
