"""Answers: every event that can decide a command has one, and the same event always the same bytes."""

import re
from typing import get_args

import msgspec
import pytest

from contracts.codec import DecodeError
from contracts.commands import SaleWindow
from contracts.events import (
    BookingRefused,
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    Conflict,
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
from contracts.records import receipt, record_hash, rfc3339
from contracts.refusals import REFUSALS, Reason
from contracts.seat_plans import SeatPlan
from tests.unit.command_api.saying import COMMAND, SHOW, held, seen, told
from write_side.api.answers import Answer, Seen, decided, pending, unavailable

SCHEDULED = ShowScheduled(
    organiser_id="org",
    title="Hamlet",
    venue="Globe",
    starts_at=1,
    sale=SaleWindow(opens_at=0, closes_at=1),
    plan=SeatPlan(sections=()),
    prices={},
    currency="EUR",
)
BOOKED = SeatsBooked(
    booking_id=COMMAND,
    hold_id="h",
    buyer_id="ann",
    seats=("A-1-1",),
    amount_minor=4500,
    currency="EUR",
    payment_reference="p",
)
RELEASED = SeatsReleased(hold_id="h", buyer_id="ann", seats=("A-1-1",))
BOOKING_REFUSED = BookingRefused(
    buyer_id="ann",
    hold_id="h",
    payment_reference="p",
    amount_minor=4500,
    currency="USD",
    reason=Reason.WRONG_AMOUNT,
    due_minor=4500,
    due_currency="EUR",
)
SAMPLES: list[tuple[Event, int]] = [
    (held(), 201),
    (BOOKED, 201),
    (SCHEDULED, 201),
    (RELEASED, 204),
    (ScheduleRefused(organiser_id="org", title="x", reason=Reason.INVALID_PLAN, problems=("prices: no gold",)), 422),
    (HoldRefused(buyer_id="ann", reason=Reason.SEATS_TAKEN, seats=("A-1-1",)), 409),
    (ReleaseRefused(buyer_id="ann", hold_id="h", reason=Reason.HOLD_LAPSED), 409),
    (BOOKING_REFUSED, 422),
    (ExpiryRefused(hold_id="h", reason=Reason.NOT_DUE), 409),
    (CommandIdReused(version=1, offset=1), 422),
    (CommandUnreadable(reason="x"), 500),
    (CommandFailed(error="KeyError"), 500),
    (HoldExpired(hold_id="h", buyer_id="ann", seats=("A-1-1",)), 500),
    (CommandRepeated(version=1, offset=1), 500),
]


def header(answer: Answer, name: bytes) -> bytes | None:
    return dict(answer.headers).get(name)


def test_every_event_type_has_a_sample_here():
    assert {type(event) for event, _ in SAMPLES} == set(get_args(Event))


@pytest.mark.parametrize(("event", "status"), SAMPLES, ids=lambda value: type(value).__name__)
def test_every_event_has_its_status_and_carries_its_receipt(event: Event, status: int):
    answer = decided(seen(event, partition=2, offset=11))
    value = seen(event).value
    assert answer.status == status
    assert header(answer, b"seatlog-receipt") == receipt(2, 11, record_hash(value)).encode()
    assert answer == decided(seen(event, partition=2, offset=11))


@pytest.mark.parametrize(("event", "status"), SAMPLES, ids=lambda value: type(value).__name__)
def test_errors_are_problems_and_everything_else_is_json(event: Event, status: int):
    answer = decided(seen(event))
    if status == 204:
        assert answer.body == b""
        assert header(answer, b"content-type") is None
        return
    assert header(answer, b"content-length") == b"%d" % len(answer.body)
    assert header(answer, b"content-type") == (b"application/json" if status < 300 else b"application/problem+json")
    if status >= 300:
        said = told(answer.body)
        assert said["status"] == status
        assert str(said["type"]).startswith("urn:seatlog:problem:")


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_told_as_the_table_says(reason: Reason):
    answer = decided(seen(HoldRefused(buyer_id="ann", reason=reason)))
    said = told(answer.body)
    kept_to_himself = Reason.UNKNOWN_HOLD if reason is Reason.NOT_YOUR_HOLD else reason
    assert (answer.status, said["reason"]) == (REFUSALS[reason].status, kept_to_himself)
    assert said["title"] == REFUSALS[kept_to_himself].sentence


def test_a_hold_tells_seats_prices_total_and_end():
    event = SeatsHeld(
        hold_id=COMMAND,
        buyer_id="ann",
        seats=("A-1-1", "A-1-2"),
        prices_minor=(4500, 100),
        currency="EUR",
        expires_at=1_005,
    )
    answer = decided(seen(event))
    assert told(answer.body) == {
        "hold_id": COMMAND,
        "show_id": SHOW,
        "seats": [
            {"seat": "A-1-1", "price": {"amount_minor": 4500, "currency": "EUR"}},
            {"seat": "A-1-2", "price": {"amount_minor": 100, "currency": "EUR"}},
        ],
        "total": {"amount_minor": 4600, "currency": "EUR"},
        "expires_at": "1970-01-01T00:00:01.005Z",
        "version": 7,
    }
    assert header(answer, b"location") == f"/shows/{SHOW}/holds/{COMMAND}".encode()


def test_a_booking_tells_what_was_paid():
    assert told(decided(seen(BOOKED)).body)["amount"] == {"amount_minor": 4500, "currency": "EUR"}


def test_a_refused_hold_tells_what_it_lost_to():
    conflict = Conflict(seat="A-1-1", status="held", since_version=3)
    answer = decided(seen(HoldRefused(buyer_id="ann", reason=Reason.SEATS_TAKEN, conflicts=(conflict,))))
    assert told(answer.body)["conflicts"] == [{"seat": "A-1-1", "status": "held", "since_version": 3}]


def test_a_refused_booking_tells_what_would_have_been_right():
    assert told(decided(seen(BOOKING_REFUSED)).body)["due"] == {"amount_minor": 4500, "currency": "EUR"}
    booked = {"reason": Reason.ALREADY_BOOKED, "booking_id": "b", "due_minor": None, "due_currency": None}
    twice = msgspec.structs.replace(BOOKING_REFUSED, **booked)
    assert told(decided(seen(twice)).body)["booking_id"] == "b"


def test_a_plan_that_is_no_good_names_its_fields():
    answer = decided(seen(SAMPLES[4][0]))
    assert told(answer.body)["errors"] == [{"field": "prices", "message": "no gold"}]


def test_data_that_is_not_readable_is_no_answer():
    good = seen(held())
    broken = msgspec.structs.replace(good.record, data=msgspec.Raw(b'{"seats": 1}'))
    with pytest.raises(DecodeError):
        decided(Seen(0, 1, broken, b""))


def test_pending_says_where_the_outcome_will_be():
    answer = pending(COMMAND, (2, 17, 3))
    assert (answer.status, header(answer, b"retry-after")) == (202, b"1")
    assert header(answer, b"location") == f"/commands/{COMMAND}?at=2.17.3".encode()
    assert told(answer.body) == {"command_id": COMMAND, "status": "pending"}


def test_without_a_place_no_place_is_made_up():
    answer = pending(COMMAND, None)
    assert (answer.status, header(answer, b"location")) == (202, None)
    assert told(answer.body)["status"] == "unconfirmed"


def test_unavailable_asks_to_come_back():
    answer = unavailable("Kafka is away.")
    assert (answer.status, header(answer, b"retry-after")) == (503, b"1")


@pytest.mark.parametrize("milliseconds", [0, 1, 999, 1_795_368_997_666, 253_402_300_799_999])
def test_instants_are_rfc_3339(milliseconds: int):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", rfc3339(milliseconds))
