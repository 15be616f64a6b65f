"""Who may have which seats, and when."""

import pytest

from contracts.commands import SalePolicy
from contracts.events import Conflict, HoldRefused, LapsedHold, SeatsHeld
from contracts.refusals import Reason
from contracts.seat_plans import Row
from tests.commands import ANN, BOB, CURRENCY, EVE, PRICE, hold_best, hold_of, hold_seats, plan
from tests.domain_language import booked, expired, given, held, released, scheduled, seconds, then, when


def test_free_seats_are_held_at_their_prices_for_the_time_of_the_policy():
    rows = (Row(name="1", seats=2, category="gold"), Row(name="2", seats=2, category="silver"))
    given(scheduled(plan=plan(*rows), prices={"gold": 4500, "silver": 3000}, policy=SalePolicy(hold_seconds=60)))
    when(hold_seats("A-2-1", "A-1-2", by=ANN), at=seconds(5), command_id="wish")
    then(
        SeatsHeld(
            hold_id="wish",
            buyer_id=ANN,
            seats=("A-2-1", "A-1-2"),
            prices_minor=(3000, 4500),
            currency=CURRENCY,
            expires_at=seconds(65),
        )
    )


def test_a_held_seat_is_taken_and_the_refusal_says_since_when():
    given(scheduled(seats=2), held("A-1-2", by=BOB))
    when(hold_seats("A-1-1", "A-1-2", by=ANN))
    then(
        HoldRefused(
            buyer_id=ANN,
            reason=Reason.SEATS_TAKEN,
            seats=("A-1-1", "A-1-2"),
            conflicts=(Conflict(seat="A-1-2", status="held", since_version=2),),
        )
    )


def test_a_booked_seat_is_taken():
    given(scheduled(), held("A-1-1", by=BOB), booked("A-1-1", by=BOB))
    when(hold_seats("A-1-1", by=ANN))
    then(
        HoldRefused,
        reason=Reason.SEATS_TAKEN,
        conflicts=(Conflict(seat="A-1-1", status="booked", since_version=3),),
    )


def test_a_buyer_cannot_hold_a_seat_twice():
    given(scheduled(), held("A-1-1", by=ANN))
    when(hold_seats("A-1-1", by=ANN))
    then(HoldRefused, reason=Reason.SEATS_TAKEN)


@pytest.mark.parametrize("over", [released, expired])
def test_seats_of_a_hold_that_has_ended_are_free(over):
    given(scheduled(), held("A-1-1", "A-1-2", by=BOB), over("A-1-1", "A-1-2", by=BOB))
    when(hold_seats("A-1-2", by=ANN))
    then(SeatsHeld, seats=("A-1-2",), lapsed_holds=())


def test_a_hold_keeps_its_seats_until_its_last_millisecond():
    given(scheduled(), held("A-1-1", by=BOB, for_seconds=60))
    when(hold_seats("A-1-1", by=ANN), at=seconds(60) - 1)
    then(HoldRefused, reason=Reason.SEATS_TAKEN)


def test_who_takes_a_lapsed_seat_ends_that_hold_whole():
    given(scheduled(), held("A-1-1", "A-1-2", by=BOB, for_seconds=60))
    when(hold_seats("A-1-2", by=ANN), at=seconds(60))
    lapsed = LapsedHold(hold_id=hold_of(BOB), buyer_id=BOB, seats=("A-1-1", "A-1-2"))
    then(SeatsHeld, seats=("A-1-2",), lapsed_holds=(lapsed,))
    when(hold_seats("A-1-1", by=EVE), at=seconds(60))
    then(SeatsHeld, seats=("A-1-1",), lapsed_holds=())


def test_each_lapsed_hold_is_listed_once_in_the_order_of_the_seats():
    given(
        scheduled(),
        held("A-1-1", "A-1-3", by=BOB, for_seconds=60),
        held("A-1-2", by=EVE, for_seconds=30),
    )
    event = when(hold_seats("A-1-3", "A-1-2", "A-1-1", by=ANN), at=seconds(60))
    then(SeatsHeld)
    assert [lapsed.hold_id for lapsed in event.lapsed_holds] == [hold_of(BOB), hold_of(EVE)]


def test_one_seat_that_is_still_held_refuses_all():
    given(scheduled(), held("A-1-1", by=BOB, for_seconds=60), held("A-1-2", by=EVE, for_seconds=90))
    when(hold_seats("A-1-1", "A-1-2", by=ANN), at=seconds(60))
    then(HoldRefused, conflicts=(Conflict(seat="A-1-2", status="held", since_version=3),))


@pytest.mark.parametrize("label", ["A-1-5", "A-1-0", "A-1-01", "A-1-", "A-2-1", "B-1-1", "A", "", "A-1-1-1", "A-1-²"])
def test_a_seat_that_the_house_has_not_is_unknown(label):
    given(scheduled(seats=4))
    when(hold_seats("A-1-1", label))
    then(HoldRefused, reason=Reason.UNKNOWN_SEATS)


def test_a_label_of_absurd_length_is_an_unknown_seat_too():
    given(scheduled())
    when(hold_seats("A-1-" + "1" * 5000))
    then(HoldRefused, reason=Reason.UNKNOWN_SEATS)


def test_a_seat_cannot_be_named_twice():
    given(scheduled())
    when(hold_seats("A-1-1", "A-1-2", "A-1-1"))
    then(HoldRefused, reason=Reason.DUPLICATE_SEATS)


def test_a_hold_has_at_most_the_seats_of_the_policy():
    given(scheduled(policy=SalePolicy(seats_per_hold=2)))
    when(hold_seats("A-1-1", "A-1-2", "A-1-3"))
    then(HoldRefused, reason=Reason.TOO_MANY_SEATS)
    when(hold_seats("A-1-1", "A-1-2"))
    then(SeatsHeld)


def test_a_buyer_has_at_most_the_seats_of_the_policy_held_and_booked_together():
    given(
        scheduled(policy=SalePolicy(seats_per_buyer=3)),
        held("A-1-1", by=ANN, hold="first"),
        held("A-1-2", by=ANN),
        booked("A-1-2", by=ANN),
    )
    when(hold_seats("A-1-3", "A-1-4", by=ANN))
    then(HoldRefused, reason=Reason.BUYER_LIMIT)
    when(hold_seats("A-1-3", by=ANN))
    then(SeatsHeld)


def test_seats_that_came_back_do_not_count_for_the_buyer():
    given(
        scheduled(policy=SalePolicy(seats_per_buyer=2)),
        held("A-1-1", "A-1-2", by=ANN),
        released("A-1-1", "A-1-2", by=ANN),
    )
    when(hold_seats("A-1-3", "A-1-4", by=ANN))
    then(SeatsHeld)


def test_lapsed_holds_do_not_count_for_the_buyer():
    given(
        scheduled(policy=SalePolicy(seats_per_buyer=2)),
        held("A-1-1", by=ANN, for_seconds=60),
        held("A-1-2", by=ANN, for_seconds=90, hold="later"),
    )
    when(hold_seats("A-1-3", by=ANN), at=seconds(60) - 1)
    then(HoldRefused, reason=Reason.BUYER_LIMIT)
    when(hold_seats("A-1-3", by=ANN), at=seconds(60))
    then(SeatsHeld)


def test_the_limit_of_one_buyer_is_not_another_buyers():
    given(scheduled(policy=SalePolicy(seats_per_buyer=1)), held("A-1-1", by=BOB))
    when(hold_seats("A-1-2", by=ANN))
    then(SeatsHeld)


def test_no_seat_may_be_left_alone_if_the_policy_forbids_it():
    given(scheduled(seats=4, policy=SalePolicy(leave_no_single_seat=True)))
    when(hold_seats("A-1-2", "A-1-3"))
    then(HoldRefused, reason=Reason.LEAVES_SINGLE_SEAT)
    when(hold_seats("A-1-1", "A-1-2"))
    then(SeatsHeld)


def test_a_lapsed_seat_beside_is_no_seat_left_alone():
    given(scheduled(seats=4, policy=SalePolicy(leave_no_single_seat=True)), held("A-1-4", by=BOB, for_seconds=60))
    when(hold_seats("A-1-1", "A-1-2", by=ANN), at=seconds(60) - 1)
    then(HoldRefused, reason=Reason.LEAVES_SINGLE_SEAT)
    when(hold_seats("A-1-1", "A-1-2", by=ANN), at=seconds(60))
    then(SeatsHeld, lapsed_holds=())


def test_the_best_seats_are_held_with_labels_and_prices():
    given(scheduled(seats=5))
    when(hold_best(3, by=ANN), command_id="wish")
    then(
        SeatsHeld,
        hold_id="wish",
        seats=("A-1-1", "A-1-2", "A-1-3"),
        prices_minor=(PRICE, PRICE, PRICE),
    )


def test_best_available_counts_on_lapsed_seats_and_ends_their_holds():
    given(scheduled(seats=2), held("A-1-1", "A-1-2", by=BOB, for_seconds=60))
    when(hold_best(1, by=ANN), at=seconds(60) - 1)
    then(HoldRefused, reason=Reason.NO_MATCH)
    when(hold_best(1, by=ANN), at=seconds(60))
    lapsed = LapsedHold(hold_id=hold_of(BOB), buyer_id=BOB, seats=("A-1-1", "A-1-2"))
    then(SeatsHeld, seats=("A-1-1",), lapsed_holds=(lapsed,))


def test_best_available_repeats_the_wish_that_nothing_fits():
    given(scheduled(seats=2))
    when(hold_best(1, by=ANN, category="silver", section="B", accessible=True, together=False))
    then(
        HoldRefused(
            buyer_id=ANN,
            reason=Reason.NO_MATCH,
            quantity=1,
            category="silver",
            section="B",
            accessible=True,
            together=False,
        )
    )


def test_best_available_knows_the_limits_of_hold_and_buyer():
    given(scheduled(seats=4, policy=SalePolicy(seats_per_hold=2, seats_per_buyer=3)), held("A-1-1", "A-1-2", by=ANN))
    when(hold_best(3, by=ANN))
    then(HoldRefused, reason=Reason.TOO_MANY_SEATS)
    when(hold_best(2, by=ANN))
    then(HoldRefused, reason=Reason.BUYER_LIMIT)
    when(hold_best(1, by=ANN))
    then(SeatsHeld)


def test_best_available_leaves_nobody_alone_if_the_policy_forbids_it():
    given(scheduled(seats=3, policy=SalePolicy(leave_no_single_seat=True)))
    when(hold_best(2))
    then(HoldRefused, reason=Reason.LEAVES_SINGLE_SEAT)
    when(hold_best(3))
    then(SeatsHeld)
