"""The figures of a sale, and the lies that are planted into it."""

import pytest

from scenarios.crowd import Decision
from scenarios.exchanges import Exchange, Kind
from scenarios.figures import Percentiles, percentiles, rates, waits
from scenarios.house import seat_labels, seat_plan
from scenarios.planted_faults import NothingToTamperWith, PlantedFault, with_fault

HOLDS, BOOKINGS = "/shows/gala/holds", "/shows/gala/bookings"


def exchange(path: str = HOLDS, status: int | None = 201, method: str = "POST", receipt: str = "0:1:ab") -> Exchange:
    return Exchange("ann", method, path, "k", b"{}", 1.0, 1.5, 2.0, status, receipt, b'{"hold_id": "h"}', 1)


def test_percentiles_are_nearest_ranks_in_milliseconds():
    assert percentiles(each / 1000 for each in range(1, 201)) == Percentiles(100.0, 190.0, 198.0)


def test_one_value_is_all_percentiles():
    assert percentiles([0.25]) == Percentiles(250.0, 250.0, 250.0)


def test_nothing_measured_is_not_zero():
    assert percentiles([]) == Percentiles(None, None, None)


def test_rates_are_a_second_and_what_lies_outside_is_not_lost():
    assert rates([0.0, 0.4, 0.5, 9.0, -1.0], 2, 0.5) == [6.0, 4.0]


def test_waiting_is_told_apart_by_outcome():
    decisions = [Decision(True, 1.0, 1.5), Decision(False, 1.0, 3.0)]
    assert waits(decisions, accepted=True) == [0.5]
    assert waits(decisions, accepted=False) == [2.0]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (exchange(HOLDS, 201), Kind.HELD),
        (exchange(BOOKINGS, 201), Kind.BOOKED),
        (exchange(HOLDS, 409), Kind.REFUSED),
        (exchange(HOLDS, 202), Kind.QUEUED),
        (exchange(HOLDS, 503), Kind.UNAVAILABLE),
        (exchange(HOLDS, 500), Kind.UNEXPECTED),
        (exchange(HOLDS, None), Kind.UNANSWERED),
        (exchange("/shows/gala/seats?format=compact", 200, "GET"), Kind.MAP),
        (exchange("/shows/gala/seats?format=compact", 503, "GET"), Kind.UNAVAILABLE),
        (exchange("/shows/gala/seats?format=compact", 404, "GET"), Kind.UNEXPECTED),
        (exchange("/commands/c?at=0.1.0", 202, "GET"), Kind.OUTCOME),
    ],
)
def test_every_answer_is_of_one_kind(asked: Exchange, kind: Kind):
    assert asked.kind is kind


@pytest.mark.parametrize("seats", [1, 19, 20, 21, 100, 520, 521, 20_000])
def test_a_house_has_as_many_seats_as_were_asked_for(seats: int):
    plan = seat_plan(seats)
    labels = seat_labels(plan)
    assert plan.capacity() == len(set(labels)) == seats


@pytest.mark.parametrize("fault", list(PlantedFault))
def test_a_planted_fault_changes_one_answer(fault: PlantedFault):
    told = [exchange(), exchange(status=409, receipt="0:2:cd"), exchange(BOOKINGS, receipt="0:3:ef")]
    lied = with_fault(told, fault)
    changed = [place for place in range(3) if told[place] != lied[place]]
    assert len(changed) == 1
    assert told[changed[0]].path == lied[changed[0]].path


def test_where_nobody_was_refused_no_refusal_can_be_tampered_with():
    with pytest.raises(NothingToTamperWith, match="told-yes"):
        with_fault([exchange()], PlantedFault.TOLD_YES)
