"""The house that a scenario sells, and the request that puts it on sale."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from contracts.seat_plans import Row, SeatIndex, SeatPlan, Section

CURRENCY: Final = "EUR"
PRICES: Final = {"gold": 9500, "silver": 6500}
"""Minor units; the front half of each section is gold."""
SEATS_PER_ROW: Final = 20
ROWS_PER_SECTION: Final = 26
"""Rows are called A to Z."""


def seat_plan(seats: int) -> SeatPlan:
    """A house of this many seats: rows of SEATS_PER_ROW in as many sections as it takes."""
    rows = [min(SEATS_PER_ROW, seats - start) for start in range(0, seats, SEATS_PER_ROW)]
    sections = [rows[start : start + ROWS_PER_SECTION] for start in range(0, len(rows), ROWS_PER_SECTION)]
    names = ["Stalls"] if len(sections) == 1 else [f"Block{number}" for number in range(1, len(sections) + 1)]
    return SeatPlan(
        sections=tuple(Section(name=name, rows=_rows(sizes)) for name, sizes in zip(names, sections, strict=True))
    )


def _rows(sizes: list[int]) -> tuple[Row, ...]:
    return tuple(
        Row(name=chr(ord("A") + depth), seats=size, category="gold" if 2 * depth < len(sizes) else "silver")
        for depth, size in enumerate(sizes)
    )


def seat_labels(plan: SeatPlan) -> tuple[str, ...]:
    """Every seat's label, in plan order."""
    index = SeatIndex(plan)
    return tuple(index.label(position) for position in range(index.capacity))


class SaleTimes(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 3339."""

    opens_at: str
    closes_at: str


class SaleRules(msgspec.Struct, frozen=True, kw_only=True):
    """By default one seat a buyer: as many winners as seats."""

    hold_seconds: int = 600
    seats_per_hold: int = 1
    seats_per_buyer: int = 1


class ShowOnSale(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /shows`."""

    id: str
    title: str
    venue: str
    starts_at: str
    sale: SaleTimes
    plan: SeatPlan
    prices: dict[str, int]
    currency: str = CURRENCY
    policy: SaleRules


_ONE_EACH: Final = SaleRules()


def show_on_sale(show_id: str, title: str, plan: SeatPlan, rules: SaleRules = _ONE_EACH) -> bytes:
    """The body of a request for a show that is on sale since an hour ago, for a month."""
    now = datetime.now(UTC).replace(microsecond=0)
    show = ShowOnSale(
        id=show_id,
        title=title,
        venue="Seatlog Hall",
        starts_at=(now + timedelta(days=40)).isoformat(),
        sale=SaleTimes(
            opens_at=(now - timedelta(hours=1)).isoformat(), closes_at=(now + timedelta(days=30)).isoformat()
        ),
        plan=plan,
        prices={row.category: PRICES[row.category] for section in plan.sections for row in section.rows},
        policy=rules,
    )
    return msgspec.json.encode(show)
