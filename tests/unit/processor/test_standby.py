"""What keeps a standby warm: a look at the log now and then, which must not disturb who decides."""

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


async def test_a_standby_takes_in_what_its_owner_appends(world: World) -> None:
    owner = await _owner(world, holds=10)
    standby, _ = world.decider("standby")
    standby.partition(0)
    await standby.keep_warm()
    assert standby.partitions[0].shows[SHOW].head == owner.partitions[0].shows[SHOW].head
    world.hold("later", 20)
    await world.deliver(owner, 11)
    await standby.keep_warm()
    assert standby.partitions[0].shows[SHOW].head == owner.partitions[0].shows[SHOW].head


async def test_being_kept_warm_and_reading_ourselves_do_not_disturb_each_other(world: World) -> None:
    owner = await _owner(world, holds=10)
    standby, _ = world.decider("standby")
    await asyncio.gather(standby.fold_to(0, 12), standby.keep_warm(), standby.fold_to(0, 7))
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


async def test_what_is_dropped_is_not_kept_warm(world: World) -> None:
    await _owner(world, holds=2)
    standby, _ = world.decider("standby")
    await standby.fold_to(0, 3)
    standby.drop(0)
    await standby.keep_warm()
    assert standby.partitions == {}


async def test_a_partition_that_is_taken_over_while_it_is_read_is_left_to_the_claim(world: World) -> None:
    """What was read before the claim must not be taken in on top of what is decided since."""
    owner = await _owner(world, holds=3)
    standby, _ = world.decider("standby")
    standby.partition(0)
    warming = asyncio.create_task(standby.keep_warm())
    for _ in range(3):
        await asyncio.sleep(0)
    standby.owned[0] = 2
    await warming
    assert standby.partitions[0].cursor.offset < owner.partitions[0].cursor.offset


async def test_a_partition_that_is_decided_for_here_is_not_kept_warm(world: World) -> None:
    """A confirmation that comes after the look must find the state as it was decided on."""
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
    await owner.keep_warm()
    confirm.set()
    await deciding
    assert owner.partitions[0].cursor.void == 0
    assert world.outcome() == sequential(world)
    assert len(world.events.records[0]) == appended + 1, "it was decided once"
