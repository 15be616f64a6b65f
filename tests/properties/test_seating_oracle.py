"""Best available against brute force: every set of seats of a small house, ranked as the ladder says."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.seat_plans import BOOKED, FREE, HELD, Row, SeatIndex, SeatPlan, Section
from tests.search_depth import assert_notices, searched
from write_side.domain import seating
from write_side.domain.seating import Wish, best_available, leaves_single_seat

SMALLEST_PARTY = 2


@st.composite
def houses(draw: st.DrawFn) -> tuple[SeatPlan, bytes]:
    """One or two sections of one to three rows of one to five seats, and their statuses."""
    plan = SeatPlan(
        sections=tuple(
            Section(
                name=name,
                rows=tuple(
                    Row(
                        name=str(number),
                        seats=(seats := draw(st.integers(1, 5))),
                        first=(first := draw(st.sampled_from((1, 11)))),
                        category=draw(st.sampled_from(("gold", "gold", "silver"))),
                        accessible=tuple(draw(st.sets(st.integers(first, first + seats - 1)))),
                    )
                    for number in range(draw(st.integers(1, 3)))
                ),
            )
            for name in draw(st.sampled_from((["A"], ["A", "B"])))
        )
    )
    size = plan.capacity()
    return plan, bytes(draw(st.lists(st.sampled_from((FREE, FREE, HELD, BOOKED)), min_size=size, max_size=size)))


WISHES = st.builds(
    Wish,
    quantity=st.integers(1, 5),
    category=st.sampled_from((None, None, "gold", "silver")),
    section=st.sampled_from((None, None, "A", "B")),
    accessible=st.sampled_from((False, False, True)),
    together=st.booleans(),
)
ASKED = st.tuples(houses(), WISHES)


class Seat:
    """A seat of the plan with all that counts: its row, its number in it, and its distance to the focal point."""

    def __init__(self, position: int, section: str, depth: int, number: int, row: Row, status: int) -> None:
        self.position, self.section, self.depth, self.number = position, section, depth, number
        self.row, self.width, self.free = row, row.seats, status == FREE
        self.key = (section, depth)


def seats_of(plan: SeatPlan, statuses: bytes) -> list[Seat]:
    places = [
        (section.name, depth, number, row)
        for section in plan.sections
        for depth, row in enumerate(section.rows)
        for number in range(row.seats)
    ]
    return [Seat(position, *place, statuses[position]) for position, place in enumerate(places)]


def oracle(plan: SeatPlan, statuses: bytes, wish: Wish) -> tuple[int, ...] | None:
    """The best of all sets of seats."""
    seats = seats_of(plan, statuses)
    allowed = [
        seat
        for seat in seats
        if seat.free
        and wish.category in (None, seat.row.category)
        and wish.section in (None, seat.section)
        and (not wish.accessible or seat.row.first + seat.number in seat.row.accessible)
    ]
    ranked = [
        (rung, distance, tuple(seat.position for seat in party))
        for party in combinations(allowed, wish.quantity)
        for rung, distance in [rank(seats, party)]
        if rung < 4 or not wish.together
    ]
    if not ranked:
        return None
    if min(ranked)[0] < 4:
        return min(ranked)[2]
    nearest = sorted((distance([seat]), seat.position) for seat in allowed)[: wish.quantity]
    return tuple(sorted(position for _, position in nearest))


def rank(seats: list[Seat], party: tuple[Seat, ...]) -> tuple[int, int]:
    """The rung of the ladder that a party's seats are on, and their distance."""
    rows = sorted({seat.key for seat in party})
    parts = [[seat for seat in party if seat.key == row] for row in rows]
    if not all(side_by_side(part) for part in parts):
        return 4, 0
    if len(rows) == 1:
        return (2 if alone(seats, party) else 1), distance(parts[0])
    adjoining = len(rows) == 2 and rows[0][0] == rows[1][0] and rows[1][1] == rows[0][1] + 1
    if adjoining and min(map(len, parts)) >= SMALLEST_PARTY:
        return 3, sum(map(distance, parts))
    return 4, 0


def side_by_side(part: list[Seat]) -> bool:
    return all(right.number == left.number + 1 for left, right in pairwise(part))


def distance(part: list[Seat]) -> int:
    """Squared, from the middle of the seats to the middle of the front row, in half seat widths."""
    middle = part[0].number + part[-1].number + 1
    return (middle - part[0].width) ** 2 + (2 * part[0].depth) ** 2


def alone(seats: list[Seat], party: tuple[Seat, ...]) -> bool:
    """Whether a free seat beside the party has no free neighbour once they sit."""
    taken = {(seat.key, seat.number) for seat in party}
    free = {(seat.key, seat.number) for seat in seats if seat.free} - taken
    beside = {(key, number + step) for key, number in taken for step in (-1, 1)} & free
    return any((key, number - 1) not in free and (key, number + 1) not in free for key, number in beside)


def check_best(asked) -> None:
    """The ladder finds what brute force finds."""
    (plan, statuses), wish = asked
    assert best_available(SeatIndex(plan), bytearray(statuses), wish) == oracle(plan, statuses, wish)


def check_alone(asked) -> None:
    """A set of free seats leaves a seat alone if the oracle finds that seat."""
    (plan, statuses), chosen = asked
    seats = seats_of(plan, statuses)
    party = tuple(seat for seat in seats if seat.free and seat.position in chosen)
    positions = tuple(seat.position for seat in party)
    assert leaves_single_seat(SeatIndex(plan), bytearray(statuses), positions) == alone(seats, party)


PARTIES = st.tuples(houses(), st.sets(st.integers(0, 14), max_size=6))


@searched(500)
@given(ASKED)
def test_best_available_is_the_best_there_is(asked):
    check_best(asked)


@searched(400)
@given(PARTIES)
def test_a_seat_left_alone_is_seen(asked):
    check_alone(asked)


@searched(200)
@given(ASKED)
def test_deciding_changes_no_status(asked):
    (plan, statuses), wish = asked
    given_ = bytearray(statuses)
    best_available(SeatIndex(plan), given_, wish)
    assert given_ == statuses


class TestPlantedFaults:
    """The oracle notices a rung that is missing or wrong."""

    @pytest.mark.parametrize("rung", ["_side_by_side", "_in_two_rows", "_anywhere"])
    def test_a_rung_that_is_missing(self, monkeypatch, rung):
        monkeypatch.setattr(seating, rung, lambda *_: None)
        assert_notices(check_best, ASKED)

    def test_seats_left_alone_unseen(self, monkeypatch):
        monkeypatch.setattr(seating, "_leaves_single", lambda *_: False)
        assert_notices(check_best, ASKED)

    def test_another_distance(self, monkeypatch):
        monkeypatch.setattr(seating, "_distance", lambda row, start, quantity: row.depth)
        assert_notices(check_best, ASKED)

    def test_accessible_ignored(self, monkeypatch):
        monkeypatch.setattr(seating, "_eligible", lambda rows, statuses, wish: statuses)
        assert_notices(check_best, ASKED)

    def test_one_alone_in_the_other_row(self, monkeypatch):
        monkeypatch.setattr(seating, "_LEAST_PARTY", 1)
        assert_notices(check_best, ASKED)

    def test_rows_without_ends(self, monkeypatch):
        monkeypatch.setattr(seating, "_free", lambda statuses, row, at: 0 <= at < len(statuses) and not statuses[at])
        assert_notices(check_alone, PARTIES)
