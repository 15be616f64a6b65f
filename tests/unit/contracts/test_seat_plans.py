"""Labels and positions."""

import msgspec
import pytest

from contracts.limits import MIB
from contracts.seat_plans import Row, SeatIndex, SeatPlan
from tests.commands import plan, schedule_show

PLAN = plan(A=[3, Row(name="2", seats=2, category="gold", first=11)], B=[1])
LABELS = ["A-1-1", "A-1-2", "A-1-3", "A-2-11", "A-2-12", "B-1-1"]


def test_positions_count_the_seats_in_plan_order():
    index = SeatIndex(PLAN)
    assert [index.label(position) for position in range(index.capacity)] == LABELS
    assert [index.position(label) for label in LABELS] == list(range(6))
    assert PLAN.capacity() == 6


def test_a_seat_number_may_be_of_any_size():
    house = plan(Row(name="1", seats=3, category="gold", first=999))
    assert SeatIndex(house).positions(("A-1-999", "A-1-1001", "A-1-1000")) == (0, 2, 1)


def test_one_label_without_a_seat_spoils_them_all():
    with pytest.raises(KeyError):
        SeatIndex(PLAN).positions(("A-1-1", "A-1-4"))


@pytest.mark.parametrize(
    "label", ["A-2-10", "A-2-13", "A-1-4", "C-1-1", "A-1-+1", "A-1-1_0", "A-1- 1", "A-1-" + "9" * 33]
)
def test_a_label_that_no_seat_has_has_no_position(label):
    assert SeatIndex(PLAN).position(label) is None


def test_a_seat_lies_in_its_row_and_section():
    index = SeatIndex(PLAN)
    assert [index.section_at(position).name for position in range(6)] == ["A"] * 5 + ["B"]
    assert [index.row_at(position).row.name for position in range(6)] == ["1", "1", "1", "2", "2", "1"]
    assert [row.depth for row in index.rows] == [0, 1, 0]


def test_no_house_has_no_seats():
    assert SeatIndex(SeatPlan(sections=())).capacity == 0


def test_100_000_seats_fit_in_a_mib():
    house = plan(**{f"S{number}": [50] * 100 for number in range(20)})
    assert house.capacity() == 100_000
    assert len(msgspec.json.encode(schedule_show(plan=house))) < MIB
