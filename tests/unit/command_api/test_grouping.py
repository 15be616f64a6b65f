"""Grouping: one show a record, the order of arrival, at most 64 commands and 256 KiB."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import decode_commands, post
from contracts.commands import HoldSeats
from contracts.limits import COMMAND_RECORD_BYTES, COMMANDS_PER_RECORD, KIB
from tests.unit.command_api.saying import asked
from write_side.api.grouping import batches, groups
from write_side.api.log_writer import BATCH_BYTES
from write_side.api.waiting import Asked


def large(size: int, show_id: str = "hamlet") -> Asked:
    one = asked(show_id=show_id)
    one.posted = post(HoldSeats(buyer_id="x" * size, seats=("A-1-1",)), "id")
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


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 90 * KIB)), max_size=90))
async def test_nothing_is_lost_doubled_or_reordered_within_a_show(arrivals: list[tuple[str, int]]):
    commands = [large(size, show) for show, size in arrivals]
    expected, found = defaultdict(list), defaultdict(list)
    for one in commands:
        expected[one.show_id].append(one)
    for batch, records in batches(groups(commands), BATCH_BYTES):
        assert sum(len(record.value) for record in records) <= BATCH_BYTES
        for group, record in zip(batch, records, strict=True):
            decoded = decode_commands(record.value)
            assert {one.show_id for one in group} == {decoded.show_id}
            assert len(decoded.commands) == len(group) <= COMMANDS_PER_RECORD
            found[decoded.show_id] += group
    assert found == expected
