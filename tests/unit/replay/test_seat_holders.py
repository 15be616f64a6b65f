"""The second account of who has which seat: each arrow that is not in the domain is refused."""

import pytest

from contracts.events import HoldExpired, LapsedHold, SeatsBooked, SeatsHeld, SeatsReleased, ShowScheduled
from contracts.seat_plans import BOOKED, FREE, HELD
from read_side.replay.seat_holders import DoublyHeld, SeatHolders
from tests.commands import schedule_show

EXPIRES_AT = 1_000


def a_show() -> SeatHolders:
    show = schedule_show(4)
    fields = {name: getattr(show, name) for name in ShowScheduled.__struct_fields__}
    return SeatHolders(ShowScheduled(**fields))


def held(*seats: str, hold_id: str = "h1", lapsed: tuple[LapsedHold, ...] = ()) -> SeatsHeld:
    prices = (1,) * len(seats)
    return SeatsHeld(
        hold_id=hold_id,
        buyer_id="ann",
        seats=seats,
        prices_minor=prices,
        currency="EUR",
        expires_at=EXPIRES_AT,
        lapsed_holds=lapsed,
    )


def booked(*seats: str, hold_id: str = "h1", by: str = "ann") -> SeatsBooked:
    return SeatsBooked(
        booking_id="b1",
        hold_id=hold_id,
        buyer_id=by,
        seats=seats,
        amount_minor=1,
        currency="EUR",
        payment_reference="p",
    )


def released(*seats: str) -> SeatsReleased:
    return SeatsReleased(hold_id="h1", buyer_id="ann", seats=seats)


def expired(*seats: str) -> HoldExpired:
    return HoldExpired(hold_id="h1", buyer_id="ann", seats=seats)


def test_statuses_follow_the_facts():
    show = a_show()
    show.apply(held("A-1-1", "A-1-2"), 0)
    show.apply(held("A-1-4", hold_id="h2"), 0)
    show.apply(booked("A-1-4", hold_id="h2"), 1)
    assert list(show.statuses()) == [HELD, HELD, FREE, BOOKED]
    show.apply(released("A-1-1", "A-1-2"), 2)
    assert list(show.statuses()) == [FREE, FREE, FREE, BOOKED]


def test_who_takes_a_lapsed_seat_ends_the_hold_whole():
    show = a_show()
    show.apply(held("A-1-1", "A-1-2"), 0)
    lapsed = LapsedHold(hold_id="h1", buyer_id="ann", seats=("A-1-1", "A-1-2"))
    show.apply(held("A-1-2", hold_id="h2", lapsed=(lapsed,)), EXPIRES_AT)
    assert list(show.statuses()) == [FREE, HELD, FREE, FREE]


@pytest.mark.parametrize(
    ("event", "time", "says"),
    [
        (held("A-1-1", hold_id="h2"), 1, "given away while hold h1 has it"),
        (held("A-1-1", hold_id="h2"), EXPIRES_AT, "given away while hold h1 has it"),
        (held("A-1-3"), 1, "exists already"),
        (held("B-1-1", hold_id="h2"), 1, "has no seat B-1-1"),
        (booked("A-1-1"), 1, "is not there"),
        (booked("A-1-1", "A-1-2", by="eve"), 1, "is not there"),
        (booked("A-1-3", hold_id="h3"), 1, "is not there"),
        (booked("A-1-1", "A-1-2"), EXPIRES_AT, "was over or booked before"),
        (expired("A-1-1", "A-1-2"), EXPIRES_AT - 1, "ended before its time"),
        (released("A-1-1"), 1, "is not there"),
    ],
)
def test_anything_else_is_refused(event: SeatsHeld | SeatsBooked | SeatsReleased | HoldExpired, time: int, says: str):
    show = a_show()
    show.apply(held("A-1-1", "A-1-2"), 0)
    with pytest.raises(DoublyHeld, match=says):
        show.apply(event, time)


@pytest.mark.parametrize("event", [booked("A-1-1"), expired("A-1-1")])
def test_what_is_booked_can_neither_be_booked_again_nor_lapse(event: SeatsBooked | HoldExpired):
    show = a_show()
    show.apply(held("A-1-1"), 0)
    show.apply(booked("A-1-1"), 1)
    with pytest.raises(DoublyHeld):
        show.apply(event, EXPIRES_AT)
