"""Commands said shortly: a test says what it is about, and the rest is filled in.

Unless told otherwise ANN asks, a seat is gold and costs 45.00 EUR, and a show is on sale from 1970 to FAR_AHEAD.
"""

from collections.abc import Iterable
from typing import Any, Final

from contracts.codec import encode_commands, post
from contracts.commands import (
    BookHold,
    Command,
    ExpireHold,
    HoldBestAvailable,
    HoldSeats,
    ReleaseHold,
    SaleWindow,
    ScheduleShow,
)
from contracts.records import CommandRecord
from contracts.seat_plans import Row, SeatPlan, Section

SHOW: Final = "hamlet"
ANN: Final = "ann"
BOB: Final = "bob"
EVE: Final = "eve"
ORGANISER: Final = "organiser"
PRICE: Final = 4500
CURRENCY: Final = "EUR"
FAR_AHEAD: Final = 10**13


def plan(*rows: Row | int, **sections: Iterable[Row | int]) -> SeatPlan:
    """A house of one section `A`, or of the sections named; a number stands for a row of so many gold seats."""
    named = sections or {"A": rows}
    return SeatPlan(sections=tuple(Section(name=name, rows=_rows(rows)) for name, rows in named.items()))


def _rows(rows: Iterable[Row | int]) -> tuple[Row, ...]:
    return tuple(
        row if isinstance(row, Row) else Row(name=str(number), seats=row, category="gold")
        for number, row in enumerate(rows, 1)
    )


def schedule_show(*rows: int, **changes: Any) -> ScheduleShow:
    """Put a show with these rows on sale, two of four seats unless `rows` or `changes` say otherwise."""
    terms: dict[str, Any] = {
        "organiser_id": ORGANISER,
        "title": "Hamlet",
        "venue": "Globe",
        "starts_at": FAR_AHEAD,
        "sale": SaleWindow(opens_at=0, closes_at=FAR_AHEAD),
        "plan": plan(*rows or (4, 4)),
        "prices": {"gold": PRICE},
        "currency": CURRENCY,
    }
    return ScheduleShow(**terms | changes)


def hold_of(buyer: str) -> str:
    """The id of a buyer's hold, when he has one only."""
    return f"hold-of-{buyer}"


def hold_seats(*seats: str, by: str = ANN, code: str | None = None) -> HoldSeats:
    """Keep these seats."""
    return HoldSeats(buyer_id=by, seats=seats, presale_code_digest=code)


def hold_best(quantity: int, by: str = ANN, **wish: Any) -> HoldBestAvailable:
    """Keep the best seats."""
    return HoldBestAvailable(buyer_id=by, quantity=quantity, **wish)


def release_hold(hold_id: str | None = None, by: str = ANN) -> ReleaseHold:
    """Give a hold back, the buyer's only one unless told which."""
    return ReleaseHold(buyer_id=by, hold_id=hold_id or hold_of(by))


def expire_hold(hold_id: str) -> ExpireHold:
    """End a hold whose time is over."""
    return ExpireHold(hold_id=hold_id)


def book_hold(hold_id: str | None = None, by: str = ANN, amount: int = PRICE, currency: str = CURRENCY) -> BookHold:
    """Book a hold, the buyer's only one unless told which."""
    return BookHold(
        buyer_id=by, hold_id=hold_id or hold_of(by), payment_reference="paid", amount_minor=amount, currency=currency
    )


def command_record(show_id: str, *commands: tuple[str, Command]) -> bytes:
    """A record of (command id, command) to one show, as it is in the log."""
    posted = tuple(post(command, command_id) for command_id, command in commands)
    return encode_commands(CommandRecord(show_id=show_id, commands=posted))
