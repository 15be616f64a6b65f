"""Waiting: an answer is found by its command's place, whichever of confirmation and event comes first."""

import asyncio

import pytest
from structlog.testing import capture_logs

from contracts.events import CommandIdReused, CommandRepeated
from tests.unit.command_api.saying import asked, held, seen, some_partitions
from write_side.api.answers import Seen
from write_side.api.circuit import State
from write_side.api.deciding import NotTaken
from write_side.api.waiting import (
    EVENT_OVERHEAD_BYTES,
    Asked,
    Outcome,
    RecentEvents,
    Undecided,
    Waiting,
)


async def started(waiting: Waiting, one: Asked, wait_seconds: float = 5.0) -> "asyncio.Task[Outcome]":
    task = asyncio.create_task(waiting.outcome_of(one, wait_seconds))
    await asyncio.sleep(0)
    return task


def say(waiting: Waiting, event: Seen) -> None:
    waiting.seen(event.partition, event.offset, event.record, event.value)


async def test_the_event_of_its_place_is_the_answer():
    waiting, one = Waiting(some_partitions(1)), asked()
    outcome = await started(waiting, one)
    waiting.placed(0, 5, [one])
    say(waiting, seen(held(), source=(5, 0, 1)))
    assert await outcome == seen(held(), source=(5, 0, 1))
    assert waiting.under_way == 0


async def test_the_log_says_at_debug_what_was_told_and_the_commands_place():
    waiting, one = Waiting(some_partitions(1)), asked()
    with capture_logs() as said:
        outcome = await started(waiting, one)
        waiting.placed(0, 5, [one])
        say(waiting, seen(held(), source=(5, 0, 1)))
        await outcome
    assert said == [
        {
            "event": "seats-held",
            "log_level": "debug",
            "command_id": one.posted.id,
            "show_id": one.show_id,
            "source": "0.5.0",
        }
    ]


@pytest.mark.parametrize("first", ["the event", "the confirmation"])
async def test_nobody_is_told_the_event_of_another_command_that_had_the_same_place(first: str):
    """As after the topic of commands was created anew."""
    waiting, one = Waiting(some_partitions(1)), asked()
    others = seen(held(), source=(5, 0, 1), command="another")
    outcome = await started(waiting, one, 0.05)
    if first == "the event":
        say(waiting, others)
    waiting.placed(0, 5, [one])
    if first == "the confirmation":
        say(waiting, others)
    assert await outcome == Undecided((0, 5, 0))


async def test_an_event_may_come_before_the_confirmation():
    waiting, one = Waiting(some_partitions(1)), asked()
    outcome = await started(waiting, one)
    say(waiting, seen(held(), source=(5, 0, 1)))
    waiting.placed(0, 5, [one])
    assert isinstance(await outcome, Seen)


async def test_an_event_of_another_partition_is_another_event():
    waiting, one = Waiting(some_partitions(2)), asked(partition=1)
    outcome = await started(waiting, one)
    waiting.placed(1, 5, [one])
    say(waiting, seen(held(), partition=0, source=(5, 0, 1)))
    await asyncio.sleep(0)
    assert not outcome.done()
    say(waiting, seen(held(), partition=1, source=(5, 0, 1)))
    assert (await outcome).partition == 1  # type: ignore[union-attr]


class MatchedByCommandId(Waiting):
    """The mutant: whoever waits is found by the command's id."""

    def placed(self, partition: int, offset: int, group: list[Asked]) -> None:
        super().placed(partition, offset, group)
        self._by_id = getattr(self, "_by_id", {}) | {one.posted.id: one for one in group}

    def seen(self, partition: int, offset: int, record, value: bytes) -> None:
        if (one := self._by_id.pop(record.command_id, None)) is not None:
            one.resolve(Seen(partition, offset, record, value))


async def two_under_one_id(waiting: Waiting) -> list[str | None]:
    """What two commands are told that were sent under one id, with different content."""
    first, second = asked(), asked(seat="A-1-2")
    outcomes = [await started(waiting, one, 0.05) for one in (first, second)]
    waiting.placed(0, 5, [first, second])
    say(waiting, seen(held(), offset=9, source=(5, 0, 2)))
    say(waiting, seen(CommandIdReused(version=7, offset=9), offset=10, source=(5, 1, 2)))
    told = [await outcome for outcome in outcomes]
    return [outcome.record.type if isinstance(outcome, Seen) else None for outcome in told]


async def test_two_commands_under_one_id_get_each_its_own_answer():
    assert await two_under_one_id(Waiting(some_partitions(1))) == ["seats-held", "command-id-reused"]


async def test_that_check_catches_matching_by_command_id():
    assert await two_under_one_id(MatchedByCommandId(some_partitions(1))) != ["seats-held", "command-id-reused"]


async def test_without_an_answer_in_time_it_is_pending_at_its_place():
    waiting, one = Waiting(some_partitions(1)), asked()
    outcome = await started(waiting, one, 0.01)
    waiting.placed(0, 5, [one])
    assert await outcome == Undecided((0, 5, 0))
    say(waiting, seen(held(), source=(5, 0, 1)))
    assert waiting._placed == [{}], "nobody is left behind"


async def test_who_does_not_want_to_wait_hears_of_the_place_only():
    waiting, one = Waiting(some_partitions(1)), asked()
    outcome = await started(waiting, one, 0.0)
    assert not outcome.done()
    waiting.placed(0, 5, [one])
    assert await outcome == Undecided((0, 5, 0))


@pytest.mark.parametrize(("handed", "expected"), [(True, Undecided), (False, NotTaken)])
async def test_without_a_place_it_depends_on_whether_kafka_was_given_the_command(
    monkeypatch: pytest.MonkeyPatch, handed: bool, expected: type
):
    monkeypatch.setattr("write_side.api.waiting.PLACE_SECONDS", 0.02)
    waiting, one = Waiting(some_partitions(1)), asked()
    outcome = await started(waiting, one, 0.01)
    one.handed = handed
    assert isinstance(await outcome, expected)


async def test_a_lost_append_is_neither_yes_nor_no():
    waiting, one = Waiting(some_partitions(1)), asked()
    outcome = await started(waiting, one)
    waiting.unplaceable([one])
    assert await outcome == Undecided(None)


async def test_nobody_is_kept_waiting_while_there_is_no_decider():
    silent, other = some_partitions(2)
    silent.circuit.state = State.OPEN
    waiting, later, elsewhere = Waiting([silent, other]), asked("1"), asked("2", partition=1)
    outcomes = [await started(waiting, one) for one in (later, elsewhere)]
    waiting.placed(0, 6, [later])
    waiting.placed(1, 5, [elsewhere])
    assert await outcomes[0] == Undecided((0, 6, 0))
    assert not outcomes[1].done(), "another partition may well be decided"


async def test_behind_a_backlog_one_at_a_time_waits_and_its_answer_lets_all_wait():
    [partition] = some_partitions(1)
    circuit = partition.circuit
    circuit.state = State.OPEN
    waiting, owed, probe, second, third = Waiting([partition]), *(asked(str(number)) for number in range(4))
    outcomes = [await started(waiting, owed)]
    waiting.placed(0, 5, [owed])
    assert await outcomes[0] == Undecided((0, 5, 0))
    waiting.placed(0, 6, [asked("queued")])
    say(waiting, seen(held(), source=(5, 0, 1)))
    outcomes += [await started(waiting, one) for one in (probe, second)]
    waiting.placed(0, 7, [probe, second])
    assert await outcomes[2] == Undecided((0, 7, 1))
    assert not outcomes[1].done()
    say(waiting, seen(held(), offset=10, source=(7, 0, 2), command="1"))
    assert isinstance(await outcomes[1], Seen)
    assert circuit.state is State.CLOSED
    patient = await started(waiting, third)
    waiting.placed(0, 8, [third])
    await asyncio.sleep(0)
    assert not patient.done()


async def test_a_probe_who_goes_away_lets_another_try():
    [partition] = some_partitions(1)
    circuit = partition.circuit
    circuit.state = State.HALF_OPEN
    waiting, gone, next_one = Waiting([partition]), asked("1"), asked("2")
    outcome = await started(waiting, gone)
    outcome.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outcome
    await started(waiting, next_one)
    assert (circuit.state, circuit.probe) == (State.HALF_OPEN, next_one)


async def test_when_the_process_stops_everybody_is_answered_as_soon_as_placed():
    waiting, placed, queued, late = Waiting(some_partitions(1)), asked("1"), asked("2"), asked("3")
    outcomes = [await started(waiting, one) for one in (placed, queued)]
    waiting.placed(0, 5, [placed])
    waiting.hurry_all()
    assert await outcomes[0] == Undecided((0, 5, 0))
    assert not outcomes[1].done()
    waiting.placed(0, 6, [queued])
    assert await outcomes[1] == Undecided((0, 6, 0))
    last = await started(waiting, late)
    waiting.placed(0, 7, [late])
    assert await last == Undecided((0, 7, 0))


async def test_a_caller_who_went_away_leaves_nothing_behind():
    waiting, one = Waiting(some_partitions(1)), asked()
    outcome = await started(waiting, one)
    waiting.placed(0, 5, [one])
    outcome.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outcome
    assert (waiting.under_way, waiting._placed, waiting._everyone) == (0, [{}], set())


def events(count: int) -> list[Seen]:
    return [seen(CommandRepeated(version=1, offset=1), offset=n, source=(n, 0, 1)) for n in range(10, 10 + count)]


def test_recent_events_are_found_by_place_and_by_offset():
    recent = RecentEvents(1_000_000)
    for event in events(3):
        recent.add(event)
    assert recent.at_place((11, 0)) == recent.at_offset(11) == events(3)[1]
    assert (recent.at_place((99, 0)), recent.at_offset(99)) == (None, None)


def test_recent_events_are_bounded_by_bytes_and_keep_the_newest():
    one = len(events(1)[0].value) + EVENT_OVERHEAD_BYTES
    recent = RecentEvents(10 * one)
    for event in events(1000):
        recent.add(event)
        assert recent.at_offset(event.offset) is not None
        assert len(recent) <= 10
    assert 9 <= len(recent) == len(recent._offsets) <= 10


def test_an_event_larger_than_the_bound_is_remembered_until_the_next():
    recent = RecentEvents(1)
    for event in events(2):
        recent.add(event)
    assert (recent.at_offset(10), recent.at_offset(11)) == (None, events(2)[1])
