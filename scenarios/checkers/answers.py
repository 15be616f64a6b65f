"""Every answer against the event that it claims: receipt, status, ids, seats, reason (I2 and the truth of answers)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import Event, RecordedLog
from scenarios.checkers.shapes import EventData
from scenarios.checkers.told import (
    Money,
    Receipt,
    asked,
    is_command,
    is_decided,
    is_outcome,
    receipt_of,
    show_of,
    told,
    where,
)
from scenarios.history import Request

Places = Mapping[tuple[int, int], Event]

_ACCEPTED: Final = {
    "show-scheduled": 201,
    "seats-held": 201,
    "seats-booked": 201,
    "seats-released": 204,
}
_UNPROCESSABLE: Final = frozenset(
    {"wrong_amount", "unknown_seats", "duplicate_seats", "too_many_seats", "invalid_plan"}
)
_NOT_FOUND: Final = frozenset({"unknown_show", "wrong_partition", "unknown_hold", "not_your_hold"})
_FORBIDDEN: Final = frozenset({"presale_code_needed", "presale_code_wrong"})
_TOLD_AS: Final = {"not_your_hold": "unknown_hold"}
"""A stranger learns nothing."""


def expected_status(event: Event) -> int:
    """The HTTP status that DOMAIN.md gives this event; 500 for what nobody should be told."""
    if event.type in _ACCEPTED:
        return _ACCEPTED[event.type]
    if event.type == "command-id-reused":
        return 422
    if not event.type.endswith("-refused"):
        return 500
    reason = event.data.reason
    if reason in _UNPROCESSABLE:
        return 422
    if reason in _NOT_FOUND:
        return 404
    return 403 if reason in _FORBIDDEN else 409


def check_answers(requests: Sequence[Request], log: RecordedLog) -> list[Finding]:
    """Every decided answer names a valid event by place and hash, and says what that event says."""
    places = {(event.partition, event.offset): event for event in log.events}
    return [
        Finding("answers", what, where(number, request))
        for number, request in enumerate(requests)
        if request.status is not None and (is_command(request) or is_outcome(request))
        for what in _wrong(request, places)
    ]


def _wrong(request: Request, places: Places) -> Iterator[str]:
    receipt = receipt_of(request)
    if receipt is None:
        if is_command(request) and request.status in (200, 201, 204, 409):
            yield f"it was answered with {request.status} without a receipt"
        return
    event = places.get((receipt.partition, receipt.offset))
    if event is None:
        yield f"its receipt {receipt.partition}:{receipt.offset} names no event of the log (I2)"
        return
    if event.hash != receipt.hash:
        yield f"its receipt {receipt.partition}:{receipt.offset} has another hash than the log (I2)"
    if not event.valid:
        yield f"its receipt {receipt.partition}:{receipt.offset} names a void event (I2)"
    yield from _wrong_status(request, event)
    yield from _wrong_content(request, event)


def _wrong_status(request: Request, event: Event) -> Iterator[str]:
    status = request.status
    if is_outcome(request):
        if status != 200:
            return
        status = told(request).http_status
    if status != expected_status(event):
        yield f"it was answered with {status}, but {event.where} is {event.type} {event.data.reason or ''}".rstrip()


def _wrong_content(request: Request, event: Event) -> Iterator[str]:
    answer, data = told(request), event.data
    caller = data.buyer_id or data.organiser_id
    if caller is not None and caller != request.buyer:
        yield f"{event.where} answers {caller}"
    show = show_of(request)
    if show is not None and event.show_id != show and not event.show_id.startswith("~"):
        yield f"{event.where} is about show {event.show_id}"
    if is_outcome(request):
        return
    if answer.reason is not None and answer.reason != _TOLD_AS.get(data.reason or "", data.reason):
        yield f"the reason told is {answer.reason}, but {event.where} has {data.reason}"
    if event.type in ("seats-held", "seats-booked"):
        said = (answer.hold_id, answer.labels, answer.version)
        if said != (data.hold_id, data.seats, event.version):
            yield f"it was told hold, seats, version {said}, but {event.where} has others"
    if event.type == "seats-held" and answer.total != Money(sum(data.prices_minor), data.currency or ""):
        yield f"it was told {answer.total}, but {event.where} has other prices"
    if event.type == "seats-booked" and answer.booking_id != data.booking_id:
        yield f"it was told booking {answer.booking_id}, but {event.where} has {data.booking_id}"
    if event.type == "seats-booked" and answer.amount != paid(data):
        yield f"it was told {answer.amount}, but {event.where} has {paid(data)}"
    if event.type == "show-scheduled" and answer.show_id != event.show_id:
        yield f"it was told show {answer.show_id}, but {event.where} has {event.show_id}"
    yield from _not_asked(request, event)


def _not_asked(request: Request, event: Event) -> Iterator[str]:
    """The event must be about what this request asked for, unless the point of it is that the key was used before."""
    if event.type == "command-id-reused":
        return
    body, data, path = asked(request), event.data, request.path.partition("?")[0]
    if request.method == "POST" and path.endswith("/holds"):
        if event.type not in ("seats-held", "hold-refused"):
            yield f"a hold was asked for, but {event.where} is {event.type}"
        elif body.seats is not None and data.seats != body.seats:
            yield f"{', '.join(body.seats)} were asked for, but {event.where} is about others"
        elif body.best_available is not None and body.best_available.quantity not in (data.quantity, len(data.seats)):
            yield f"{body.best_available.quantity} seats were asked for, but {event.where} is about another number"
    elif request.method == "POST" and path.endswith("/bookings"):
        if event.type not in ("seats-booked", "booking-refused") or data.hold_id != body.hold_id:
            yield f"a booking of {body.hold_id} was asked for, but {event.where} is {event.type} of {data.hold_id}"
        elif body.amount != paid(data):
            yield f"{body.amount} was paid, but {event.where} says {paid(data)}"
    elif request.method == "DELETE" and "/holds/" in path:
        hold_id = path.rpartition("/")[2]
        if event.type not in ("seats-released", "release-refused") or data.hold_id != hold_id:
            yield f"a release of {hold_id} was asked for, but {event.where} is {event.type} of {data.hold_id}"


def paid(data: EventData) -> Money:
    """What the event of a booking, or its refusal, says that the buyer paid."""
    return Money(-1 if data.amount_minor is None else data.amount_minor, data.currency or "")


def check_receipts(requests: Sequence[Request]) -> list[Finding]:
    """No two different commands were given the same receipt, and none was accepted under two different ones.

    A refusal may come again with another receipt: it is forgotten after a day, and a reused key is refused each time.
    """
    commands: dict[Receipt, set[tuple[str, ...]]] = defaultdict(set)
    receipts: dict[tuple[str, ...], set[Receipt]] = defaultdict(set)
    for number, request in enumerate(requests):
        receipt = receipt_of(request)
        if receipt is not None and request.status is not None and is_command(request) and is_decided(request):
            name = command_name(number, request)
            commands[receipt].add(name)
            if request.status < HTTPStatus.BAD_REQUEST:
                receipts[name].add(receipt)
    findings = [
        Finding(
            "answers", f"receipt {receipt.partition}:{receipt.offset} was given to {len(names)} commands", "requests"
        )
        for receipt, names in commands.items()
        if len(names) > 1
    ]
    return findings + [
        Finding("answers", f"the command was accepted under {len(given)} receipts", f"{name[0]}, {name[-1]}")
        for name, given in receipts.items()
        if len(given) > 1
    ]


def command_name(number: int, request: Request) -> tuple[str, ...]:
    """What makes requests the same command: caller, show and key, and what was asked; without a key each is its own."""
    if request.key is None:
        return (request.buyer, str(number))
    return (request.buyer, request.method, request.path, bytes(request.body).decode(errors="replace"), request.key)


def unanswered_buyers(requests: Sequence[Request]) -> set[str]:
    """Buyers who asked for something and never got a final answer to it, neither directly nor after a 202."""
    settled: set[tuple[str, ...]] = set()
    asking: dict[tuple[str, ...], str] = {}
    by_command: dict[str, tuple[str, ...]] = {}
    for number, request in enumerate(requests):
        if is_command(request):
            name = command_name(number, request)
            asking[name] = request.buyer
            if is_decided(request):
                settled.add(name)
            command_id = told(request).command_id if request.status == 202 else None
            if command_id is not None:
                by_command[command_id] = name
    for request in requests:
        if is_outcome(request) and request.status == 200 and receipt_of(request) is not None:
            command_id = request.path.partition("?")[0].split("/")[2]
            if command_id in by_command:
                settled.add(by_command[command_id])
    return {buyer for name, buyer in asking.items() if name not in settled}


def check_answered(requests: Sequence[Request]) -> list[Finding]:
    """Everybody who asked was answered."""
    return [
        Finding("unanswered", "something this buyer asked for was never answered for good", f"buyer {buyer}")
        for buyer in sorted(unanswered_buyers(requests))
    ]
