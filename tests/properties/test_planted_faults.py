"""Each check of a sale notices the fault that it is there for."""

import msgspec

from contracts.event_log import LogFault
from contracts.seat_plans import FREE
from tests.domain_language import hours
from tests.sale_checks import check_fold, check_forgetting, check_log, check_replay, check_seats, check_undo
from tests.sale_traffic import traffic
from tests.search_depth import assert_notices
from write_side.domain import decide as decide_module
from write_side.domain import partition as partition_module
from write_side.domain import show as show_module
from write_side.domain.identity import Memory
from write_side.domain.journal import Journal
from write_side.domain.partition import Partition
from write_side.domain.show import Hold, Show


def test_a_change_past_the_journal(monkeypatch):
    monkeypatch.setattr(Journal, "fill", lambda _, array, where, value: [array.__setitem__(at, value) for at in where])
    assert_notices(lambda arrived: check_undo(arrived, 1), traffic())


def test_an_undo_that_plays_forwards(monkeypatch):
    def undo(journal):
        entries, journal._entries = journal._entries or [], None
        for restore, target, key, old in entries:
            restore(target, key, old)

    monkeypatch.setattr(Journal, "undo", undo)
    assert_notices(lambda arrived: check_undo(arrived, 1), traffic(), (AssertionError, KeyError))


def test_ids_that_are_remembered_past_the_journal(monkeypatch):
    keep = Memory.keep_refusal

    def keep_unnoted(memory, refusal):
        journal, memory.journal = memory.journal, Journal()
        keep(memory, refusal)
        memory.journal = journal

    monkeypatch.setattr(Memory, "keep_refusal", keep_unnoted)
    assert_notices(lambda arrived: check_undo(arrived, 1), traffic())


def test_a_record_that_says_another_time_than_was_decided_by(monkeypatch):
    encode = partition_module.encode_event
    monkeypatch.setattr(
        partition_module, "encode_event", lambda event, *, time, **fields: encode(event, time=time + 1, **fields)
    )
    assert_notices(check_fold, traffic())


def test_a_wall_clock_in_decide(monkeypatch):
    judge, clock = partition_module.decide, iter(range(0, 10**9, 7000))
    monkeypatch.setattr(
        partition_module,
        "decide",
        lambda show, command, _, **identity: judge(show, command, next(clock), **identity),
    )
    assert_notices(check_replay, traffic())


def test_time_that_runs_backwards(monkeypatch):
    monkeypatch.setattr(partition_module, "max", lambda time, _: time, raising=False)
    assert_notices(check_log, traffic())


def test_lapsing_ignored(monkeypatch):
    monkeypatch.setattr(Hold, "lapsed", lambda *_: False)
    assert_notices(check_seats, traffic())


def test_a_booking_in_another_currency_than_the_shows(monkeypatch):
    book_hold = decide_module._book_hold

    def as_paid(show, terms, command, *more):
        return book_hold(show, msgspec.structs.replace(terms, currency=command.currency), command, *more)

    monkeypatch.setattr(decide_module, "_book_hold", as_paid)
    assert_notices(check_seats, traffic())


def test_lapsed_holds_not_ended(monkeypatch):
    seats_held = decide_module._seats_held
    monkeypatch.setattr(
        decide_module,
        "_seats_held",
        lambda *asked: msgspec.structs.replace(seats_held(*asked), lapsed_holds=()),
    )
    assert_notices(check_seats, traffic())


def test_lapsed_holds_not_ended_whole(monkeypatch):
    def free_the_first(show, hold_id):
        hold = show.holds.pop(hold_id)
        show.statuses[hold.seats[0]] = FREE
        show.occupants[hold.seats[0]] = None

    monkeypatch.setattr(show_module, "_free", free_the_first)
    assert_notices(check_seats, traffic(), (AssertionError, KeyError))


def test_a_seat_sold_twice(monkeypatch):
    monkeypatch.setattr(decide_module, "_conflicts", lambda *_: ())
    assert_notices(check_seats, traffic())


def test_repeats_known_by_their_seats(monkeypatch):
    def by_seats(memory, command, command_id, digest, at):
        seats = getattr(command, "seats", None)
        return repeated(memory, command, command_id if seats is None else f"{seats}", digest, at)

    def remember_seats(memory, event, command_id, *answer):
        seats = getattr(event, "seats", None)
        remember(memory, event, command_id if seats is None else f"{seats}", *answer)

    repeated, remember = decide_module.repeated, partition_module.remember
    for module in (decide_module, partition_module):
        monkeypatch.setattr(module, "repeated", by_seats)
    monkeypatch.setattr(partition_module, "remember", remember_seats)
    assert_notices(check_log, traffic())


def test_no_memory_of_what_was_answered(monkeypatch):
    monkeypatch.setattr(Memory, "answer_to", lambda *_: None)
    assert_notices(check_log, traffic(), (AssertionError, KeyError))


def test_a_command_that_gets_two_events(monkeypatch):
    monkeypatch.setattr(partition_module, "next_place", lambda source: (source[0] + 1, 0))
    record = partition_module.Partition._record

    def twice(partition, show, *rest):
        record(partition, show, *rest)
        return record(partition, show, *rest)

    monkeypatch.setattr(Partition, "_record", twice)
    assert_notices(check_log, traffic(), (AssertionError, KeyError, LogFault))


def test_a_show_forgotten_with_its_head(monkeypatch):
    forget = Show.forget

    def forget_all(show):
        forget(show)
        show.head = ""

    monkeypatch.setattr(Show, "forget", forget_all)
    assert_notices(check_forgetting, traffic(), (AssertionError, LogFault))


def test_a_show_forgotten_too_early(monkeypatch):
    monkeypatch.setattr(partition_module, "FORGOTTEN_AFTER_MS", -hours(30))
    assert_notices(check_forgetting, traffic(), (AssertionError, partition_module.ShowForgotten))
