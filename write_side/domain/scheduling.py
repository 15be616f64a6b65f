"""What makes a show sellable."""

from collections.abc import Iterator
from itertools import islice

from contracts.commands import ScheduleShow
from contracts.limits import (
    HOLD_SECONDS_LEAST,
    HOLD_SECONDS_MOST,
    LABEL_CHARACTERS,
    PRICE_MINOR,
    SCHEDULE_PROBLEMS,
    SEATS_PER_HOLD,
    SEATS_PER_SHOW,
)
from contracts.seat_plans import plan_problems


def schedule_problems(command: ScheduleShow) -> tuple[str, ...]:
    """Why a show cannot be sold as described, a sentence each, naming the field; empty for a good one.

    They are recorded, so neither their number nor their length may grow with the command.
    """
    return tuple(islice(_problems(command), SCHEDULE_PROBLEMS))


def _problems(command: ScheduleShow) -> Iterator[str]:
    for problem in plan_problems(command.plan):
        yield f"plan.{problem}"
    categories = {row.category for section in command.plan.sections for row in section.rows}
    for category in sorted(categories - command.prices.keys()):
        yield f"prices: the category {category[:LABEL_CHARACTERS]!r} of the plan has no price"
    for category, price in sorted(command.prices.items()):
        if not 0 <= price <= PRICE_MINOR:
            yield f"prices.{category[:LABEL_CHARACTERS]}: must be between 0 and {PRICE_MINOR} minor units"
    currency = command.currency
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        yield "currency: must be an ISO 4217 code"
    if command.sale.closes_at <= command.sale.opens_at:
        yield "sale.closes_at: must be after sale.opens_at"
    if command.presale is not None and command.presale.opens_at >= command.sale.opens_at:
        yield "presale.opens_at: must be before sale.opens_at"
    policy = command.policy
    if not HOLD_SECONDS_LEAST <= policy.hold_seconds <= HOLD_SECONDS_MOST:
        yield f"policy.hold_seconds: must be between {HOLD_SECONDS_LEAST} and {HOLD_SECONDS_MOST}"
    if not 1 <= policy.seats_per_hold <= SEATS_PER_HOLD:
        yield f"policy.seats_per_hold: must be between 1 and {SEATS_PER_HOLD}"
    if policy.seats_per_buyer is not None and not 1 <= policy.seats_per_buyer <= SEATS_PER_SHOW:
        yield f"policy.seats_per_buyer: must be between 1 and {SEATS_PER_SHOW}"
