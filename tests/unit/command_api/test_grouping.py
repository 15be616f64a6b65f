"""Grouping: one show a record, the order of arrival, at most 64 commands and 256 KiB."""

from collections import defaultdict
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import limits
from contracts.codec import DecodeError, decode_commands, post
from contracts.limits import COMMAND_RECORD_BYTES, COMMANDS_PER_RECORD, KIB
from tests.commands import hold_seats
from tests.unit.command_api.saying import asked
from write_side.api.grouping import Group, batches, groups
from write_side.api.log_writer import BATCH_BYTES
from write_side.api.waiting import Asked


def large(size: int, show_id: str = "hamlet", command_id: str = "id") -> Asked:
    one = asked(show_id=show_id)
    one.posted = post(hold_seats("A-1-1", by="x" * size), command_id)
    return one


async def test_commands_of_one_show_share_a_record():
    first, other, second = asked("1", "hamlet"), asked("2", "lear"), asked("3", "hamlet")
    assert groups([first, other, second]) == [[first, second], [other]]


async def test_a_record_carries_at_most_64_commands():
    sizes = [len(group) for group in groups([asked(str(number)) for number in range(130)])]
    assert sizes == [64, 64, 2]


async def test_a_record_of_several_commands_stays_within_256_kib():
    commands = [large(60 * KIB) for _ in range(10)]
    records = [record for _, batch in batches(groups(commands), BATCH_BYTES) for record in batch]
    assert len(records) > 1
    assert all(len(record.value) <= COMMAND_RECORD_BYTES for record in records)


async def test_a_large_plan_travels_alone():
    plan, small = large(2_000 * KIB), asked("2")
    assert groups([small, plan, asked("3")])[1] == [plan]
    assert [len(batch) for batch, _ in batches(groups([plan, small]), BATCH_BYTES)] == [1, 1]


def check_records(arrived: list[Asked], grouped: list[Group]) -> None:
    """Nothing is lost, doubled or reordered within a show, and every record is within its limits."""
    expected, found = defaultdict(list), defaultdict(list)
    for one in arrived:
        expected[one.show_id].append(one)
    for batch, records in batches(grouped, BATCH_BYTES):
        assert len(records) == 1 or sum(len(record.value) for record in records) <= BATCH_BYTES
        for group, record in zip(batch, records, strict=True):
            decoded = decode_commands(record.value)
            assert {one.show_id for one in group} == {decoded.show_id}
            assert [one.posted.id for one in group] == [posted.id for posted in decoded.commands]
            assert len(group) <= COMMANDS_PER_RECORD
            assert len(group) == 1 or len(record.value) <= COMMAND_RECORD_BYTES
            found[decoded.show_id] += group
    assert found == expected


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 90 * KIB)), max_size=90))
async def test_nothing_is_lost_doubled_or_reordered_within_a_show(arrivals: list[tuple[str, int]]):
    arrived = [large(size, show) for show, size in arrivals]
    check_records(arrived, groups(arrived))


def backwards(arrived: list[Asked]) -> list[Group]:
    return [group[::-1] for group in groups(arrived)]


def oldest_last(arrived: list[Asked]) -> list[Group]:
    return groups(arrived)[::-1]


def forgetful(arrived: list[Asked]) -> list[Group]:
    return groups(arrived[:-1])


def repetitive(arrived: list[Asked]) -> list[Group]:
    return groups([*arrived, arrived[-1]])


def mixing_shows(arrived: list[Asked]) -> list[Group]:
    return [arrived[start : start + COMMANDS_PER_RECORD] for start in range(0, len(arrived), COMMANDS_PER_RECORD)]


ARRIVALS = [(str(number), show, 0) for number, show in enumerate("abb" * 80)] + [("x", "a", 90 * KIB)] * 4


@pytest.mark.parametrize("mutant", [backwards, oldest_last, forgetful, repetitive, mixing_shows])
async def test_that_check_catches_another_grouping(mutant: Callable[[list[Asked]], list[Group]]):
    arrived = [large(size, show, name) for name, show, size in ARRIVALS]
    check_records(arrived, groups(arrived))
    with pytest.raises(AssertionError):
        check_records(arrived, mutant(arrived))


@pytest.mark.parametrize("limit", ["COMMANDS_PER_RECORD", "COMMAND_RECORD_BYTES"])
async def test_that_check_catches_a_record_beyond_a_limit(limit: str, monkeypatch: pytest.MonkeyPatch):
    arrived = [large(size, show, name) for name, show, size in ARRIVALS]
    monkeypatch.setattr(f"write_side.api.grouping.{limit}", 2 * getattr(limits, limit))
    with pytest.raises((AssertionError, DecodeError)):
        check_records(arrived, groups(arrived))
