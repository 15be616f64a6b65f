"""What holds for every sale, whatever arrives: the log is sound, and state is nothing but its fold."""

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.codec import DecodeError, command_name, decode_command, decode_commands
from contracts.event_log import LogFault
from contracts.seat_plans import BOOKED, FREE, HELD, SeatIndex
from tests.domain_language import hours, schedule_show
from tests.log_of_commands import CLAIM, Arrived, claimed, commands_of, decide, decided, folded, log_of
from tests.sale_judges import House, judge_chain, judge_identity, judge_sources
from tests.sale_traffic import traffic
from tests.search_depth import assert_notices, searched
from write_side.domain import decide as decide_module
from write_side.domain import partition as partition_module
from write_side.domain import show as show_module
from write_side.domain.identity import Memory
from write_side.domain.journal import Journal
from write_side.domain.partition import Partition
from write_side.domain.show import Hold, Show

Traffic = list[Arrived]


def seen(state: Any) -> Any:
    """Everything that an object of the domain consists of, as plain values that do not change any more."""
    if isinstance(state, dict):
        return {key: seen(value) for key, value in state.items()}
    if isinstance(state, bytearray):
        return bytes(state)
    if isinstance(state, SeatIndex):
        return state.rows
    if isinstance(state, Journal):
        return state.is_open
    if not hasattr(state, "__slots__") or isinstance(state, msgspec.Struct):
        return state
    return {name: seen(getattr(state, name)) for name in state.__slots__}


def check_undo(arrived: Traffic, confirmed: int) -> None:
    """Whatever was decided ahead of the log is taken back without a trace, and deciding it again gives the same."""
    partition = claimed()
    decided(partition, arrived[:confirmed])
    before = seen(partition)
    first = decide(partition, arrived)
    partition.undo()
    assert seen(partition) == before
    assert decide(partition, arrived) == first


def check_fold(arrived: Traffic) -> None:
    """Who folds the log has the state of the decider that ran ahead of it and was confirmed."""
    decider = claimed()
    follower = folded(log_of(decided(decider, arrived)))
    assert seen(follower) == seen(decider)


def check_batches(arrived: Traffic) -> None:
    """It makes no difference whether each record is confirmed or all of them at once."""
    one_batch, single = claimed(), claimed()
    events: list[Decision] = []
    while batch := decide(one_batch, arrived):
        one_batch.confirm(len(batch))
        events += batch
    assert events == decided(single, arrived)
    assert seen(one_batch) == seen(single)


def check_replay(arrived: Traffic) -> None:
    """Deciding the same commands again gives the same bytes (I4, I8)."""
    assert log_of(decided(claimed(), arrived)) == log_of(decided(claimed(), arrived))


def check_seats(arrived: Traffic) -> None:
    """One holder a seat, every refusal true, and no seat lost or made, at every prefix of the log (I1, I9, I10)."""
    houses: dict[str, House] = {}
    log = log_of(decided(claimed(), arrived))
    partition = Partition(0, 1)
    for offset, value in enumerate(log):
        partition.fold(offset, value)
        if value == CLAIM:
            continue
        event = json.loads(value)
        house = houses.setdefault(event["show_id"], House())
        house.take_in(event)
        counts = Counter(partition.shows[event["show_id"]].statuses)
        assert (counts[FREE], counts[HELD], counts[BOOKED]) == house.counts()


def check_log(arrived: Traffic) -> None:
    """Chains, versions, sources, times and identities are as the protocol has them (I3)."""
    log = log_of(decided(claimed(), arrived))
    types = [_command_types(value) for _, value in arrived]
    judge_chain(log)
    judge_sources(log, [len(names) for names in types])
    judge_identity(log, [name for names in types for name in names])


def check_forgetting(arrived: Traffic) -> None:
    """Neither decisions nor the fold show that shows which are over were forgotten."""
    remembering, forgetting, follower = claimed(), claimed(), claimed()
    latest = 0
    for at, _ in arrived:
        latest = max(latest, at)
        until = remembering.next_command[0] + 1
        events = decided(remembering, arrived[:until])
        assert decided(forgetting, arrived[:until]) == events
        for event in events:
            follower.fold(follower.cursor.offset + 1, event.value)
        forgetting.forget_over(latest)
        follower.forget_over(latest)
    for show_id, show in remembering.shows.items():
        for other in (forgetting.shows[show_id], follower.shows[show_id]):
            assert (other.version, other.head, other.time) == (show.version, show.head, show.time)


def _command_types(value: bytes) -> list[str | None]:
    try:
        return [_command_type(posted) for posted in decode_commands(value).commands]
    except DecodeError:
        return [None]


def _command_type(posted) -> str | None:
    try:
        return command_name(decode_command(posted))
    except DecodeError:
        return None


@searched(300)
@given(traffic(), st.integers(0, 20))
def test_undo_takes_back_everything(arrived, confirmed):
    check_undo(arrived, confirmed)


@pytest.mark.parametrize("check", [check_fold, check_batches, check_replay, check_seats, check_log, check_forgetting])
def test_every_sale(check):
    @searched(300)
    @given(traffic())
    def holds(arrived):
        check(arrived)

    holds()


@searched(300)
@given(traffic(), st.integers(0, 40), st.data())
@example([(0, commands_of("hamlet", ("s", schedule_show())))], 1, None)
def test_a_changed_record_is_folded_or_is_a_log_fault(arrived, at, data):
    log = log_of(decided(claimed(), arrived))
    at %= len(log)
    value = bytearray(log[at])
    if data is not None:
        position = data.draw(st.integers(0, len(value) - 1))
        value[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    partition = folded(log[:at])
    with suppress(LogFault):
        partition.fold(at, bytes(value))


@searched(300)
@given(st.lists(st.tuples(st.integers(0, hours(100)), st.binary(max_size=50)), max_size=5), traffic())
def test_no_bytes_stop_the_stream(junk, arrived):
    partition = claimed()
    decided(partition, junk + arrived)
    assert partition.next_command == (len(junk) + len(arrived), 0)


SALE = """
from tests.properties.test_sale_properties import LONG_SALE
from tests.log_of_commands import claimed, decided
print(decided(claimed(), LONG_SALE)[-1].value)
"""
LONG_SALE = [
    (0, commands_of("hamlet", ("s", schedule_show(20, currency="?", prices={"c" * n: -1 for n in range(9)})))),
    (0, commands_of("hamlet", ("t", schedule_show(20)))),
]


def test_other_hash_seeds_give_the_same_bytes():
    values = {
        subprocess.run(
            [sys.executable, "-c", SALE],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(values) == 1


class TestPlantedFaults:
    """Each property notices the fault that it is there for."""

    def test_a_change_past_the_journal(self, monkeypatch):
        monkeypatch.setattr(
            Journal, "fill", lambda _, array, where, value: [array.__setitem__(at, value) for at in where]
        )
        assert_notices(lambda arrived: check_undo(arrived, 1), traffic())

    def test_an_undo_that_plays_forwards(self, monkeypatch):
        def undo(journal):
            entries, journal._entries = journal._entries or [], None
            for restore, target, key, old in entries:
                restore(target, key, old)

        monkeypatch.setattr(Journal, "undo", undo)
        assert_notices(lambda arrived: check_undo(arrived, 1), traffic(), (AssertionError, KeyError))

    def test_ids_that_are_remembered_past_the_journal(self, monkeypatch):
        keep = Memory.keep_refusal

        def keep_unnoted(memory, refusal):
            journal, memory.journal = memory.journal, Journal()
            keep(memory, refusal)
            memory.journal = journal

        monkeypatch.setattr(Memory, "keep_refusal", keep_unnoted)
        assert_notices(lambda arrived: check_undo(arrived, 1), traffic())

    def test_a_record_that_says_another_time_than_was_decided_by(self, monkeypatch):
        encode = partition_module.encode_event
        monkeypatch.setattr(
            partition_module, "encode_event", lambda event, *, time, **fields: encode(event, time=time + 1, **fields)
        )
        assert_notices(check_fold, traffic())

    def test_a_wall_clock_in_decide(self, monkeypatch):
        judge, clock = partition_module.decide, iter(range(0, 10**9, 7000))
        monkeypatch.setattr(
            partition_module,
            "decide",
            lambda show, command, _, **identity: judge(show, command, next(clock), **identity),
        )
        assert_notices(check_replay, traffic())

    def test_time_that_runs_backwards(self, monkeypatch):
        monkeypatch.setattr(partition_module, "max", lambda time, _: time, raising=False)
        assert_notices(check_log, traffic())

    def test_lapsing_ignored(self, monkeypatch):
        monkeypatch.setattr(Hold, "lapsed", lambda *_: False)
        assert_notices(check_seats, traffic())

    def test_lapsed_holds_not_ended(self, monkeypatch):
        seats_held = decide_module._seats_held
        monkeypatch.setattr(
            decide_module,
            "_seats_held",
            lambda *asked: msgspec.structs.replace(seats_held(*asked), lapsed_holds=()),
        )
        assert_notices(check_seats, traffic())

    def test_lapsed_holds_not_ended_whole(self, monkeypatch):
        def free_the_first(show, hold_id):
            hold = show.holds.pop(hold_id)
            show.statuses[hold.seats[0]] = FREE
            show.occupants.pop(hold.seats[0])

        monkeypatch.setattr(show_module, "_free", free_the_first)
        assert_notices(check_seats, traffic(), (AssertionError, KeyError))

    def test_a_seat_sold_twice(self, monkeypatch):
        monkeypatch.setattr(decide_module, "_conflicts", lambda *_: ())
        assert_notices(check_seats, traffic())

    def test_repeats_known_by_their_seats(self, monkeypatch):
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

    def test_no_memory_of_what_was_answered(self, monkeypatch):
        monkeypatch.setattr(Memory, "answer_to", lambda *_: None)
        assert_notices(check_log, traffic(), (AssertionError, KeyError))

    def test_a_command_that_gets_two_events(self, monkeypatch):
        monkeypatch.setattr(partition_module, "next_place", lambda source: (source[0] + 1, 0))
        record = partition_module.Partition._record

        def twice(partition, show, *rest):
            record(partition, show, *rest)
            return record(partition, show, *rest)

        monkeypatch.setattr(Partition, "_record", twice)
        assert_notices(check_log, traffic(), (AssertionError, KeyError, LogFault))

    def test_a_show_forgotten_with_its_head(self, monkeypatch):
        forget = Show.forget

        def forget_all(show):
            forget(show)
            show.head = ""

        monkeypatch.setattr(Show, "forget", forget_all)
        assert_notices(check_forgetting, traffic(), (AssertionError, LogFault))

    def test_a_show_forgotten_too_early(self, monkeypatch):
        monkeypatch.setattr(partition_module, "FORGOTTEN_AFTER_MS", -hours(30))
        assert_notices(check_forgetting, traffic(), (AssertionError, partition_module.ShowForgotten))
