"""The rules of the sale: what a command becomes. Pure: no clock, no chance, no I/O, no logging.

Each rule is one function that reads as a decision table: guards first, each with its refusal, the fact last. `at` is
log time in milliseconds: the command's append time, never a clock of ours.
"""

from typing import assert_never

import msgspec

from contracts.commands import BookHold, Command, ExpireHold, HoldBestAvailable, HoldSeats, ReleaseHold, ScheduleShow
from contracts.events import (
    BookingRefused,
    Conflict,
    Event,
    ExpiryRefused,
    HoldExpired,
    HoldRefused,
    LapsedHold,
    ReleaseRefused,
    ScheduleRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
    ShowScheduled,
)
from contracts.limits import SECOND_MS
from contracts.records import Instant
from contracts.refusals import Reason
from contracts.seat_plans import FREE, STATUS_NAMES
from write_side.domain.identity import repeated
from write_side.domain.pricing import prices_of
from write_side.domain.refusing import refused
from write_side.domain.scheduling import schedule_problems
from write_side.domain.seating import Wish, best_available, leaves_single_seat
from write_side.domain.show import Hold, Show, lapsed_hold, occupant_of, open_statuses


def decide(show: Show, command: Command, at: Instant, *, command_id: str, digest: str) -> Event:
    """The one event that a command to a show becomes."""
    if show.over(at):
        return refused(command, Reason.SHOW_OVER)
    notice = repeated(show.memory, command, command_id, digest, at)
    if notice is not None:
        return notice
    if isinstance(command, ScheduleShow):
        return _schedule_show(show, command)
    if show.terms is None:
        return refused(command, Reason.UNKNOWN_SHOW)
    match command:
        case HoldSeats():
            return _hold_seats(show, show.terms, command, at, command_id)
        case HoldBestAvailable():
            return _hold_best_available(show, show.terms, command, at, command_id)
        case BookHold():
            return _book_hold(show, show.terms, command, at, command_id)
        case ReleaseHold():
            return _release_hold(show, command, at)
        case ExpireHold():
            return _expire_hold(show, command, at)
        case _:
            assert_never(command)


def _schedule_show(show: Show, command: ScheduleShow) -> ShowScheduled | ScheduleRefused:
    if show.terms is not None:
        return refused(command, Reason.ALREADY_SCHEDULED)
    problems = schedule_problems(command)
    if problems:
        return msgspec.structs.replace(refused(command, Reason.INVALID_PLAN), problems=problems)
    return ShowScheduled(
        organiser_id=command.organiser_id,
        title=command.title,
        venue=command.venue,
        starts_at=command.starts_at,
        sale=command.sale,
        plan=command.plan,
        prices=command.prices,
        currency=command.currency,
        presale=command.presale,
        policy=command.policy,
    )


def _hold_seats(
    show: Show, terms: ShowScheduled, command: HoldSeats, at: Instant, command_id: str
) -> SeatsHeld | HoldRefused:
    closed = _sale_closed(terms, command, at)
    if closed is not None:
        return refused(command, closed)
    if len(command.seats) > terms.policy.seats_per_hold:
        return refused(command, Reason.TOO_MANY_SEATS)
    try:
        chosen = show.index.positions(command.seats)
    except KeyError:
        return refused(command, Reason.UNKNOWN_SEATS)
    if len(set(chosen)) != len(chosen):
        return refused(command, Reason.DUPLICATE_SEATS)
    conflicts = _conflicts(show, chosen, at)
    if conflicts:
        return msgspec.structs.replace(refused(command, Reason.SEATS_TAKEN), conflicts=conflicts)
    if _beyond_buyer_limit(show, terms, command.buyer_id, len(chosen), at):
        return refused(command, Reason.BUYER_LIMIT)
    if terms.policy.leave_no_single_seat and leaves_single_seat(show.index, open_statuses(show, at), chosen):
        return refused(command, Reason.LEAVES_SINGLE_SEAT)
    return _seats_held(show, terms, command.buyer_id, chosen, command.seats, at, command_id)


def _hold_best_available(
    show: Show, terms: ShowScheduled, command: HoldBestAvailable, at: Instant, command_id: str
) -> SeatsHeld | HoldRefused:
    closed = _sale_closed(terms, command, at)
    if closed is not None:
        return refused(command, closed)
    if command.quantity > terms.policy.seats_per_hold:
        return refused(command, Reason.TOO_MANY_SEATS)
    if _beyond_buyer_limit(show, terms, command.buyer_id, command.quantity, at):
        return refused(command, Reason.BUYER_LIMIT)
    wish = Wish(command.quantity, command.category, command.section, command.accessible, command.together)
    chosen = best_available(show.index, open_statuses(show, at), wish)
    if chosen is None:
        return refused(command, Reason.NO_MATCH)
    if terms.policy.leave_no_single_seat and leaves_single_seat(show.index, open_statuses(show, at), chosen):
        return refused(command, Reason.LEAVES_SINGLE_SEAT)
    labels = tuple(show.index.label(seat) for seat in chosen)
    return _seats_held(show, terms, command.buyer_id, chosen, labels, at, command_id)


def _release_hold(show: Show, command: ReleaseHold, at: Instant) -> SeatsReleased | ReleaseRefused:
    hold = _own_hold(show, command, at)
    if isinstance(hold, Reason):
        return refused(command, hold)
    return SeatsReleased(hold_id=hold.id, buyer_id=hold.buyer_id, seats=_labels(show, hold))


def _expire_hold(show: Show, command: ExpireHold, at: Instant) -> HoldExpired | ExpiryRefused:
    hold = show.holds.get(command.hold_id)
    if hold is None:
        return refused(command, Reason.UNKNOWN_HOLD)
    if not hold.lapsed(at):
        return refused(command, Reason.NOT_DUE)
    return HoldExpired(hold_id=hold.id, buyer_id=hold.buyer_id, seats=_labels(show, hold))


def _book_hold(
    show: Show, terms: ShowScheduled, command: BookHold, at: Instant, command_id: str
) -> SeatsBooked | BookingRefused:
    booking = show.bookings.get(show.booked_holds.get(command.hold_id, ""))
    if booking is not None and booking.buyer_id == command.buyer_id:
        return msgspec.structs.replace(refused(command, Reason.ALREADY_BOOKED), booking_id=booking.id)
    hold = _own_hold(show, command, at)
    if isinstance(hold, Reason):
        return refused(command, hold)
    if (command.amount_minor, command.currency) != (hold.amount_minor, terms.currency):
        wrong = refused(command, Reason.WRONG_AMOUNT)
        return msgspec.structs.replace(wrong, due_minor=hold.amount_minor, due_currency=terms.currency)
    return SeatsBooked(
        booking_id=command_id,
        hold_id=hold.id,
        buyer_id=hold.buyer_id,
        seats=_labels(show, hold),
        amount_minor=hold.amount_minor,
        currency=terms.currency,
        payment_reference=command.payment_reference,
    )


def _own_hold(show: Show, command: ReleaseHold | BookHold, at: Instant) -> Hold | Reason:
    """The buyer's hold, in time, or why there is none. A hold that lapsed stays lapsed once that is recorded."""
    hold = show.holds.get(command.hold_id)
    if hold is None:
        lapsed = show.lapsed_holds.get(command.hold_id) == command.buyer_id
        return Reason.HOLD_LAPSED if lapsed else Reason.UNKNOWN_HOLD
    if hold.buyer_id != command.buyer_id:
        return Reason.NOT_YOUR_HOLD
    return Reason.HOLD_LAPSED if hold.lapsed(at) else hold


def _sale_closed(terms: ShowScheduled, command: HoldSeats | HoldBestAvailable, at: Instant) -> Reason | None:
    """Why nobody, or not this buyer, can have seats now."""
    if at >= terms.sale.closes_at:
        return Reason.SALE_CLOSED
    if at >= terms.sale.opens_at:
        return None
    if terms.presale is None or at < terms.presale.opens_at:
        return Reason.SALE_NOT_OPEN
    if command.presale_code_digest is None:
        return Reason.PRESALE_CODE_NEEDED
    if command.presale_code_digest != terms.presale.code_digest:
        return Reason.PRESALE_CODE_WRONG
    return None


def _conflicts(show: Show, chosen: tuple[int, ...], at: Instant) -> tuple[Conflict, ...]:
    """Which of these seats cannot be had, and since when."""
    return tuple(
        [
            Conflict(
                seat=show.index.label(seat),
                status=STATUS_NAMES[show.statuses[seat]],
                since_version=occupant_of(show, seat).version,
            )
            for seat in chosen
            if show.statuses[seat] != FREE and lapsed_hold(show, seat, at) is None
        ]
    )


def _beyond_buyer_limit(show: Show, terms: ShowScheduled, buyer_id: str, wanted: int, at: Instant) -> bool:
    """Whether a buyer would have more seats than the policy allows; lapsed holds do not count."""
    counts, limit = show.seats_of_buyer, terms.policy.seats_per_buyer
    if counts is None or limit is None:
        return False
    has = counts.get(buyer_id, 0)
    if has + wanted <= limit:
        return False
    lapsed = sum(len(hold.seats) for hold in show.holds.values() if hold.buyer_id == buyer_id and hold.lapsed(at))
    return has - lapsed + wanted > limit


def _seats_held(
    show: Show,
    terms: ShowScheduled,
    buyer_id: str,
    chosen: tuple[int, ...],
    labels: tuple[str, ...],
    at: Instant,
    command_id: str,
) -> SeatsHeld:
    """The fact, with the lapsed holds that it ends: whoever takes a lapsed seat ends its hold whole."""
    lapsed = {hold.id: hold for seat in chosen if (hold := lapsed_hold(show, seat, at)) is not None}
    return SeatsHeld(
        hold_id=command_id,
        buyer_id=buyer_id,
        seats=labels,
        prices_minor=prices_of(terms, show.index, chosen),
        currency=terms.currency,
        expires_at=at + terms.policy.hold_seconds * SECOND_MS,
        lapsed_holds=tuple(
            [LapsedHold(hold_id=hold.id, buyer_id=hold.buyer_id, seats=_labels(show, hold)) for hold in lapsed.values()]
        ),
    )


def _labels(show: Show, hold: Hold) -> tuple[str, ...]:
    return tuple([show.index.label(seat) for seat in hold.seats])
