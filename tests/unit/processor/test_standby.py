"""What keeps a standby warm: a tail that may come late, lose records or bring what is no longer wanted."""

import asyncio

import pytest

from tests.commands import SHOW
from tests.decider_world import World, sequential
from write_side.processor.decider import Decider


@pytest.fixture
def world() -> World:
    return World()


async def _owner(world: World, holds: int) -> Decider:
    decider, _ = world.decider("owner")
    await decider.claim_all([0], 1)
    world.schedule()
    for number in range(1, holds + 1):
        world.hold(f"h{number}", number)
    await world.deliver(decider)
    return decider


async def test_standby_folding_and_reading_ourselves_do_not_disturb_each_other(world: World) -> None:
    owner = await _owner(world, holds=10)
    standby, _ = world.decider("standby")
    reading = asyncio.create_task(standby.fold_to(0, 12))
    await asyncio.sleep(0)
    for offset, value in enumerate(world.events.records[0]):
        standby.follow(0, [(offset, value)])
        await asyncio.sleep(0)
    await reading
    assert standby.partitions[0].shows[SHOW].head == owner.partitions[0].shows[SHOW].head
    assert not standby.halted


async def test_a_partition_dropped_while_it_is_read_stays_dropped(world: World) -> None:
    await _owner(world, holds=10)
    standby, _ = world.decider("standby")
    reading = asyncio.create_task(standby.fold_to(0, 12))
    for _ in range(5):
        await asyncio.sleep(0)
    standby.drop(0)
    await reading
    assert standby.partitions == {}
    assert standby.halted == {}


async def test_what_a_tail_brings_of_a_dropped_partition_is_passed_over(world: World) -> None:
    await _owner(world, holds=2)
    standby, _ = world.decider("standby")
    await standby.fold_to(0, 3)
    standby.drop(0)
    standby.follow(0, [(3, world.events.records[0][3])])
    assert standby.partitions == {}
    assert standby.halted == {}


async def test_what_a_tail_has_lost_is_no_fault_of_the_log_and_is_read(world: World) -> None:
    owner = await _owner(world, holds=10)
    standby, _ = world.decider("standby")
    await standby.fold_to(0, 5)
    standby.follow(0, [(8, world.events.records[0][8])])
    assert standby.halted == {}
    await standby.catch_up()
    assert standby.partitions[0].shows[SHOW].head == owner.partitions[0].shows[SHOW].head


async def test_a_partition_that_is_decided_for_here_does_not_follow_a_tail(world: World) -> None:
    """A confirmation that comes after the tail must find the state as it was decided on."""
    owner = await _owner(world, holds=3)
    confirm = asyncio.Event()

    async def answer_late(partition: int, base: int) -> int:
        await confirm.wait()
        return base

    world.events.after_append = answer_late
    world.hold("late", 20)
    deciding = asyncio.create_task(world.deliver(owner, 4))
    await asyncio.sleep(0)
    appended = len(world.events.records[0]) - 1
    owner.follow(0, [(appended, world.events.records[0][appended])])
    confirm.set()
    await deciding
    assert owner.partitions[0].cursor.void == 0
    assert world.outcome() == sequential(world)
    assert len(world.events.records[0]) == appended + 1, "it was decided once"
