"""When there is anything to be had: sale, presale, and the end of a show."""

import pytest

from contracts.commands import SaleWindow
from contracts.events import HoldRefused, SeatsHeld
from contracts.refusals import Reason
from tests.commands import hold_best, hold_seats
from tests.domain_language import OVER_AT, given, hours, presale, scheduled, seconds, then, when

ON_SALE = {"sale": SaleWindow(opens_at=seconds(100), closes_at=seconds(200))}


@pytest.mark.parametrize("wish", [hold_seats("A-1-1"), hold_best(1)], ids=["these", "best"])
@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (seconds(100) - 1, Reason.SALE_NOT_OPEN),
        (seconds(100), None),
        (seconds(200) - 1, None),
        (seconds(200), Reason.SALE_CLOSED),
    ],
)
def test_seats_are_sold_from_the_opening_until_just_before_the_close(wish, at, reason):
    given(scheduled(**ON_SALE))
    when(wish, at=at)
    then(SeatsHeld) if reason is None else then(HoldRefused, reason=reason)


@pytest.mark.parametrize(
    ("at", "code", "reason"),
    [
        (seconds(50) - 1, "open-sesame", Reason.SALE_NOT_OPEN),
        (seconds(50), None, Reason.PRESALE_CODE_NEEDED),
        (seconds(50), "open-barley", Reason.PRESALE_CODE_WRONG),
        (seconds(50), "open-sesame", None),
        (seconds(100), None, None),
        (seconds(100), "open-barley", None),
        (seconds(200), "open-sesame", Reason.SALE_CLOSED),
    ],
)
def test_before_the_sale_opens_the_presale_code_opens_it(at, code, reason):
    given(scheduled(**ON_SALE, presale=presale(opens_at=seconds(50))))
    when(hold_seats("A-1-1", code=code), at=at)
    then(SeatsHeld) if reason is None else then(HoldRefused, reason=reason)


def test_the_presale_code_counts_for_best_available_as_well():
    given(scheduled(**ON_SALE, presale=presale(opens_at=seconds(50))))
    when(hold_best(1), at=seconds(50))
    then(HoldRefused, reason=Reason.PRESALE_CODE_NEEDED)
    when(hold_best(1, presale_code_digest="open-sesame"), at=seconds(50))
    then(SeatsHeld)


def test_there_is_nothing_to_hold_where_no_show_is():
    given()
    when(hold_seats("A-1-1"))
    then(HoldRefused, reason=Reason.UNKNOWN_SHOW)


@pytest.mark.parametrize("wish", [hold_seats("A-1-1"), hold_best(1)], ids=["these", "best"])
def test_a_show_that_is_over_only_says_so(wish):
    given(scheduled())
    when(wish, at=OVER_AT - 1)
    then(HoldRefused, reason=Reason.SALE_CLOSED)
    when(wish, at=OVER_AT)
    then(HoldRefused, reason=Reason.SHOW_OVER)


def test_a_sale_that_lasts_longer_than_its_show_keeps_it_from_being_over():
    given(scheduled(starts_at=hours(1), sale=SaleWindow(opens_at=0, closes_at=hours(10))))
    when(hold_seats("A-1-1"), at=hours(34) - 1)
    then(HoldRefused, reason=Reason.SALE_CLOSED)
    when(hold_seats("A-1-1"), at=hours(34))
    then(HoldRefused, reason=Reason.SHOW_OVER)
