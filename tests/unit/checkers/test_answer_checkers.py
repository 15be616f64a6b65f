"""Every checker of answers finds nothing in an honest history, and its own planted fault in a dishonest one."""

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from scenarios.checkers.answers import check_answered, check_answers, check_receipts, unanswered_buyers
from scenarios.checkers.ordering import check_order
from scenarios.checkers.recorded import read_log
from scenarios.history import History, Request
from tests.commands import BOB, hold_seats, release_hold, schedule_show
from tests.histories import HONEST, SOLD_OUT, everything, fields, found_by, telling, with_forged, with_request
from tests.log_writer import Fields, LogWriter
from tests.told_history import told_history


def by_path(history: History, method: str, end: str, status: int) -> int:
    """The first request of a kind."""
    return next(
        number
        for number, request in enumerate(history.requests)
        if (request.method, request.status) == (method, status) and request.path.endswith(end)
    )


HELD = by_path(HONEST, "POST", "/holds", 201)
REFUSED = by_path(HONEST, "POST", "/holds", 409)
BOOKED = by_path(HONEST, "POST", "/bookings", 201)
PAID = b'{"amount_minor":9000,"currency":"EUR"}'
OTHER_RECEIPT = HONEST.requests[BOOKED].receipt

PLANTED_IN_ANSWERS = {
    "a yes without an event": (HELD, {"receipt": "0:99:" + "0" * 64}),
    "a yes without a receipt": (HELD, {"receipt": None}),
    "a no without a receipt": (REFUSED, {"receipt": None}),
    "a yes for a no": (REFUSED, {"status": 201}),
    "a no for a yes": (HELD, {"status": 409}),
    "another hash": (HELD, {"receipt": "0:2:" + "0" * 64}),
    "another's event": (HELD, {"receipt": OTHER_RECEIPT}),
    "no receipt at all": (HELD, {"receipt": "hello"}),
    "another buyer": (HELD, {"buyer": "eve"}),
    "another show": (HELD, {"path": "/shows/othello/holds"}),
    "other seats than asked for": (HELD, {"body": Raw(b'{"seats":["A-2-2"]}')}),
    "another hold than asked for": (BOOKED, {"body": Raw(b'{"hold_id":"h7","amount":%b}' % PAID)}),
    "dollars taken for euros": (BOOKED, {"body": Raw(b'{"hold_id":"h1","amount":%b}' % PAID.replace(b"EUR", b"USD"))}),
    "another release than asked for": (by_path(HONEST, "DELETE", "h4", 204), {"path": "/shows/hamlet/holds/h5"}),
}


@pytest.mark.parametrize("name", PLANTED_IN_ANSWERS)
def test_an_answer_without_its_event_is_found(name: str):
    number, changes = PLANTED_IN_ANSWERS[name]
    history = with_request(HONEST, number, **changes)
    assert found_by(check_answers(history.requests, read_log(history.events)), "answers", f"request {number},")


@pytest.mark.parametrize(
    ("number", "lie"),
    [
        (0, {"show_id": "othello"}),
        (HELD, {"hold_id": "h9"}),
        (HELD, {"seats": [{"seat": "A-1-1"}]}),
        (HELD, {"version": 9}),
        (HELD, {"total": {"amount_minor": 9000, "currency": "USD"}}),
        (BOOKED, {"amount": {"amount_minor": 4500, "currency": "EUR"}}),
        (BOOKED, {"booking_id": "b9"}),
        (BOOKED, {"seats": ["A-2-2"]}),
        (REFUSED, {"reason": "no_match"}),
    ],
)
def test_an_answer_that_says_something_else_than_its_event_is_found(number: int, lie: Fields):
    history = telling(HONEST, number, **lie)
    assert found_by(check_answers(history.requests, read_log(history.events)), "answers", f"request {number},")


def test_a_receipt_for_a_void_record_is_found():
    history = with_forged(HONEST, 18, fields(claim=0))
    history = replace(history, requests=HONEST.requests)
    last = len(history.requests) - 1
    assert found_by(check_answers(history.requests, read_log(history.events)), "answers", f"request {last},")


def test_a_receipt_given_to_two_commands_is_found():
    history = with_request(HONEST, HELD, receipt=HONEST.requests[BOOKED].receipt)
    assert found_by(check_receipts(history.requests), "answers")


def test_a_command_accepted_twice_is_found():
    again = replace(HONEST.requests[HELD], receipt=HONEST.requests[BOOKED].receipt)
    assert found_by(check_receipts((*HONEST.requests, again)), "answers", "ann, h1")


def silent(number: int) -> History:
    return with_request(SOLD_OUT, number, answered=None, status=None, receipt=None, answer=Raw(b"null"))


def outcome_of(request: Request, command_id: str, **changes: object) -> Request:
    """`GET /commands/{id}` after a 202."""
    body = {
        "command_id": command_id,
        "status": "decided",
        "http_status": request.status,
        "type": "seats-held",
        "receipt": request.receipt,
    }
    return Request(
        buyer=request.buyer,
        method="GET",
        path=f"/commands/{command_id}?at=0.1.0",
        key=None,
        body=Raw(b"null"),
        sent=request.sent + 0.001,
        answered=request.sent + 0.002,
        status=200,
        receipt=None,
        answer=Raw(msgspec.json.encode(body | changes)),
    )


def queued(number: int, command_id: str) -> History:
    body = Raw(msgspec.json.encode({"command_id": command_id, "status": "pending"}))
    return with_request(SOLD_OUT, number, status=202, receipt=None, answer=body)


def test_a_buyer_without_an_answer_is_found():
    assert unanswered_buyers(silent(1).requests) == {"buyer-1"}
    assert found_by(check_answered(silent(1).requests), "unanswered", "buyer buyer-1")


def test_asking_again_with_the_same_key_answers_it():
    history = silent(1)
    assert unanswered_buyers((*history.requests, SOLD_OUT.requests[1])) == set()


def test_a_202_is_no_answer_until_its_outcome_is_known():
    history = queued(1, "h1")
    assert unanswered_buyers(history.requests) == {"buyer-1"}
    followed = replace(history, requests=(*history.requests, outcome_of(SOLD_OUT.requests[1], "h1")))
    assert unanswered_buyers(followed.requests) == set()
    assert everything(followed) == []


def test_an_outcome_that_is_not_the_events_is_found():
    history = queued(1, "h1")
    lie = outcome_of(SOLD_OUT.requests[1], "h1", http_status=409)
    assert found_by(check_answers((*history.requests, lie), read_log(history.events)), "answers")


def test_a_503_is_no_answer():
    assert unanswered_buyers(with_request(SOLD_OUT, 1, status=503, receipt=None).requests) == {"buyer-1"}


def test_an_event_told_before_another_was_sent_must_stand_before_it():
    history = with_request(SOLD_OUT, 1, sent=10.0, answered=10.1)
    findings = check_order(history.requests)
    assert found_by(findings, "I5", "request 1, buyer buyer-1")


def test_swapped_offsets_are_found():
    first, second = SOLD_OUT.requests[1], SOLD_OUT.requests[3]
    history = with_request(with_request(SOLD_OUT, 1, receipt=second.receipt), 3, receipt=first.receipt)
    assert found_by(check_order(history.requests), "I5")


def test_requests_under_way_together_may_be_decided_in_any_order():
    history = with_request(SOLD_OUT, 1, sent=0.0, answered=10.1)
    assert check_order(history.requests) == []


def test_a_repeat_counts_from_when_it_was_first_sent():
    late = replace(SOLD_OUT.requests[1], sent=10.0, answered=10.1)
    assert check_order((*SOLD_OUT.requests, late)) == []
    assert found_by(check_order((*silent(1).requests, replace(late, key="another"))), "I5")


def test_partitions_have_orders_of_their_own():
    receipt = (SOLD_OUT.requests[1].receipt or "").replace("0:", "1:", 1)
    assert check_order(with_request(SOLD_OUT, 1, sent=10.0, answered=10.1, receipt=receipt).requests) == []


def test_a_release_is_judged_like_the_rest():
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("h1", hold_seats("A-1-1")))
    log.do(("r1", release_hold("h1", by=BOB)), ("r2", release_hold("h1")))
    assert everything(told_history(log)) == []
