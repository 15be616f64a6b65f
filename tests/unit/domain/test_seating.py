"""The ladder of best available, rung by rung. Houses are drawn: `.` free, `x` taken, one text a row."""

import pytest

from contracts.seat_plans import BOOKED, FREE, Row, SeatIndex
from tests.commands import plan
from write_side.domain.seating import Wish, best_available, leaves_single_seat


def house(*rows: str, **sections: tuple[str, ...]) -> tuple[SeatIndex, bytearray]:
    """A house of section A (or the named sections) with these rows, and its statuses."""
    drawn = sections or {"A": rows}
    index = SeatIndex(plan(**{name: [len(row) for row in texts] for name, texts in drawn.items()}))
    seats = "".join("".join(texts) for texts in drawn.values())
    return index, bytearray(FREE if seat == "." else BOOKED for seat in seats)


def best(drawn: tuple[SeatIndex, bytearray], quantity: int, **wish) -> list[str] | None:
    index, statuses = drawn
    seats = best_available(index, statuses, Wish(quantity, **wish))
    return None if seats is None else [index.label(seat) for seat in seats]


def test_the_middle_of_the_front_row_is_best():
    assert best(house(".......", "......."), 3) == ["A-1-3", "A-1-4", "A-1-5"]


def test_between_equally_near_places_the_first_in_plan_order_wins():
    assert best(house("......"), 2) == ["A-1-3", "A-1-4"]
    assert best(house(A=("..",), B=("..",)), 2) == ["A-1-1", "A-1-2"]
    assert best(house("...x..."), 1) == ["A-1-3"]


def test_rung_1_goes_aside_rather_than_leave_a_seat_alone():
    assert best(house("....."), 3) == ["A-1-1", "A-1-2", "A-1-3"]


def test_rung_1_goes_back_a_row_rather_than_leave_a_seat_alone():
    assert best(house("...", "xxx", ".."), 2) == ["A-3-1", "A-3-2"]


def test_rung_2_leaves_a_seat_alone_when_there_is_no_other_way():
    assert best(house("..."), 2) == ["A-1-1", "A-1-2"]


def test_rung_3_takes_two_adjoining_rows_with_nobody_alone():
    assert best(house("..xx", "..xx"), 4) == ["A-1-1", "A-1-2", "A-2-1", "A-2-2"]


def test_rung_3_finds_the_nearest_split():
    assert best(house("...", "...x"), 5) == ["A-1-1", "A-1-2", "A-1-3", "A-2-2", "A-2-3"]


@pytest.mark.parametrize(("row", "taken"), [("..x..xx", (4, 5)), ("xx..x..", (3, 4)), ("..xxx..", (1, 2))])
def test_rung_3_takes_the_nearest_place_of_each_row(row, taken):
    assert best(house(row, row), 4) == [f"A-{depth}-{number}" for depth in (1, 2) for number in taken]


def test_rung_3_goes_back_for_rows_whose_places_are_so_much_nearer():
    far, near = "..xxxxxxxxxxx", "xxxxx..xxxxxx"
    assert best(house(far, far, near, near), 4) == ["A-3-6", "A-3-7", "A-4-6", "A-4-7"]


@pytest.mark.parametrize(
    "drawn",
    [
        house("..", "xx", ".."),
        house("...", "."),
        house(A=("..",), B=("..",)),
    ],
    ids=["a row between", "somebody alone", "two sections"],
)
def test_rung_3_does_not_split_a_party_otherwise(drawn):
    assert best(drawn, 4) is None


def test_rung_4_only_for_a_party_that_need_not_sit_together():
    drawn = house(".x.x.", "xx.xx")
    assert best(drawn, 4) is None
    assert best(drawn, 4, together=False) == ["A-1-1", "A-1-3", "A-1-5", "A-2-3"]


def test_rung_4_takes_the_nearest_seats():
    assert best(house(".x.x.x."), 2, together=False) == ["A-1-3", "A-1-5"]


def test_rung_4_goes_back_for_seats_that_are_so_much_nearer():
    assert best(house(".xxxxxxxxxxx.", "xxxxxxxxxxxxx", "xxxx.x.xxxxxx"), 2, together=False) == ["A-3-5", "A-3-7"]


def test_not_even_rung_4_finds_more_seats_than_there_are():
    assert best(house("..x."), 4, together=False) is None


def test_a_wish_for_a_section_or_a_category_is_kept():
    drawn = SeatIndex(plan(A=[4], B=[4, Row(name="2", seats=4, category="silver")])), bytearray(12)
    assert best(drawn, 2, section="B") == ["B-1-1", "B-1-2"]
    assert best(drawn, 4, category="silver") == ["B-2-1", "B-2-2", "B-2-3", "B-2-4"]
    assert best(drawn, 1, section="A", category="silver") is None
    assert best(drawn, 1, section="C") is None


def test_a_wish_for_accessible_places_is_kept():
    row = Row(name="1", seats=6, category="gold", first=11, accessible=(11, 12, 16))
    drawn = SeatIndex(plan(row)), bytearray(6)
    assert best(drawn, 2, accessible=True) == ["A-1-11", "A-1-12"]
    assert best(drawn, 3, accessible=True) is None
    assert best(drawn, 3, accessible=True, together=False) == ["A-1-11", "A-1-12", "A-1-16"]


@pytest.mark.parametrize(
    ("row", "chosen", "alone"),
    [
        ("....", (1, 2), True),
        ("....", (0, 1), False),
        ("....", (2,), True),
        (".x..", (2,), True),
        ("xx..", (2, 3), False),
        (".....", (0, 2), True),
        ("......", (0, 3), False),
        (".x...", (2, 3, 4), False),
    ],
)
def test_a_seat_is_left_alone_between_taken_ones_or_a_rows_end(row, chosen, alone):
    index, statuses = house(row)
    assert leaves_single_seat(index, statuses, chosen) is alone


def test_the_end_of_a_row_is_no_neighbour():
    index, statuses = house("..", "..")
    assert not leaves_single_seat(index, statuses, (0, 1))
    assert leaves_single_seat(index, statuses, (1,))
