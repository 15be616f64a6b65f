"""How a hold ends: given back, past its time, or booked."""

from contracts.events import (
    BookingRefused,
    ExpiryRefused,
    HoldExpired,
    ReleaseRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
)
from contracts.refusals import Reason
from tests.commands import ANN, BOB, CURRENCY, PRICE, book_hold, expire_hold, hold_of, hold_seats, release_hold
from tests.domain_language import (
    OVER_AT,
    STARTS_AT,
    booked,
    booking_of,
    expired,
    given,
    held,
    released,
    scheduled,
    seconds,
    then,
    when,
)


def test_a_buyer_gives_a_hold_back():
    given(scheduled(), held("A-1-1", "A-1-2", by=ANN))
    when(release_hold(by=ANN))
    then(SeatsReleased(hold_id=hold_of(ANN), buyer_id=ANN, seats=("A-1-1", "A-1-2")))


def test_nobody_gives_back_a_hold_that_never_was():
    given(scheduled())
    when(release_hold(by=ANN))
    then(ReleaseRefused(buyer_id=ANN, hold_id=hold_of(ANN), reason=Reason.UNKNOWN_HOLD))


def test_nobody_gives_back_the_hold_of_another():
    given(scheduled(), held("A-1-1", by=BOB))
    when(release_hold(hold_of(BOB), by=ANN))
    then(ReleaseRefused, reason=Reason.NOT_YOUR_HOLD)


def test_a_lapsed_hold_cannot_be_given_back():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60))
    when(release_hold(by=ANN), at=seconds(60))
    then(ReleaseRefused, reason=Reason.HOLD_LAPSED)


def test_a_hold_is_given_back_once():
    given(scheduled(), held("A-1-1", by=ANN), released("A-1-1", by=ANN))
    when(release_hold(by=ANN))
    then(ReleaseRefused, reason=Reason.UNKNOWN_HOLD)


def test_a_booked_hold_cannot_be_given_back():
    given(scheduled(), held("A-1-1", by=ANN), booked("A-1-1", by=ANN))
    when(release_hold(by=ANN))
    then(ReleaseRefused, reason=Reason.UNKNOWN_HOLD)


def test_a_hold_past_its_time_expires():
    given(scheduled(), held("A-1-1", "A-1-2", by=ANN, for_seconds=60))
    when(expire_hold(hold_of(ANN)), at=seconds(60))
    then(HoldExpired(hold_id=hold_of(ANN), buyer_id=ANN, seats=("A-1-1", "A-1-2")))


def test_a_hold_does_not_expire_before_its_time():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60))
    when(expire_hold(hold_of(ANN)), at=seconds(60) - 1)
    then(ExpiryRefused(hold_id=hold_of(ANN), reason=Reason.NOT_DUE))


def test_a_hold_expires_once():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60), expired("A-1-1", by=ANN, at=seconds(60)))
    when(expire_hold(hold_of(ANN)), at=seconds(61))
    then(ExpiryRefused, reason=Reason.UNKNOWN_HOLD)


def test_a_hold_becomes_a_booking():
    given(scheduled(), held("A-1-1", "A-1-2", by=ANN))
    when(book_hold(by=ANN, amount=2 * PRICE), command_id="purchase")
    then(
        SeatsBooked(
            booking_id="purchase",
            hold_id=hold_of(ANN),
            buyer_id=ANN,
            seats=("A-1-1", "A-1-2"),
            amount_minor=2 * PRICE,
            currency=CURRENCY,
            payment_reference="paid",
        )
    )


def test_a_hold_can_be_booked_after_the_sale_has_closed():
    given(scheduled(), held("A-1-1", by=ANN, at=STARTS_AT - seconds(1), for_seconds=600))
    when(book_hold(by=ANN), at=STARTS_AT)
    then(SeatsBooked)


def test_a_lapsed_hold_cannot_be_booked():
    given(scheduled(seats=2), held("A-1-1", by=ANN, for_seconds=60))
    when(book_hold(by=ANN), at=seconds(60))
    then(BookingRefused, reason=Reason.HOLD_LAPSED)


def test_a_hold_whose_end_is_recorded_has_lapsed_all_the_same():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60), expired("A-1-1", by=ANN, at=seconds(60)))
    when(book_hold(by=ANN), at=seconds(61))
    then(BookingRefused, reason=Reason.HOLD_LAPSED)
    when(release_hold(by=ANN), at=seconds(61))
    then(ReleaseRefused, reason=Reason.HOLD_LAPSED)


def test_a_hold_that_lapsed_and_was_taken_by_another_has_lapsed():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60))
    when(hold_seats("A-1-1", by=BOB), at=seconds(61))
    then(SeatsHeld)
    when(book_hold(by=ANN), at=seconds(61))
    then(BookingRefused, reason=Reason.HOLD_LAPSED)


def test_a_stranger_does_not_learn_that_a_hold_lapsed():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60), expired("A-1-1", by=ANN, at=seconds(60)))
    when(book_hold(hold_of(ANN), by=BOB), at=seconds(61))
    then(BookingRefused, reason=Reason.UNKNOWN_HOLD)


def test_a_hold_that_never_was_cannot_be_booked():
    given(scheduled())
    when(book_hold(by=ANN))
    then(BookingRefused, reason=Reason.UNKNOWN_HOLD)


def test_nobody_books_the_hold_of_another():
    given(scheduled(), held("A-1-1", by=BOB))
    when(book_hold(hold_of(BOB), by=ANN))
    then(BookingRefused, reason=Reason.NOT_YOUR_HOLD)


def test_another_amount_books_nothing_and_is_told_the_right_one():
    given(scheduled(), held("A-1-1", by=ANN))
    when(book_hold(by=ANN, amount=PRICE - 1))
    then(
        BookingRefused(
            buyer_id=ANN,
            hold_id=hold_of(ANN),
            payment_reference="paid",
            amount_minor=PRICE - 1,
            currency=CURRENCY,
            reason=Reason.WRONG_AMOUNT,
            due_minor=PRICE,
            due_currency=CURRENCY,
        )
    )


def test_the_right_number_of_another_currency_books_nothing():
    given(scheduled(), held("A-1-1", by=ANN))
    when(book_hold(by=ANN, currency="USD"))
    then(BookingRefused, reason=Reason.WRONG_AMOUNT, currency="USD", due_minor=PRICE, due_currency=CURRENCY)


def test_a_hold_is_booked_once_and_its_holder_is_told_as_what():
    given(scheduled(), held("A-1-1", by=ANN), booked("A-1-1", by=ANN))
    when(book_hold(by=ANN))
    then(BookingRefused, reason=Reason.ALREADY_BOOKED, booking_id=booking_of(ANN))


def test_a_stranger_does_not_learn_that_a_hold_was_booked():
    given(scheduled(), held("A-1-1", by=BOB), booked("A-1-1", by=BOB))
    when(book_hold(hold_of(BOB), by=ANN))
    then(BookingRefused, reason=Reason.UNKNOWN_HOLD, booking_id=None)


def test_where_no_show_is_no_hold_ends():
    given()
    for command, refusal in (
        (book_hold(), BookingRefused),
        (release_hold(), ReleaseRefused),
        (expire_hold(hold_of(ANN)), ExpiryRefused),
    ):
        when(command)
        then(refusal, reason=Reason.UNKNOWN_SHOW)


def test_when_the_show_is_over_no_hold_ends():
    given(scheduled(), held("A-1-1", by=ANN))
    for command, refusal in (
        (book_hold(), BookingRefused),
        (release_hold(), ReleaseRefused),
        (expire_hold(hold_of(ANN)), ExpiryRefused),
    ):
        when(command, at=OVER_AT)
        then(refusal, reason=Reason.SHOW_OVER)
