"""One partition: which show a command reaches, what one bad command costs, what the log may not say."""

import json

import pytest

from contracts.codec import decode_log
from contracts.event_log import LogFault
from contracts.events import (
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    HoldRefused,
    ScheduleRefused,
    SeatsHeld,
    ShowScheduled,
)
from contracts.limits import EVENT_RECORD_BYTES
from contracts.records import record_hash
from contracts.refusals import Reason
from contracts.topics import partition_of
from tests.commands import ANN, BOB, command_record, expire_hold, hold_seats, schedule_show
from tests.log_of_commands import CLAIM, bodies_of, claimed, decide, decided, folded, log_of
from write_side.domain import partition as partition_module
from write_side.domain.partition import Partition

SCHEDULED = (0, command_record("hamlet", ("scheduling", schedule_show())))


def hold(*seats: str, key: str, by: str = ANN, show: str = "hamlet", at: int = 1) -> tuple[int, bytes]:
    return at, command_record(show, (key, hold_seats(*seats, by=by)))


def events(decisions):
    return [decision.event for decision in decisions]


def test_a_record_of_many_commands_gives_one_event_for_each_in_their_order():
    record = command_record("hamlet", ("a", hold_seats("A-1-1", by=ANN)), ("b", hold_seats("A-1-1", by=BOB)))
    _, first, second = decided(claimed(), [SCHEDULED, (1, record)])
    assert [type(first.event), type(second.event)] == [SeatsHeld, HoldRefused]
    assert [first.source, second.source] == [(1, 0, 2), (1, 1, 2)]


def test_events_carry_version_chain_claim_and_time():
    decisions = decided(claimed(), [SCHEDULED, hold("A-1-1", key="a", at=5), hold("A-1-1", key="b", at=4)])
    first, second, third = [decode_log(decision.value) for decision in decisions]
    assert [first.version, second.version, third.version] == [1, 2, 3]
    assert [first.prev, second.prev, third.prev] == ["", *(record_hash(one.value) for one in decisions[:2])]
    assert [first.claim, second.claim] == [0, 0]
    assert [first.time, second.time, third.time] == [0, 5, 5], "time never runs backwards within a show"


def test_deciding_goes_on_within_a_record_that_is_answered_in_part():
    arrived = [SCHEDULED, (1, command_record("hamlet", ("a", hold_seats("A-1-1")), ("b", hold_seats("A-1-2"))))]
    log = log_of(decided(claimed(), arrived))
    successor = folded(log[:-1])
    assert successor.next_command == (1, 1)
    assert [decision.value for decision in decided(successor, arrived)] == log[-1:]


def test_a_command_to_no_show_is_refused_by_the_pseudo_show():
    (decision,) = decided(claimed(), [hold("A-1-1", key="a", show="macbeth")])
    assert decision.show_id == "~0"
    assert decision.event == HoldRefused(buyer_id=ANN, reason=Reason.UNKNOWN_SHOW, seats=("A-1-1",))


def test_a_refused_show_is_recorded_with_the_pseudo_show():
    (decision,) = decided(claimed(), [(0, command_record("hamlet", ("a", schedule_show(currency="?"))))])
    assert decision.show_id == "~0"
    assert decision.event.reason is Reason.INVALID_PLAN


def test_a_show_of_another_partition_is_refused():
    number = 1 - partition_of("hamlet", 2)
    (decision,) = decided(claimed(number, 2), [SCHEDULED])
    assert decision.show_id == f"~{number}"
    assert decision.event == ScheduleRefused(organiser_id="organiser", title="Hamlet", reason=Reason.WRONG_PARTITION)


@pytest.mark.parametrize("show_id", ["~0", "", "Hamlet", "-hamlet", "x" * 65, "hamlet\n"])
def test_what_cannot_name_a_show_reaches_none(show_id):
    (decision,) = decided(claimed(), [(0, command_record(show_id, ("a", schedule_show())))])
    assert decision.event.reason is Reason.WRONG_PARTITION


def test_a_repeated_command_to_no_show_is_told_so():
    arrived = [hold("A-1-1", key="a", show="macbeth")] * 2
    assert events(decided(claimed(), arrived))[1] == CommandRepeated(version=1, offset=1)


def test_a_repeated_command_to_a_wrong_partition_is_told_so():
    number = 1 - partition_of("hamlet", 2)
    assert events(decided(claimed(number, 2), [SCHEDULED] * 2))[1] == CommandRepeated(version=1, offset=1)


def test_a_refused_show_under_the_same_id_is_told_so():
    bad, other = schedule_show(currency="?"), schedule_show()
    arrived = [(0, command_record("hamlet", ("a", command))) for command in (bad, bad, other)]
    _, repeated, reused = events(decided(claimed(), arrived))
    assert repeated == CommandRepeated(version=1, offset=1)
    assert reused == CommandIdReused(version=1, offset=1)


def test_what_was_refused_before_the_show_was_scheduled_stays_refused_under_its_id():
    arrived = [hold("A-1-1", key="a"), SCHEDULED, hold("A-1-1", key="a"), hold("A-1-1", key="b")]
    refused, scheduled, repeated, held = decided(claimed(), arrived)
    assert repeated.event == CommandRepeated(version=1, offset=1)
    assert [refused.show_id, scheduled.show_id, repeated.show_id] == ["~0", "hamlet", "hamlet"]
    assert isinstance(held.event, SeatsHeld)


def test_the_clock_is_never_told_that_it_repeats_itself():
    arrived = [(0, command_record("macbeth", ("clock", expire_hold("h"))))] * 2
    assert [event.reason for event in events(decided(claimed(), arrived))] == [Reason.UNKNOWN_SHOW] * 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":' + b"[" * 500 + b"]" * 500 + b"}",
        b"{}",
        b'{"type":"hold-seats"}',
        b'{"type":"hold-heads","buyer_id":"ann"}',
        b'{"type":"release-hold","buyer_id":"ann","hold_id":7}',
        b'{"type":"release-hold","buyer_id":"ann","hold_id":"h","more":1}',
        b'{"type":"hold-seats","buyer_id":"ann","seats":[]}',
        b'{"type":"book-hold","buyer_id":"a","hold_id":"h","payment_reference":"p","amount_minor":9007199254740992}',
    ],
    ids=["deep", "empty", "incomplete", "unknown type", "wrong type", "unknown field", "no seats", "too large"],
)
def test_one_unreadable_command_among_good_ones_spoils_only_itself(body):
    good = b'{"type":"release-hold","buyer_id":"ann","hold_id":"h"}'
    record = bodies_of("hamlet", good, body, good)
    outcomes = decided(claimed(), [SCHEDULED, (1, record)])[1:]
    assert [type(outcome.event) is CommandUnreadable for outcome in outcomes] == [False, True, False]
    assert [outcome.show_id for outcome in outcomes] == ["hamlet", "~0", "hamlet"]
    assert outcomes[1].fault == outcomes[1].event.reason
    assert outcomes[1].command_id == "body-1"


@pytest.mark.parametrize("value", [b"", b"\x00\xff", b"[" * 100_000, b'{"show_id":"hamlet","commands":[]}'])
def test_an_unreadable_record_is_answered_once_and_the_stream_goes_on(value):
    unreadable, scheduled = decided(claimed(), [(3, value), SCHEDULED])
    assert type(unreadable.event) is CommandUnreadable
    assert (unreadable.show_id, unreadable.source, unreadable.command_id) == ("~0", (0, 0, 1), "unreadable-0-0")
    assert type(scheduled.event) is ShowScheduled


def test_what_is_said_about_a_mib_of_junk_is_short():
    junk = b'{"type":"release-hold","buyer_id":"ann","hold_id":"h","' + b"x" * 2**20 + b'":1}'
    name = b'{"type":"' + b"x" * 2**20 + b'"}'
    outcomes = decided(claimed(), [(0, bodies_of("hamlet", junk, name))])
    assert all(len(outcome.event.reason) <= 300 and len(outcome.value) < 1000 for outcome in outcomes)


def test_an_error_in_decide_fails_that_command_alone(monkeypatch):
    def stumble(show, command, at, *, command_id, digest):
        if command_id == "bad":
            raise ZeroDivisionError("no")
        return decided_by(show, command, at, command_id=command_id, digest=digest)

    decided_by = partition_module.decide
    monkeypatch.setattr(partition_module, "decide", stumble)
    outcomes = decided(claimed(), [SCHEDULED, hold("A-1-1", key="bad"), hold("A-1-1", key="good")])[1:]
    assert outcomes[0].event == CommandFailed(error="ZeroDivisionError")
    assert outcomes[0].fault == "hold-seats: ZeroDivisionError('no')"
    assert outcomes[0].show_id == "hamlet"
    assert type(outcomes[1].event) is SeatsHeld


def test_a_lack_of_memory_is_not_the_commands_fault(monkeypatch):
    def exhausted(*_, **__):
        raise MemoryError

    monkeypatch.setattr(partition_module, "decide", exhausted)
    with pytest.raises(MemoryError):
        decided(claimed(), [SCHEDULED])


def test_no_event_is_larger_than_the_log_takes():
    arrived = [SCHEDULED, hold("A-1-1", key="a"), hold("A-1-1", key="b", by="x" * EVENT_RECORD_BYTES)]
    decisions = decided(claimed(), arrived)
    assert decisions[-1].event == CommandFailed(error="EventTooLarge")
    assert decisions[-1].fault.startswith("HoldRefused would have ")
    assert decisions[-1].show_id == "hamlet"


def test_a_show_larger_than_the_log_takes_is_not_scheduled():
    (decision,) = decided(
        claimed(), [(0, command_record("hamlet", ("a", schedule_show(title="x" * EVENT_RECORD_BYTES))))]
    )
    assert decision.event == CommandFailed(error="EventTooLarge")
    assert decision.show_id == "~0"


def test_nothing_is_decided_without_a_claim():
    with pytest.raises(AssertionError, match="claimed"):
        Partition(0, 1).decide(0, *SCHEDULED, 0)


def test_commands_reach_decide_consecutively():
    with pytest.raises(AssertionError):
        claimed().decide(1, *SCHEDULED, 1)


def test_a_claim_and_a_void_record_have_no_event():
    log = log_of(decided(claimed(), [SCHEDULED]))
    partition = folded(log)
    assert partition.fold(2, log[1])[1] is None
    assert partition.fold(3, CLAIM)[1] is None
    assert (partition.cursor.offset, partition.cursor.claim, partition.cursor.void) == (3, 3, 1)


def changed(value: bytes, **fields) -> bytes:
    return json.dumps(json.loads(value) | fields).encode()


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"version": 3}, "hamlet: version 3 after 1"),
        ({"version": 1}, "hamlet: version 1 after 1"),
        ({"prev": "0" * 64}, "hamlet: prev is not the hash of version 1"),
        ({"source": [2, 0, 1]}, r"source \(2, 0\) where \(1, 0\) was expected"),
        ({"type": "seats-heeled"}, "this version of Seatlog knows no event 'seats-heeled'"),
        ({"data": {}}, "data of seats-held"),
        ({"schema": 2}, "seats-held of schema 2 is not readable here"),
        ({"claim": -1}, "no event record"),
        ({"claim": 2}, "it names claim 2, which is not before it"),
        ({"more": 1}, "no event record"),
        ({"show_id": "macbeth", "version": 1, "prev": ""}, "macbeth: seats-held does not follow from version 0"),
        ({"type": "seats-released", "data": {"hold_id": "h", "buyer_id": ANN, "seats": []}}, "does not follow"),
    ],
    ids=str,
)
def test_a_record_that_contradicts_the_log_is_a_fault_that_names_it(fields, what):
    log = log_of(decided(claimed(), [SCHEDULED, hold("A-1-1", key="a")]))
    partition = folded(log[:2])
    with pytest.raises(LogFault, match=f"log fault in partition 0 at offset 2: .*{what}") as fault:
        partition.fold(2, changed(log[2], **fields))
    assert (fault.value.partition, fault.value.offset) == (0, 2)


def test_a_gap_in_the_log_is_a_fault():
    with pytest.raises(LogFault, match="offset 1 was expected"):
        claimed().fold(2, CLAIM)


def test_a_repeat_waits_until_it_is_certain_where_the_first_event_stands():
    twice = (1, command_record("hamlet", ("h", hold_seats("A-1-1")), ("h", hold_seats("A-1-1"))))
    partition = claimed()
    decisions = decide(partition, [SCHEDULED, twice])
    assert [type(decision.event) for decision in decisions] == [ShowScheduled, SeatsHeld]
    partition.confirm(2)
    (repeat,) = partition.decide(1, *twice, 3)
    assert repeat.event == CommandRepeated(version=2, offset=2)
