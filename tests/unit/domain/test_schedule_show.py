"""What can be put on sale."""

import pytest

from contracts.commands import SalePolicy, SaleWindow
from contracts.events import ScheduleRefused, ShowScheduled
from contracts.limits import PRICE_MINOR, ROWS_PER_SHOW, SCHEDULE_PROBLEMS, SEAT_NUMBER, SEATS_PER_SHOW
from contracts.refusals import Reason
from contracts.seat_plans import Row, SeatPlan
from tests.commands import ORGANISER, PRICE, plan, schedule_show
from tests.domain_language import OVER_AT, STARTS_AT, given, presale, scheduled, seconds, then, when


def test_a_show_goes_on_sale_under_the_terms_that_were_asked():
    terms = {"presale": presale(opens_at=1), "policy": SalePolicy(hold_seconds=30, seats_per_buyer=4)}
    given()
    when(schedule_show(4, sale=SaleWindow(opens_at=2, closes_at=3), **terms))
    then(
        ShowScheduled(
            organiser_id=ORGANISER,
            title="Hamlet",
            venue="Globe",
            starts_at=STARTS_AT,
            sale=SaleWindow(opens_at=2, closes_at=3),
            plan=plan(4),
            prices={"gold": PRICE},
            currency="EUR",
            **terms,
        )
    )


def test_a_show_is_scheduled_once():
    given(scheduled())
    when(schedule_show())
    then(ScheduleRefused(organiser_id=ORGANISER, title="Hamlet", reason=Reason.ALREADY_SCHEDULED))


def test_a_show_that_is_over_is_not_scheduled_again():
    given(scheduled())
    when(schedule_show(), at=OVER_AT)
    then(ScheduleRefused, reason=Reason.SHOW_OVER)


def row(**changes):
    return Row(**{"name": "1", "seats": 4, "category": "gold"} | changes)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"plan": SeatPlan(sections=())}, "plan.sections: must not be empty"),
        ({"plan": plan()}, "plan.sections[0].rows: must not be empty"),
        ({"plan": plan(row(), row())}, "plan.sections[0].rows: names must differ"),
        (
            {"plan": SeatPlan(sections=plan(4).sections * 2)},
            "plan.sections: names must differ",
        ),
        (
            {"plan": plan(row(name="1-2"))},
            "plan.sections[0].rows[0].name: must be printable, without a hyphen or outer blanks",
        ),
        ({"plan": plan(row(seats=0))}, "plan.sections[0].rows[0].seats: must be at least 1"),
        ({"plan": plan(row(first=0))}, "plan.sections[0].rows[0].first: must be at least 1"),
        (
            {"plan": plan(row(first=SEAT_NUMBER - 2))},
            f"plan.sections[0].rows[0]: seat numbers must be at most {SEAT_NUMBER}",
        ),
        (
            {"plan": plan(row(accessible=(4, 5)))},
            "plan.sections[0].rows[0].accessible: must be seat numbers of this row",
        ),
        (
            {"plan": plan(row(name="R" * 29))},
            "plan.sections[0].rows[0]: labels must have at most 32 characters",
        ),
        ({"prices": {}}, "prices: the category 'gold' of the plan has no price"),
        ({"prices": {"gold": -1}}, f"prices.gold: must be between 0 and {PRICE_MINOR} minor units"),
        ({"prices": {"gold": PRICE_MINOR + 1}}, f"prices.gold: must be between 0 and {PRICE_MINOR} minor units"),
        ({"currency": "eur"}, "currency: must be an ISO 4217 code"),
        ({"currency": "EURO"}, "currency: must be an ISO 4217 code"),
        ({"currency": "E2R"}, "currency: must be an ISO 4217 code"),
        ({"currency": "ÉUR"}, "currency: must be an ISO 4217 code"),
        ({"sale": SaleWindow(opens_at=5, closes_at=5)}, "sale.closes_at: must be after sale.opens_at"),
        (
            {"sale": SaleWindow(opens_at=5, closes_at=9), "presale": presale(opens_at=5)},
            "presale.opens_at: must be before sale.opens_at",
        ),
        ({"policy": SalePolicy(hold_seconds=29)}, "policy.hold_seconds: must be between 30 and 7200"),
        ({"policy": SalePolicy(hold_seconds=7201)}, "policy.hold_seconds: must be between 30 and 7200"),
        ({"policy": SalePolicy(seats_per_hold=0)}, "policy.seats_per_hold: must be between 1 and 20"),
        ({"policy": SalePolicy(seats_per_hold=21)}, "policy.seats_per_hold: must be between 1 and 20"),
        ({"policy": SalePolicy(seats_per_buyer=0)}, f"policy.seats_per_buyer: must be between 1 and {SEATS_PER_SHOW}"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_show_that_cannot_be_sold_is_refused_with_the_field_at_fault(change, problem):
    given()
    when(schedule_show(**change))
    then(ScheduleRefused, reason=Reason.INVALID_PLAN, problems=(problem,))


def test_a_row_without_category_is_refused():
    given()
    when(schedule_show(plan=plan(row(category="")), prices={"": 1}))
    then(ScheduleRefused, problems=("plan.sections[0].rows[0].category: must not be empty",))


@pytest.mark.parametrize(("seats", "outcome"), [(SEATS_PER_SHOW, ShowScheduled), (SEATS_PER_SHOW + 1, ScheduleRefused)])
def test_a_show_has_at_most_100_000_seats(seats, outcome):
    given()
    when(schedule_show(seats))
    then(outcome)


@pytest.mark.parametrize(("rows", "outcome"), [(ROWS_PER_SHOW, ShowScheduled), (ROWS_PER_SHOW + 1, ScheduleRefused)])
def test_a_show_has_at_most_10_000_rows(rows, outcome):
    given()
    when(schedule_show(plan=plan(*(row(name=str(number), seats=1) for number in range(rows)))))
    then(outcome)


def test_a_refusal_lists_a_limited_number_of_problems_of_limited_length():
    rows = [Row(name=str(number), seats=1, category=f"{number}" * 10_000) for number in range(1, 100)]
    given()
    event = when(schedule_show(plan=plan(*rows)))
    then(ScheduleRefused, reason=Reason.INVALID_PLAN)
    assert len(event.problems) == SCHEDULE_PROBLEMS
    assert max(map(len, event.problems)) < 200


def test_the_same_terms_under_a_new_id_schedule_no_second_show():
    given()
    when(schedule_show(), at=seconds(1), command_id="one")
    then(ShowScheduled)
    when(schedule_show(), at=seconds(1), command_id="two")
    then(ScheduleRefused, reason=Reason.ALREADY_SCHEDULED)
