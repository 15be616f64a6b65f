"""Every reason for a *no*: its wire name, its HTTP status and its sentence for people. The one table of it."""

from enum import StrEnum
from http import HTTPStatus
from typing import Final, NamedTuple


class Reason(StrEnum):
    """Why a command was refused; the value is the wire name, for ever."""

    UNKNOWN_SHOW = "unknown_show"
    WRONG_PARTITION = "wrong_partition"
    SHOW_OVER = "show_over"
    ALREADY_SCHEDULED = "already_scheduled"
    INVALID_PLAN = "invalid_plan"
    SEATS_TAKEN = "seats_taken"
    UNKNOWN_SEATS = "unknown_seats"
    DUPLICATE_SEATS = "duplicate_seats"
    TOO_MANY_SEATS = "too_many_seats"
    BUYER_LIMIT = "buyer_limit"
    LEAVES_SINGLE_SEAT = "leaves_single_seat"
    NO_MATCH = "no_match"
    SALE_NOT_OPEN = "sale_not_open"
    SALE_CLOSED = "sale_closed"
    PRESALE_CODE_NEEDED = "presale_code_needed"
    PRESALE_CODE_WRONG = "presale_code_wrong"
    UNKNOWN_HOLD = "unknown_hold"
    NOT_YOUR_HOLD = "not_your_hold"
    HOLD_LAPSED = "hold_lapsed"
    NOT_DUE = "not_due"
    WRONG_AMOUNT = "wrong_amount"
    ALREADY_BOOKED = "already_booked"


class Refusal(NamedTuple):
    """How a reason is told over HTTP."""

    status: HTTPStatus
    sentence: str


_NOT_FOUND: Final = HTTPStatus.NOT_FOUND
_CONFLICT: Final = HTTPStatus.CONFLICT
_UNPROCESSABLE: Final = HTTPStatus.UNPROCESSABLE_ENTITY
_FORBIDDEN: Final = HTTPStatus.FORBIDDEN

REFUSALS: Final[dict[Reason, Refusal]] = {
    Reason.UNKNOWN_SHOW: Refusal(_NOT_FOUND, "There is no such show."),
    Reason.WRONG_PARTITION: Refusal(_NOT_FOUND, "The command was sent to a partition that is not the show's."),
    Reason.SHOW_OVER: Refusal(_CONFLICT, "The show is over."),
    Reason.ALREADY_SCHEDULED: Refusal(_CONFLICT, "A show with this id is scheduled already."),
    Reason.INVALID_PLAN: Refusal(_UNPROCESSABLE, "The show cannot be sold as described."),
    Reason.SEATS_TAKEN: Refusal(_CONFLICT, "At least one of the seats is taken."),
    Reason.UNKNOWN_SEATS: Refusal(_UNPROCESSABLE, "The house has no such seat."),
    Reason.DUPLICATE_SEATS: Refusal(_UNPROCESSABLE, "A seat is named twice."),
    Reason.TOO_MANY_SEATS: Refusal(_UNPROCESSABLE, "That is more seats than one hold may have."),
    Reason.BUYER_LIMIT: Refusal(_CONFLICT, "That is more seats than one buyer may have at this show."),
    Reason.LEAVES_SINGLE_SEAT: Refusal(_CONFLICT, "That would leave a single free seat between taken ones."),
    Reason.NO_MATCH: Refusal(_CONFLICT, "No free seats fit the wish."),
    Reason.SALE_NOT_OPEN: Refusal(_CONFLICT, "The sale has not opened yet."),
    Reason.SALE_CLOSED: Refusal(_CONFLICT, "The sale has closed."),
    Reason.PRESALE_CODE_NEEDED: Refusal(_FORBIDDEN, "The presale needs a code."),
    Reason.PRESALE_CODE_WRONG: Refusal(_FORBIDDEN, "The presale code is wrong."),
    Reason.UNKNOWN_HOLD: Refusal(_NOT_FOUND, "There is no such hold."),
    Reason.NOT_YOUR_HOLD: Refusal(_NOT_FOUND, "There is no such hold."),
    Reason.HOLD_LAPSED: Refusal(_CONFLICT, "The hold's time is over."),
    Reason.NOT_DUE: Refusal(_CONFLICT, "The hold's time is not over yet."),
    Reason.WRONG_AMOUNT: Refusal(_UNPROCESSABLE, "The amount is not the price of the hold."),
    Reason.ALREADY_BOOKED: Refusal(_CONFLICT, "The hold is booked already."),
}
