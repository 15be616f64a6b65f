"""The throttle in front of deciding keeps its pace, whatever the records are like."""

from typing import NamedTuple

import pytest

from contracts.codec import commands_in
from contracts.limits import COMMANDS_PER_RECORD
from tests.commands import SHOW, command_record, hold_seats
from write_side.processor.throttle import BURST_SECONDS, Throttle

RECORD = command_record(SHOW, ("a", hold_seats("A-1-1", by="ann")), ("b", hold_seats("A-1-2", by="bob")))


class Delivered(NamedTuple):
    """A message of partition 0."""

    offset: int
    partition: int = 0
    value: bytes | None = RECORD


class Clock:
    """Monotonic seconds that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def throttle(clock: Clock, a_second: float) -> Throttle:
    return Throttle(a_second, clock, clock.sleep)


async def _all(throttle: Throttle, records: list[int]) -> list[list[int]]:
    """Take until nothing is left; the portions."""
    portions = []
    while records:
        many = await throttle.take(records)
        portions.append(records[:many])
        records = records[many:]
    return portions


async def test_below_its_pace_nothing_waits(clock: Clock):
    slow = throttle(clock, 100)
    for _ in range(50):
        assert await slow.take([1]) == 1
        clock.now += 0.01
    assert clock.slept == []
    assert slow.held_until(clock.now) == 0.0


async def test_an_idle_decider_saves_up_for_a_tenth_of_a_second_and_no_more(clock: Clock):
    slow = throttle(clock, 100)
    clock.now += 3600.0
    assert await slow.take([1] * 500) == 100 * BURST_SECONDS


@pytest.mark.parametrize("records", [[1] * 2000, [8] * 250, [64] * 32, [1, 64] * 30, [400] * 5])
@pytest.mark.parametrize("a_second", [1, 50, 400])
async def test_the_pace_is_kept_for_records_of_any_size(clock: Clock, records: list[int], a_second: float):
    slow, began = throttle(clock, a_second), clock.now
    portions = await _all(slow, records)
    assert [each for portion in portions for each in portion] == records
    burst = max(1.0, a_second * BURST_SECONDS)
    owed = sum(records) - records[-1]  # what comes after the last is not waited for
    took = clock.now - began
    assert (owed - 2 * burst) / a_second <= took <= sum(records) / a_second + 0.001 * len(records)


async def test_a_backlog_is_let_through_in_portions_of_a_full_bucket_not_one_by_one(clock: Clock):
    portions = await _all(throttle(clock, 400), [1] * 400)
    assert {len(portion) for portion in portions} == {40}


async def test_it_says_until_when_it_held_commands_back(clock: Clock):
    slow, seen = throttle(clock, 10), []

    async def look_and_sleep(seconds: float) -> None:
        seen.append((clock.now, slow.held_until(clock.now)))
        await clock.sleep(seconds)

    slow._sleep = look_and_sleep
    await slow.take([64])
    await slow.take([1])
    assert seen
    assert all(until == now for now, until in seen)
    released = clock.now
    clock.now += 60.0
    assert slow.held_until(clock.now) == released


async def test_it_never_says_so_for_longer_than_the_largest_record_waits_after_a_decision(clock: Clock):
    slow, decided_at, seen = throttle(clock, 10), clock.now, []

    async def look_and_sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        seen.append((clock.now, slow.held_until(decided_at)))

    slow._sleep = look_and_sleep
    await slow.take([COMMANDS_PER_RECORD])
    await slow.take([1])
    assert all(until == now for now, until in seen)
    await _all(slow, [1] * 100)
    assert slow.held_until(decided_at) == decided_at + COMMANDS_PER_RECORD / 10


class Log:
    """Partition 0 with so many records decided; decides what comes next, and says so."""

    def __init__(self) -> None:
        self.decided: list[int] = []
        self.seen: list[int] = []
        self.revoked_after: int | None = None

    def next_offset(self, record: Delivered) -> int | None:
        return None if len(self.decided) == self.revoked_after else len(self.decided)

    async def decide(self, portion: list[Delivered]) -> None:
        for record in portion:
            self.seen.append(record.offset)
            if record.offset == len(self.decided):
                self.decided.append(record.offset)


async def test_what_a_rebalance_took_away_is_neither_decided_nor_waited_for(clock: Clock):
    log = Log()
    log.revoked_after = 2
    await throttle(clock, 10).let_through([Delivered(n) for n in range(100)], log.next_offset, log.decide)
    assert log.decided == [0, 1]
    assert clock.now - 100.0 < 1.0


async def test_what_cannot_be_decided_costs_nothing_and_is_seen_at_once(clock: Clock):
    """Behind a gap, or delivered a second time: else hundreds of them would keep those waiting that can be."""
    log = Log()
    delivered = [0, 0, 1, 0, 1, *range(500, 900)]
    await throttle(clock, 100).let_through([Delivered(n) for n in delivered], log.next_offset, log.decide)
    assert log.decided == [0, 1]
    assert log.seen[-400:] == delivered[-400:]
    assert clock.slept == []


async def test_what_stands_behind_a_gap_is_not_seen_before_what_stands_in_front_of_it(clock: Clock):
    log = Log()
    delivered = [*range(30), *range(40, 50)]
    await throttle(clock, 100).let_through([Delivered(n) for n in delivered], log.next_offset, log.decide)
    assert log.seen == delivered
    assert clock.slept


def test_a_record_counts_for_as_many_as_it_carries_and_an_unreadable_one_for_one():
    assert commands_in(RECORD) == 2
    assert commands_in(b"{") == 1
    assert commands_in(None) == 1
