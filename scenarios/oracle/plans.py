"""Whether a show can be sold as described: the oracle's own list of what must hold."""

from collections.abc import Iterator, Sequence

from scenarios.checkers.shapes import PlanRow
from scenarios.oracle.bodies import Schedule

MOST_SEATS = 100_000
MOST_ROWS = 10_000
LABEL_CHARACTERS = 32
MOST_NUMBER = 999_999


def is_sellable(show: Schedule) -> bool:
    """True if every condition holds."""
    return all(_conditions(show))


def _conditions(show: Schedule) -> Iterator[bool]:
    sections, policy, sale = show.plan.sections, show.policy, show.sale
    rows = [row for section in sections for row in section.rows]
    yield _are_names([section.name for section in sections])
    yield all(_are_names([row.name for row in section.rows]) for section in sections)
    yield all(_is_row(section.name, row) for section in sections for row in section.rows)
    yield sum(row.seats for row in rows) <= MOST_SEATS
    yield len(rows) <= MOST_ROWS
    yield all(row.category in show.prices for row in rows)
    yield all(0 <= price <= 100_000_000 for price in show.prices.values())
    yield len(show.currency) == 3 and all("A" <= letter <= "Z" for letter in show.currency)
    yield sale.opens_at < sale.closes_at
    yield show.presale is None or show.presale.opens_at < sale.opens_at
    yield 30 <= policy.hold_seconds <= 7200
    yield 1 <= policy.seats_per_hold <= 20
    yield policy.seats_per_buyer is None or 1 <= policy.seats_per_buyer <= MOST_SEATS


def _are_names(names: Sequence[str]) -> bool:
    good = [name for name in names if name and name.isprintable() and name == name.strip() and "-" not in name]
    return len(names) > 0 and len(set(good)) == len(names)


def _is_row(section: str, row: PlanRow) -> bool:
    last = row.first + row.seats - 1
    return (
        row.seats >= 1
        and row.first >= 1
        and last <= MOST_NUMBER
        and row.category != ""
        and all(row.first <= number <= last for number in row.accessible)
        and len(f"{section}-{row.name}-{last}") <= LABEL_CHARACTERS
    )
