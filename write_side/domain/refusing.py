"""The refusal of a command repeats what was asked, with the reason."""

from typing import assert_never, overload

from contracts.commands import BookHold, Command, ExpireHold, HoldBestAvailable, HoldSeats, ReleaseHold, ScheduleShow
from contracts.events import BookingRefused, ExpiryRefused, HoldRefused, Refused, ReleaseRefused, ScheduleRefused
from contracts.refusals import Reason


@overload
def refused(command: HoldSeats | HoldBestAvailable, reason: Reason) -> HoldRefused: ...
@overload
def refused(command: ReleaseHold, reason: Reason) -> ReleaseRefused: ...
@overload
def refused(command: ExpireHold, reason: Reason) -> ExpiryRefused: ...
@overload
def refused(command: BookHold, reason: Reason) -> BookingRefused: ...
@overload
def refused(command: ScheduleShow, reason: Reason) -> ScheduleRefused: ...
@overload
def refused(command: Command, reason: Reason) -> Refused: ...
def refused(command: Command, reason: Reason) -> Refused:
    """The refusal event of a command."""
    match command:
        case HoldSeats():
            return HoldRefused(buyer_id=command.buyer_id, reason=reason, seats=command.seats)
        case HoldBestAvailable():
            return HoldRefused(
                buyer_id=command.buyer_id,
                reason=reason,
                quantity=command.quantity,
                category=command.category,
                section=command.section,
                accessible=command.accessible,
                together=command.together,
            )
        case ReleaseHold():
            return ReleaseRefused(buyer_id=command.buyer_id, hold_id=command.hold_id, reason=reason)
        case ExpireHold():
            return ExpiryRefused(hold_id=command.hold_id, reason=reason)
        case BookHold():
            return BookingRefused(
                buyer_id=command.buyer_id,
                hold_id=command.hold_id,
                payment_reference=command.payment_reference,
                amount_minor=command.amount_minor,
                currency=command.currency,
                reason=reason,
            )
        case ScheduleShow():
            return ScheduleRefused(organiser_id=command.organiser_id, title=command.title, reason=reason)
        case _:
            assert_never(command)
