"""The oracle agrees with an honest log, and finds what it would not have decided."""

import pytest

from scenarios.checkers.recorded import read_log
from scenarios.oracle.judge import check_sequence
from tests.commands import ANN, book_hold, hold_seats, schedule_show
from tests.histories import HONEST, data, fields, found_by, with_forged
from tests.log_writer import LogWriter
from tests.told_history import told_history

PLANTED_FOR_THE_ORACLE = {
    "another price": (2, data(prices_minor=[4500, 1])),
    "a longer hold": (2, data(expires_at=10**9)),
    "another conflict": (3, data(conflicts=[{"seat": "A-1-2", "status": "booked", "since_version": 2}])),
    "a repeat called a reuse": (4, fields(type="command-id-reused")),
    "a reuse called a repeat": (8, fields(type="command-repeated")),
    "a repeat that points elsewhere": (4, data(version=1)),
    "a repeat with another offset": (4, data(offset=1)),
    "worse seats": (5, data(seats=["A-2-3", "A-2-4"])),
    "an amount too small": (6, data(amount_minor=1)),
    "another currency": (6, data(currency="USD")),
    "a price in another currency": (2, data(currency="USD")),
    "another reason": (9, data(reason="hold_lapsed")),
    "a forgotten lapsed hold": (11, fields(type="expiry-refused", data={"hold_id": "h3", "reason": "not_due"})),
    "a booking of a lapsed hold": (
        12,
        fields(type="seats-booked", data={"booking_id": "b3", "hold_id": "h3", "buyer_id": "bob"}),
    ),
    "a wall clock": (10, fields(time=1_700_000_000_000)),
    "a refusal though free": (5, fields(type="hold-refused", data={"buyer_id": "bob", "reason": "no_match"})),
    "another show": (6, fields(show_id="othello")),
    "another command": (6, fields(command_id="b7")),
    "another digest": (6, fields(digest="")),
    "a reading of the unreadable": (16, fields(type="command-failed")),
    "another title": (1, data(title="Othello")),
}


@pytest.mark.parametrize("name", PLANTED_FOR_THE_ORACLE)
def test_the_oracle_finds_what_it_would_not_have_decided(name: str):
    offset, change = PLANTED_FOR_THE_ORACLE[name]
    history = with_forged(HONEST, offset, change)
    findings = check_sequence(history.commands, read_log(history.events))
    assert found_by(findings, "I4", f"booking.events 0:{offset},"), findings


def test_dollars_do_not_pay_for_euros():
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("h1", hold_seats("A-1-1")))
    log.do(("b1", book_hold("h1", currency="USD")))
    history = told_history(log)
    assert check_sequence(history.commands, read_log(history.events)) == []
    booked = {
        "booking_id": "b1",
        "hold_id": "h1",
        "buyer_id": ANN,
        "seats": ["A-1-1"],
        "amount_minor": 4500,
        "currency": "EUR",
        "payment_reference": "paid",
    }
    taken = with_forged(history, 3, lambda record: record.update(type="seats-booked", data=booked))
    findings = check_sequence(taken.commands, read_log(taken.events))
    assert found_by(findings, "I4", "booking.events 0:3,"), findings


def test_an_id_that_is_too_long_makes_a_record_unreadable():
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("x" * 128, hold_seats("A-1-1")))
    log.do(("x" * 129, hold_seats("A-1-2")))
    log.do(("h3", hold_seats("A-1-3")))
    history = told_history(log)
    found = read_log(history.events)
    assert [event.type for event in found.valid] == ["show-scheduled", "seats-held", "command-unreadable", "seats-held"]
    assert check_sequence(history.commands, found) == []
