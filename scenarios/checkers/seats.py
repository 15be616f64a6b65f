"""Who has which seat after each event, and whether that was right: I1, I9, I10, and refusals that were not true."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scenarios.checkers.findings import Finding
from scenarios.checkers.houses import House, Wish
from scenarios.checkers.recorded import Event, RecordedLog, by_show
from scenarios.checkers.shapes import EventData


class Grant(NamedTuple):
    """Seats that somebody has; `expires_at` is None once they are booked."""

    buyer_id: str
    seats: tuple[str, ...]
    expires_at: int | None


class Occupancy:
    """The seats of one show, moved by its events as they say, right or wrong."""

    def __init__(self) -> None:
        self.house: House | None = None
        self.grants: dict[str, Grant] = {}
        self.holder: dict[str, str] = {}

    def is_free(self, seat: str, time: int) -> bool:
        """Whether a seat can be had at this time: nobody has it, or only a hold whose time is over."""
        grant = self.grant_of(seat)
        return grant is None or (grant.expires_at is not None and time >= grant.expires_at)

    def grant_of(self, seat: str) -> Grant | None:
        """Who has a seat; nobody if the log, being wrong, ended a hold and left some of its seats."""
        return self.grants.get(self.holder.get(seat, ""))

    def apply(self, event: Event) -> Iterator[tuple[str, str]]:
        """Move the seats; gives (invariant, what) for everything about it that must not be."""
        data = event.data
        match event.type:
            case "show-scheduled":
                if data.plan is not None and self.house is None:
                    self.house = House(data.plan)
                else:
                    yield "log", "a show was scheduled twice, or without a plan"
            case "seats-held":
                for ended in data.lapsed_holds:
                    yield from self._end(ended.hold_id, ended.buyer_id, ended.seats, event.time, lapsed=True)
                yield from self._hold(data)
            case "seats-booked":
                yield from self._book(data, event.time)
            case "seats-released":
                yield from self._end(data.hold_id, data.buyer_id, data.seats, event.time, lapsed=False)
            case "hold-expired":
                yield from self._end(data.hold_id, data.buyer_id, data.seats, event.time, lapsed=True)

    def _hold(self, data: EventData) -> Iterator[tuple[str, str]]:
        hold_id, buyer_id = data.hold_id or "", data.buyer_id or ""
        if not data.seats or len(set(data.seats)) != len(data.seats):
            yield "log", f"hold {hold_id} has no seats, or one twice"
        for seat in data.seats:
            if self.house is None or seat not in self.house.row_of:
                yield "I10", f"seat {seat} is not in the house"
            grant = self.grant_of(seat)
            if grant is not None:
                yield "I1", f"seat {seat} is given to {buyer_id} while {grant.buyer_id} has it"
            self.holder[seat] = hold_id
        if hold_id in self.grants:
            yield "I3", f"hold {hold_id} is made twice"
        self.grants[hold_id] = Grant(buyer_id, data.seats, data.expires_at)

    def _book(self, data: EventData, time: int) -> Iterator[tuple[str, str]]:
        yield from self._check_whose(data.hold_id, data.buyer_id, data.seats)
        grant = self.grants.get(data.hold_id or "")
        if grant is None:
            grant = Grant(data.buyer_id or "", data.seats, None)
        elif grant.expires_at is None:
            yield "I1", f"hold {data.hold_id} is booked twice"
        elif time >= grant.expires_at:
            yield "I9", f"hold {data.hold_id} is booked after its time"
        for seat in data.seats:
            owner = self.holder.get(seat)
            if owner != data.hold_id:
                yield "I1", f"seat {seat} is sold to {data.buyer_id} but belongs to hold {owner}"
            self.holder[seat] = data.hold_id or ""
        self.grants[data.hold_id or ""] = grant._replace(expires_at=None)

    def _end(
        self, hold_id: str | None, buyer_id: str | None, seats: tuple[str, ...], time: int, *, lapsed: bool
    ) -> Iterator[tuple[str, str]]:
        yield from self._check_whose(hold_id, buyer_id, seats)
        grant = self.grants.pop(hold_id or "", None)
        if grant is None:
            return
        if grant.expires_at is None:
            yield "I1", f"hold {hold_id} is ended although it is booked"
        elif lapsed != (time >= grant.expires_at):
            yield "I9", f"hold {hold_id} is {'ended before' if lapsed else 'released after'} its time"
        for seat in grant.seats:
            if self.holder.get(seat) == hold_id:
                del self.holder[seat]

    def _check_whose(
        self, hold_id: str | None, buyer_id: str | None, seats: tuple[str, ...]
    ) -> Iterator[tuple[str, str]]:
        grant = self.grants.get(hold_id or "")
        if grant is None:
            yield "I1", f"hold {hold_id} is not there"
        elif grant.buyer_id != buyer_id:
            yield "I9", f"hold {hold_id} belongs to {grant.buyer_id}, not to {buyer_id}"
        elif set(grant.seats) != set(seats):
            yield "I1", f"hold {hold_id} has the seats {grant.seats}, not {seats}"


def check_seats(log: RecordedLog) -> list[Finding]:
    """At most one holder a seat at every prefix; only its holder books or releases it, in time; no seat is unknown."""
    findings = []
    for events in by_show(log.valid).values():
        occupancy = Occupancy()
        for event in events:
            findings += [Finding(invariant, what, event.where) for invariant, what in occupancy.apply(event)]
    return findings


def false_refusals(log: RecordedLog) -> list[Event]:
    """The events that refused seats (`seats_taken`, `no_match`) although all that was asked for could be had."""
    found = []
    for events in by_show(log.valid).values():
        occupancy = Occupancy()
        for event in events:
            if event.type == "hold-refused" and occupancy.house is not None and _is_false(occupancy, event):
                found.append(event)
            for _ in occupancy.apply(event):
                pass
    return found


def check_refusals(log: RecordedLog) -> list[Finding]:
    """Nobody is refused seats that could all be had, those of lapsed holds included."""
    return [Finding("refusals", _asked(event.data), event.where) for event in false_refusals(log)]


def _is_false(occupancy: Occupancy, event: Event) -> bool:
    house, data = occupancy.house, event.data
    assert house is not None

    def is_free(seat: str) -> bool:
        return occupancy.is_free(seat, event.time)

    if data.reason == "seats_taken":
        return all(is_free(seat) for seat in data.seats)
    if data.reason == "no_match":
        if sum(map(is_free, house.row_of)) < (data.quantity or 0):
            return False
        wish = Wish(data.quantity or 0, data.category, data.section, data.accessible, data.together)
        return house.best(wish, is_free) is not None
    return False


def _asked(data: EventData) -> str:
    wanted: Sequence[str] = data.seats or (f"{data.quantity} seats",)
    return f"{data.buyer_id} was refused {', '.join(wanted)} ({data.reason}), but could have had them"
