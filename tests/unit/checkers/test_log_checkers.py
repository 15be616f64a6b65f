"""Every checker of the log finds nothing in an honest history, and its own planted fault in a dishonest one."""

import msgspec
import pytest
from msgspec.structs import replace

from scenarios.checkers.document_shapes import ReadModels
from scenarios.checkers.documents import check_documents
from scenarios.checkers.recorded import read_log
from scenarios.checkers.sales import check_ids, check_one_event_each, check_sold, sold_seats
from scenarios.checkers.seats import check_refusals, check_seats, false_refusals
from scenarios.history import History
from scenarios.oracle.judge import judge_log
from tests.commands import BOB, hold_best, hold_seats, schedule_show
from tests.histories import HONEST, SOLD_OUT, Change, data, everything, fields, found_by, with_forged
from tests.log_writer import Fields, LogWriter, a_sale
from tests.told_history import stored_records, told_history


@pytest.mark.parametrize("history", [HONEST, SOLD_OUT], ids=["a sale", "sold out"])
def test_an_honest_history_has_no_findings(history: History):
    assert everything(history) == []


def test_a_sold_out_house_is_exactly_that():
    log = read_log(SOLD_OUT.events)
    assert check_sold(log, "hamlet", 4) == []
    assert sorted(sold_seats(log, "hamlet")) == ["A-1-1", "A-1-2", "A-1-3", "A-1-4"]


def test_a_seat_too_few_is_found():
    assert found_by(check_sold(read_log(HONEST.events), "hamlet", 4), "sold", "show hamlet")


def test_a_seat_sold_twice_is_found():
    log = read_log(with_forged(SOLD_OUT, 5, data(seats=["A-1-1"])).events)
    findings = check_sold(log, "hamlet", 4)
    assert "seat A-1-1 was sold 2 times" in [finding.what for finding in findings]


def test_a_buyer_who_bought_twice_is_found():
    log = read_log(with_forged(SOLD_OUT, 5, data(buyer_id="buyer-1")).events)
    findings = check_sold(log, "hamlet", 4)
    assert "buyer buyer-1 bought 2 times" in [finding.what for finding in findings]


@pytest.mark.parametrize(
    ("offset", "change"),
    [(5, fields(command_id="b1")), (4, data(hold_id="h1")), (5, data(booking_id="b1"))],
    ids=["a command with two facts", "a hold id twice", "a booking id twice"],
)
def test_ids_that_are_used_twice_are_found(offset: int, change: Change):
    assert found_by(
        check_ids(read_log(with_forged(SOLD_OUT, offset, change).events)), "I3", f"booking.events 0:{offset}"
    )


PLANTED_IN_SEATS = {
    "a seat given to two": (SOLD_OUT, 4, data(seats=["A-1-1"]), "I1"),
    "a taken seat booked": (SOLD_OUT, 5, data(seats=["A-1-1"]), "I1"),
    "a booking of nothing": (SOLD_OUT, 5, data(hold_id="h9"), "I1"),
    "another's hold booked": (SOLD_OUT, 5, data(buyer_id="eve"), "I9"),
    "a lapsed hold booked": (SOLD_OUT, 5, fields(time=10**9), "I9"),
    "a hold ended early": (HONEST, 11, fields(time=1010), "I9"),
    "a hold released late": (HONEST, 13, fields(time=10**9), "I9"),
    "a live hold called lapsed": (
        HONEST,
        10,
        data(lapsed_holds=[{"hold_id": "h1", "buyer_id": "ann", "seats": ["A-1-1", "A-1-2"]}]),
        "I1",
    ),
    "a seat that the house has not": (SOLD_OUT, 4, data(seats=["B-9-9"]), "I10"),
    "a hold made twice": (SOLD_OUT, 4, data(hold_id="h1"), "I3"),
    "a hold of no seats": (SOLD_OUT, 4, data(seats=[]), "log"),
    "half a hold given back": (HONEST, 11, data(seats=["A-1-3"]), "I1"),
    "a show scheduled twice": (
        SOLD_OUT,
        2,
        fields(type="show-scheduled", data={"plan": {"sections": []}}),
        "log",
    ),
}


@pytest.mark.parametrize("name", PLANTED_IN_SEATS)
def test_a_wrong_holder_is_found_at_that_event(name: str):
    history, offset, change, invariant = PLANTED_IN_SEATS[name]
    findings = check_seats(read_log(with_forged(history, offset, change).events))
    assert found_by(findings, invariant, f"booking.events 0:{offset}"), findings


def test_being_refused_free_seats_is_found():
    refusal = {"buyer_id": "buyer-2", "reason": "seats_taken", "seats": ["A-1-2"]}
    history = with_forged(SOLD_OUT, 4, fields(type="hold-refused", data=refusal))
    assert [event.offset for event in false_refusals(read_log(history.events))] == [4]


def test_being_refused_seats_of_a_lapsed_hold_is_found():
    refusal = {"buyer_id": "bob", "reason": "seats_taken", "seats": ["A-1-3"]}
    history = with_forged(HONEST, 10, fields(type="hold-refused", data=refusal))
    assert found_by(check_refusals(read_log(history.events)), "refusals", "booking.events 0:10")


@pytest.mark.parametrize(
    ("quantity", "more", "false"),
    [
        (2, {}, True),
        (8, {}, False),
        (4, {"category": "silver"}, False),
        (1, {"accessible": True}, False),
        (4, {}, True),
    ],
)
def test_no_match_is_judged_by_the_ladder(quantity: int, more: Fields, false: bool):
    """At offset 5 seats 1 and 2 of the first row are held, the rest of two rows of four gold seats is free."""
    refusal = {"buyer_id": "bob", "reason": "no_match", "quantity": quantity, **more}
    history = with_forged(HONEST, 5, fields(type="hold-refused", data=refusal))
    assert bool(false_refusals(read_log(history.events))) is false


def test_enough_seats_that_are_nowhere_together_are_a_true_no_match():
    log = LogWriter()
    log.do(("show-1", schedule_show(3)))
    log.do(("h1", hold_seats("A-1-2")))
    log.do(("h2", hold_best(2, by=BOB)), ("h3", hold_best(2, by=BOB, together=False)))
    history = told_history(log)
    assert everything(history) == []
    assert [event.type for event in read_log(history.events).events] == [
        "show-scheduled",
        "seats-held",
        "hold-refused",
        "seats-held",
    ]


def test_a_lost_event_is_found():
    history = replace(HONEST, events=tuple(one for one in HONEST.events if one.offset != 6))
    log = read_log(history.events)
    assert found_by(check_one_event_each(history.commands, log), "I3", "booking.commands 0:3")
    assert found_by(list(log.findings), "log", "booking.events 0:7")


def test_a_second_event_for_a_command_is_found():
    again = fields(source=[3, 0, 1])
    history = with_forged(HONEST, 8, again)
    log = read_log(history.events)
    assert found_by(check_one_event_each(history.commands, log), "I3", "booking.commands 0:4")


def test_an_event_for_a_command_that_never_was_is_found():
    history = with_forged(HONEST, 18, fields(source=[12, 0, 1]))
    findings = check_one_event_each(history.commands, read_log(history.events))
    assert found_by(findings, "I3", "booking.events 0:18")


def test_pending_commands_are_found_only_once_all_should_be_done():
    log = a_sale()
    log.send(("p1", hold_seats("A-1-3")))
    commands, recorded = stored_records(0, log.commands), read_log(stored_records(0, log.events))
    assert check_one_event_each(commands, recorded, drained=False) == []
    assert found_by(check_one_event_each(commands, recorded), "I3", "booking.commands 0:12")


PLANTED_IN_RECORDS = {
    "a flipped bit": (lambda record: record.update(digest="f" + record["digest"][1:]), 3, False),
    "a broken chain": (fields(prev="0" * 64), 6, True),
    "a wrong version": (fields(version=9), 6, True),
    "a skipped source": (fields(source=[9, 0, 1]), 6, True),
    "a claim that was never made": (fields(claim=99), 6, True),
    "a schema of the future": (fields(schema=2), 6, True),
}


@pytest.mark.parametrize("name", PLANTED_IN_RECORDS)
def test_a_damaged_record_is_found(name: str):
    change, offset, whole = PLANTED_IN_RECORDS[name]
    if whole:
        history = with_forged(HONEST, offset, change)
    else:
        record: Fields = msgspec.json.decode(HONEST.events[offset].stored())
        change(record)
        events = list(HONEST.events)
        events[offset] = replace(events[offset], value=msgspec.json.encode(record).decode())
        history, offset = replace(HONEST, events=tuple(events)), offset + 1
    assert found_by(list(read_log(history.events).findings), "log", f"booking.events 0:{offset}")


def test_bytes_that_are_no_record_are_found():
    events = list(HONEST.events)
    events[3] = replace(events[3], value="{")
    assert found_by(list(read_log(events).findings), "log", "booking.events 0:3")


def test_void_records_are_no_finding():
    log = a_sale()
    log.stray(log.events[2].value)
    recorded = read_log(stored_records(0, log.events))
    assert recorded.findings == ()
    assert [event.valid for event in recorded.events][-2:] == [True, False]
    assert judge_log(stored_records(0, log.commands), stored_records(0, log.events)) == []


def test_a_hold_that_is_made_twice_is_found_and_its_seats_harm_no_checker():
    history = with_forged(HONEST, 5, data(hold_id="h1"))
    log = read_log(history.events)
    assert found_by(check_seats(log), "I3")
    assert check_documents(ReadModels(), log) == []
    check_refusals(log)
