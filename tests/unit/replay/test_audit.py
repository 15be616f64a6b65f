"""What `verify` says about a partition: nothing about a good one, and the record by name about each planted fault."""

from collections.abc import Callable

import msgspec
import pytest

import write_side.domain.decide
from contracts.codec import encode_claim
from contracts.events import HoldRefused
from contracts.records import PartitionClaim, record_hash
from read_side.replay.audit import PartitionAudit
from read_side.replay.log_reader import Stored
from tests.audited import audited
from tests.commands import BOB, book_hold, hold_seats, schedule_show
from tests.log_writer import LogWriter, a_sale, forged, rewritten

Records = list[Stored]
SALE = a_sale()
HELD, REFUSED, REPEATED, BOOKED, EXPIRED, LAST = 2, 3, 4, 6, 11, 18


def test_a_good_partition_has_no_fault():
    audit, faults = audited(SALE.commands, SALE.events)
    assert faults == []
    assert (audit.claims, audit.partition.cursor.valid, audit.partition.cursor.void, audit.pending) == (2, 17, 0, 0)
    assert {show.id: show.version for show in audit.partition.shows.values()} == {"hamlet": 15, "~0": 2}
    assert audit.newest == {"hamlet": 17, "~0": 18}


def test_the_state_is_that_of_the_decider():
    audit, _ = audited(SALE.commands, SALE.events)
    there, here = SALE.partition.shows["hamlet"], audit.partition.shows["hamlet"]
    assert (here.head, here.statuses, here.holds, here.bookings) == (
        there.head,
        there.statuses,
        there.holds,
        there.bookings,
    )


def test_commands_without_an_event_are_pending_and_no_fault():
    log = a_sale()
    log.send(("p1", hold_seats("A-1-3")), ("p2", hold_seats("A-1-4")))
    log.send_bytes(b"\xff")
    audit, faults = audited(log.commands, log.events)
    assert (audit.pending, faults) == (3, [])


def test_a_log_that_ends_inside_a_command_record_is_pending_from_there():
    audit, faults = audited(SALE.commands, SALE.events[: REFUSED + 1])
    assert faults == []
    assert audit.partition.next_command == (1, 2)
    assert audit.pending == 14


def test_what_a_zombie_wrote_is_void_even_between_two_events_of_one_record():
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.send(("h1", hold_seats("A-1-1")), ("h2", hold_seats("A-1-2")), ("h3", hold_seats("A-1-1", by=BOB)))
    stored = log.commands[1]
    zombie = log.partition.decide(1, stored.timestamp, stored.value, len(log.events))
    log.partition.undo()
    log.claim("other")
    first = log.partition.decide(1, stored.timestamp, stored.value, len(log.events))[0].value
    log.partition.undo()
    log.stray(first)  # valid: the first of the record
    log.stray(zombie[1].value)
    log.stray(first)
    log.claim("third")
    log.decide()
    audit, faults = audited(log.commands, log.events)
    assert faults == []
    assert (audit.partition.cursor.void, audit.partition.cursor.valid, audit.claims) == (2, 4, 3)


def drop(offset: int) -> Callable[[Records], Records]:
    return lambda events: [one for one in events if one.offset != offset]


def flip(offset: int, place: int, bit: int = 1) -> Callable[[Records], Records]:
    def flipped(events: Records) -> Records:
        value = bytearray(events[offset].value)
        value[place] ^= bit
        return rewritten(events, offset, bytes(value))

    return flipped


def forge(offset: int, /, **fields: object) -> Callable[[Records], Records]:
    """A change of a record's own fields with the chain behind it made whole again."""
    return lambda events: forged(events, offset, lambda record: record.update(fields))


def forge_data(offset: int, /, **fields: object) -> Callable[[Records], Records]:
    return lambda events: forged(events, offset, lambda record: record["data"].update(fields))


def tell_a_lie(offset: int, old: bytes, new: bytes) -> Callable[[Records], Records]:
    return lambda events: rewritten(events, offset, events[offset].value.replace(old, new, 1))


def sell_twice(events: Records) -> Records:
    """The refusal of a taken seat turned into a second hold of it."""
    held = {
        "hold_id": "h2",
        "buyer_id": "bob",
        "seats": ["A-1-2"],
        "prices_minor": [4500],
        "currency": "EUR",
        "expires_at": 601002,
    }
    return forged(events, REFUSED, lambda record: record.update(type="seats-held", data=held))


def swap(first: int) -> Callable[[Records], Records]:
    """Two records in each other's places."""

    def swapped(events: Records) -> Records:
        one, other = events[first], events[first + 1]
        return rewritten(rewritten(events, first, other.value), first + 1, one.value)

    return swapped


PLANTED = {
    "a dropped event": (drop(REFUSED), 4, "log"),
    "a flipped bit in a type": (flip(BOOKED, 60), BOOKED, "I4"),
    "a flipped bit in a seat": (tell_a_lie(HELD, b"A-1-1", b"A-1-0"), HELD, "I4"),
    "a flipped bit in the newest record": (tell_a_lie(LAST, b"A-1-1", b"A-1-0"), LAST, "I4"),
    "a broken chain": (tell_a_lie(BOOKED, b'"prev":"', b'"prev":"0'), BOOKED, "log"),
    "a wrong version": (forge(BOOKED, version=9), BOOKED, "log"),
    "another show": (forge(BOOKED, show_id="othello"), BOOKED, "I4"),
    "another command id": (forge(HELD, command_id="h7"), HELD, "I4"),
    "another digest": (forge(HELD, digest="0" * 32), HELD, "I4"),
    "another time": (forge(HELD, time=1003), HELD, "I4"),
    "a wall clock": (forge(EXPIRED, time=1_700_000_000_000), EXPIRED, "I4"),
    "a miscounted source": (forge(HELD, source=[1, 0, 2]), HELD, "I4"),
    "a skipped source": (forge(REFUSED, source=[1, 2, 3]), REFUSED, "log"),
    "a claim that was never made": (forge(BOOKED, claim=99), BOOKED, "log"),
    "another price": (forge_data(HELD, prices_minor=[4500, 4400]), HELD, "I4"),
    "another currency": (forge_data(HELD, currency="USD"), HELD, "I4"),
    "a longer hold": (forge_data(HELD, expires_at=9_000_000), HELD, "I4"),
    "another buyer": (forge_data(BOOKED, buyer_id="eve"), BOOKED, "I4"),
    "a double sale": (sell_twice, REFUSED, "I4"),
    "a refusal though free": (
        lambda events: forged(
            events,
            5,
            lambda record: record.update(
                type="hold-refused", data={"buyer_id": "bob", "reason": "no_match", "quantity": 2}
            ),
        ),
        5,
        "I4",
    ),
    "a repeat that points elsewhere": (forge_data(REPEATED, offset=3), REPEATED, "I4"),
    "swapped records": (swap(HELD), HELD, "log"),
    "a second event for a command": (
        lambda events: [*events, Stored(19, 0, forged(events, 18, _as_next)[18].value)],
        19,
        "log",
    ),
    "a schema of the future": (tell_a_lie(HELD, b'"schema":1', b'"schema":7'), HELD, "log"),
    "no JSON": (lambda events: rewritten(events, HELD, b"\xff"), HELD, "log"),
}


def _as_next(record: dict[str, object]) -> None:
    record.update(source=[12, 0, 1], version=3, prev=record_hash(SALE.events[LAST].value))


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_named(name: str):
    plant, offset, breaks = PLANTED[name]
    _, faults = audited(SALE.commands, plant(list(SALE.events)))
    assert [(fault.offset, fault.breaks) for fault in faults] == [(offset, breaks)], faults


def test_an_event_made_void_leaves_a_gap_behind_it():
    _, faults = audited(SALE.commands, forge(10, claim=0)(list(SALE.events)))
    assert [(fault.offset, fault.breaks) for fault in faults] == [(11, "log")]


def test_a_changed_command_shows_in_its_event():
    commands = rewritten(SALE.commands, 3, SALE.commands[3].value.replace(b'"paid"', b'"mine"'))
    _, faults = audited(commands, SALE.events)
    assert [(fault.offset, fault.breaks) for fault in faults] == [(BOOKED, "I4")]


def test_a_lost_command_is_a_gap():
    _, faults = audited([one for one in SALE.commands if one.offset != 3], SALE.events)
    assert [(fault.topic, fault.offset) for fault in faults] == [("booking.commands", 4)]


def test_a_cut_commands_topic_leaves_an_event_without_its_command():
    _, faults = audited(SALE.commands[:-1], SALE.events)
    assert [(fault.offset, fault.breaks) for fault in faults] == [(LAST, "log")]
    assert "is not in booking.commands" in faults[0].what


def test_unknown_rules_are_refused():
    claim = encode_claim(PartitionClaim(owner="new", generation=1, rules="2"))
    events = rewritten(SALE.events, 7, claim)
    _, faults = audited(SALE.commands, events)
    assert [(fault.offset, fault.breaks) for fault in faults] == [(7, "I4")]
    assert "rules 2" in faults[0].what


def test_an_event_before_any_claim_is_a_fault():
    _, faults = audited(SALE.commands, [Stored(0, 0, SALE.events[1].value)])
    assert [(fault.offset, fault.breaks) for fault in faults] == [(0, "log")]


def test_two_holders_are_seen_even_by_a_decider_that_is_wrong_both_times(monkeypatch: pytest.MonkeyPatch):
    """The mutant: taken seats are not looked at, neither when the log was written nor when it is judged."""
    monkeypatch.setattr(write_side.domain.decide, "_conflicts", lambda *_: ())
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("h1", hold_seats("A-1-1")))
    log.do(("h2", hold_seats("A-1-1", by=BOB)))
    _, faults = audited(log.commands, log.events)
    assert [(fault.offset, fault.breaks) for fault in faults] == [(3, "I1")]


def test_a_lapsed_hold_that_was_booked_is_seen_even_by_such_a_decider(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(write_side.domain.show.Hold, "lapsed", lambda *_: False)
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("h1", hold_seats("A-1-1")))
    log.do(("b1", book_hold("h1")), later_ms=700_000)
    _, faults = audited(log.commands, log.events)
    assert [(fault.offset, fault.breaks) for fault in faults] == [(3, "I1")]


def test_seats_that_do_not_add_up_are_seen():
    audit = PartitionAudit(0, 1, {})
    audit.add_commands(SALE.commands)
    audit.add_events(SALE.events)
    audit.partition.shows["hamlet"].statuses[7] = 1
    audit.finish()
    assert [(fault.offset, fault.breaks) for fault in audit.faults] == [(17, "I10")]


def test_the_same_meaning_in_other_bytes_is_no_fault():
    """An older worker may have written the fields in another order."""

    def reorder(record: dict[str, object]) -> None:
        record["schema"] = record.pop("schema")

    _, faults = audited(SALE.commands, forged(SALE.events, HELD, reorder))
    assert faults == []


def test_refusals_of_the_sale_are_what_they_seem():
    """The planted faults above change these very records."""
    types = [msgspec.json.decode(one.value)["type"] for one in SALE.events]
    assert [types[offset] for offset in (HELD, REFUSED, REPEATED, BOOKED, EXPIRED, LAST)] == [
        "seats-held",
        "hold-refused",
        "command-repeated",
        "seats-booked",
        "hold-expired",
        "hold-refused",
    ]
    assert HoldRefused.__struct_fields__[:2] == ("buyer_id", "reason")
