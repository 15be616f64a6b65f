"""What a recorded event says over HTTP: status, headers, body. The same event always gives the same bytes."""

from typing import Final, NamedTuple, assert_never

import msgspec

from contracts import problems
from contracts.codec import decode_event
from contracts.events import (
    BookingRefused,
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    Event,
    ExpiryRefused,
    HoldExpired,
    HoldRefused,
    ReleaseRefused,
    ScheduleRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
    ShowScheduled,
)
from contracts.records import EventRecord, place_text, receipt, record_hash, rfc3339

JSON: Final = b"application/json"
PROBLEM: Final = problems.MEDIA_TYPE.encode()
COMMAND_ID_REUSED: Final = "command-id-reused"

Headers = list[tuple[bytes, bytes]]
_encode: Final = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    """One whole response. `kind` is its label in the metrics."""

    status: int
    headers: Headers
    body: bytes
    kind: str


class Seen(NamedTuple):
    """An accepted event as the tail saw it; `value` is the record's bytes as stored."""

    partition: int
    offset: int
    record: EventRecord
    value: bytes


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount in minor units of an ISO 4217 currency."""

    amount_minor: int
    currency: str


class HeldSeat(msgspec.Struct, frozen=True, kw_only=True):
    """One seat of a hold, and its price."""

    seat: str
    price: Money


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Seats are kept for you until `expires_at` (RFC 3339, UTC)."""

    hold_id: str
    show_id: str
    seats: tuple[HeldSeat, ...]
    total: Money
    expires_at: str
    version: int


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """The seats are yours; `amount` is what was paid for them."""

    booking_id: str
    hold_id: str
    seats: tuple[str, ...]
    amount: Money
    version: int


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """The show is on sale under these terms from `version` on."""

    show_id: str
    version: int


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """Not decided yet. `pending`: it is in the log, and Location tells where its outcome will be.

    `unconfirmed`: it was handed to the log, which has not confirmed it; send the same request with the same
    Idempotency-Key again to learn its outcome.
    """

    command_id: str
    status: str


def decided(seen: Seen) -> Answer:
    """The answer to the command that this event decided. Raises DecodeError on data that is not readable."""
    event = decode_event(seen.record)
    if isinstance(event, SeatsHeld):
        return _held(seen, event)
    return _answer(seen, event)


def _answer(seen: Seen, event: Event) -> Answer:
    record = seen.record
    match event:
        case SeatsHeld():
            return _held(seen, event)
        case SeatsBooked():
            return _booked(seen, event)
        case ShowScheduled():
            body = _encode(Scheduled(show_id=record.show_id, version=record.version))
            return _said(seen, 201, body, f"/shows/{record.show_id}")
        case SeatsReleased():
            return Answer(204, [_receipt(seen)], b"", "accepted")
        case ScheduleRefused() | HoldRefused() | ReleaseRefused() | BookingRefused() | ExpiryRefused():
            return _refused(seen, event)
        case CommandIdReused():
            detail = "Another command was sent under this Idempotency-Key."
            body = problems.problem(422, COMMAND_ID_REUSED, "The Idempotency-Key was used before.", detail)
            return _told(seen, 422, body, "refused")
        case CommandUnreadable() | CommandFailed() | CommandRepeated() | HoldExpired():
            return _undecidable(seen)
        case _:
            assert_never(event)


def _held(seen: Seen, event: SeatsHeld) -> Answer:
    show_id = seen.record.show_id
    hold = Hold(
        hold_id=event.hold_id,
        show_id=show_id,
        seats=tuple(
            HeldSeat(seat=seat, price=Money(amount_minor=price, currency=event.currency))
            for seat, price in zip(event.seats, event.prices_minor, strict=True)
        ),
        total=Money(amount_minor=sum(event.prices_minor), currency=event.currency),
        expires_at=rfc3339(event.expires_at),
        version=seen.record.version,
    )
    return _said(seen, 201, _encode(hold), f"/shows/{show_id}/holds/{event.hold_id}")


def _booked(seen: Seen, event: SeatsBooked) -> Answer:
    booking = Booking(
        booking_id=event.booking_id,
        hold_id=event.hold_id,
        seats=event.seats,
        amount=Money(amount_minor=event.amount_minor, currency=event.currency),
        version=seen.record.version,
    )
    return _said(seen, 201, _encode(booking), f"/bookings/{event.booking_id}")


def _refused(
    seen: Seen, event: ScheduleRefused | HoldRefused | ReleaseRefused | BookingRefused | ExpiryRefused
) -> Answer:
    lost_to: dict[str, object] = {"version": seen.record.version}
    match event:
        case HoldRefused(conflicts=conflicts) if conflicts:
            lost_to["conflicts"] = conflicts
        case ScheduleRefused(problems=findings) if findings:
            lost_to["errors"] = [
                {"field": field, "message": message}
                for field, _, message in (finding.partition(": ") for finding in findings)
            ]
        case BookingRefused(due_minor=int(amount), due_currency=str(currency)):
            lost_to["due"] = Money(amount_minor=amount, currency=currency)
        case BookingRefused(booking_id=str(booking_id)):
            lost_to["booking_id"] = booking_id
    status, body = problems.refusal_problem(event.reason, None, **lost_to)
    return _told(seen, status, body, "refused")


def _undecidable(seen: Seen) -> Answer:
    """The command is in the dead letters, or the log answers it with something no caller can have asked for."""
    command_id = seen.record.command_id
    body = problems.problem(
        500,
        problems.INTERNAL,
        "The command could not be decided.",
        "It changed nothing. The operators have it in the dead letters.",
        command_id=command_id,
        event=seen.record.type,
    )
    return _told(seen, 500, body, "failed")


def _said(seen: Seen, status: int, body: bytes, location: str) -> Answer:
    headers = [
        (b"content-type", JSON),
        (b"content-length", b"%d" % len(body)),
        (b"location", location.encode()),
        _receipt(seen),
    ]
    return Answer(status, headers, body, "accepted")


def _told(seen: Seen, status: int, body: bytes, kind: str) -> Answer:
    return Answer(int(status), [*_headers(PROBLEM, body), _receipt(seen)], body, kind)


def pending(command_id: str, place: tuple[int, int, int] | None) -> Answer:
    """202. `place` (partition, offset, index) is None as long as the log has not confirmed the append."""
    body = _encode(Pending(command_id=command_id, status="unconfirmed" if place is None else "pending"))
    headers = [*_headers(JSON, body), retry_after(1)]
    if place is not None:
        headers.append((b"location", f"/commands/{command_id}?at={place_text(*place)}".encode()))
    return Answer(202, headers, body, "pending")


def unavailable(why: str, retry_seconds: int = 1) -> Answer:
    """503: the command was not handed to Kafka, so nothing can come of it."""
    body = problems.problem(503, problems.UNAVAILABLE, "The command was not taken.", why)
    return Answer(503, [*_headers(PROBLEM, body), retry_after(retry_seconds)], body, "unavailable")


def retry_after(seconds: int) -> tuple[bytes, bytes]:
    """The header that says when to ask again."""
    return b"retry-after", b"%d" % seconds


def told(status: int, body: bytes, *more: tuple[bytes, bytes]) -> Answer:
    """A problem that was found before any command was made."""
    return Answer(status, [*_headers(PROBLEM, body), *more], body, "invalid")


def internal_error() -> Answer:
    """500 for what should not have happened; the log has the rest."""
    return told(500, problems.problem(500, problems.INTERNAL, "Something went wrong on our side."))


def _headers(media_type: bytes, body: bytes) -> Headers:
    return [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]


def _receipt(seen: Seen) -> tuple[bytes, bytes]:
    return b"seatlog-receipt", receipt(seen.partition, seen.offset, record_hash(seen.value)).encode()
