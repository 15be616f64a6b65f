"""Taking a partition: who may, from what state, and what a reader makes of it (rules 2, 3, 9)."""

import asyncio

import pytest

from contracts.codec import decode_log, encode_claim
from contracts.event_log import LogCursor
from contracts.records import RULES, PartitionClaim
from tests.decider_world import World, sequential
from write_side.processor import decider as decider_module


@pytest.fixture
def world() -> World:
    return World()


async def test_rule_2_who_is_no_member_claims_nothing(world: World) -> None:
    decider, group = world.decider()
    group.current = 2
    await decider.claim_all([0], 1)
    assert decider.owned == {}
    assert world.events.records == {}


@pytest.mark.parametrize(("first", "kept"), [(5, 9), (0, 1)], ids=["cut off at the front", "created anew"])
async def test_rule_2_commands_that_do_not_hold_the_next_one_halt_the_partition(
    world: World, first: int, kept: int
) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.hold("a", 1)
    await world.deliver(decider)
    appended = len(world.events.records[0])
    world.commands.first = first
    world.commands.messages[0] = world.commands.messages[0][:kept]
    decider.stop_deciding()
    await decider.claim_all([0], 1)
    assert decider.owned == {}
    assert "the next command is at offset 2" in str(decider.halted[0])
    assert len(world.events.records[0]) == appended, "nothing is claimed"


async def test_rule_3_a_zombie_that_wrote_in_between_is_void_and_the_batch_is_decided_again(world: World) -> None:
    zombie, _ = world.decider("zombie")
    await zombie.claim_all([0], 1)
    world.schedule()
    await world.deliver(zombie)
    owner, _ = world.decider("owner")
    await owner.claim_all([0], 1)
    world.hold("a", 1)
    world.hold("b", 1)

    await world.deliver(zombie, 1)  # believes that it owns the partition still, and writes behind the owner's claim
    assert zombie.owned == {0: 1}, "it noticed the other's claim, and claimed again"
    await world.deliver(owner, 1)
    assert world.outcome() == sequential(world)


async def test_rule_9_a_log_fault_halts_and_names_the_record(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.hold("a", 1)
    await world.deliver(decider)
    broken = world.events.records[0][2].replace(b'"version":2', b'"version":3')
    world.events.records[0][2] = broken
    other, _ = world.decider("other")
    await other.fold_to(0, 3)
    await other.claim_all([0], 1)
    assert other.owned == {}
    assert (other.halted[0].offset, other.halted[0].partition) == (2, 0)
    assert len(world.events.records[0]) == 3, "nothing is claimed"


async def test_the_claim_is_renewed_so_that_a_reader_finds_one_near_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decider_module, "CLAIM_EVERY_RECORDS", 5)
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    for number in range(1, 21):
        world.hold(f"h{number}", number)
        await world.deliver(decider, number - 1)
    claims = [n for n, value in enumerate(world.events.records[0]) if isinstance(decode_log(value), PartitionClaim)]
    assert len(claims) >= 4
    assert world.outcome() == sequential(world)


async def test_a_reader_may_start_at_any_claim(world: World) -> None:
    decider, _ = world.decider()
    for _ in range(3):
        await decider.claim_all([0], 1)
        if not world.commands.messages:
            world.schedule()
        world.hold(f"h{len(world.events.records[0])}", len(world.events.records[0]))
        await world.deliver(decider)
    values = world.events.records[0]
    whole = LogCursor(0)
    verdicts = [whole.accept(offset, decode_log(value)) for offset, value in enumerate(values)]
    for start, value in enumerate(values):
        if isinstance(decode_log(value), PartitionClaim):
            cursor = LogCursor.at_claim(0, start)
            later = [cursor.accept(offset, decode_log(values[offset])) for offset in range(start, len(values))]
            assert later == verdicts[start:]


async def test_a_partition_lost_while_its_claim_is_appended_is_not_halted(world: World) -> None:
    first, _ = world.decider("first")
    await first.claim_all([0], 1)
    world.schedule()
    await world.deliver(first)
    second, group = world.decider("second")
    await second.fold_to(0, 2)

    async def lose_it(partition: int, base: int) -> int:
        group.known = group.current = 2
        second.stop_deciding()
        second.drop(partition)
        return base

    world.events.after_append = lose_it
    await second.claim_all([0], 1)
    assert (second.partitions, second.owned, second.halted) == ({}, {}, {})


async def test_a_claim_that_is_confirmed_after_a_rebalance_is_not_taken_for_a_log_that_was_cut(world: World) -> None:
    first, _ = world.decider("first")
    await first.claim_all([0], 1)
    world.schedule()
    await world.deliver(first)
    second, group = world.decider("second")
    await second.fold_to(0, 2)

    async def the_group_changes_and_the_log_is_read_again(partition: int, base: int) -> int:
        world.events.after_append = None
        theirs = encode_claim(PartitionClaim(owner="other", generation=2, rules=RULES))
        world.events.records[partition].append(theirs)
        group.known = group.current = 3
        await second.fold_to(partition, base + 2)
        return base

    world.events.after_append = the_group_changes_and_the_log_is_read_again
    await second.claim_all([0], 1)
    assert (second.halted, second.owned) == ({}, {})
    await second.claim_all([0], 3)
    assert second.owned == {0: 3}


async def test_nobody_decides_by_another_workers_claim(world: World) -> None:
    first, _ = world.decider("first")
    await first.claim_all([0], 1)
    world.schedule()
    await world.deliver(first)
    second, _ = world.decider("second")
    await second.fold_to(0, 2)

    async def others_claim_and_a_look_shows_it(partition: int, base: int) -> int:
        world.events.after_append = None
        theirs = encode_claim(PartitionClaim(owner="other", generation=2, rules=RULES))
        world.events.records[partition].append(theirs)
        await second.keep_warm()
        return base

    world.events.after_append = others_claim_and_a_look_shows_it
    await second.claim_all([0], 1)
    assert second.partitions[0].cursor.claim == 2, "its own"


async def test_a_renewal_that_is_refused_ends_deciding(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decider_module, "CLAIM_EVERY_RECORDS", 1)
    decider, group = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    await world.deliver(decider)
    group.current = 2
    world.hold("a", 1)
    async with asyncio.timeout(5):
        await world.deliver(decider, 1)
    assert decider.owned == {}


@pytest.mark.parametrize("kept", [0, 1], ids=["created anew", "cut off at the end"])
async def test_rule_9_an_event_log_that_is_shorter_than_it_was_halts_the_partition(world: World, kept: int) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.hold("a", 1)
    await world.deliver(decider)
    del world.events.records[0][kept:]
    world.hold("b", 2)
    async with asyncio.timeout(5):
        await world.deliver(decider, 2)
    assert "it was cut" in str(decider.halted[0])
    assert len(world.events.records[0]) == kept + 1, "nothing more is written"
