"""Whether the topic of commands is the one whose commands the events answer: rule 2, beyond what offsets can tell."""

import pytest

from tests.commands import SHOW, command_record, hold_seats
from tests.decider_world import World
from write_side.processor.decider import Decider

HOLD = hold_seats("A-1-1")


@pytest.fixture
def world() -> World:
    return World()


async def decided(world: World, *values: bytes | None) -> Decider:
    """A decider that has claimed the partition and decided these command records."""
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    for value in values:
        world.commands.put(0, value)
    await world.deliver(decider)
    return decider


async def started_again(world: World) -> Decider:
    """Another decider, which knows of the commands by the log only."""
    decider, _ = world.decider("bob")
    await decider.fold_to(0, await world.events.end(0))
    await decider.claim_all([0], 1)
    return decider


async def test_commands_that_are_still_there_are_no_strangers(world: World) -> None:
    decider = await decided(world, command_record(SHOW, ("a", HOLD)), command_record(SHOW, ("b", HOLD), ("c", HOLD)))
    assert await decider.known.stranger(0, 0, 2) is None
    again = await started_again(world)
    assert again.owned == {0: 1}
    assert await again.known.stranger(0, 0, 2) is None


@pytest.mark.parametrize("value", [b"no record", None, b""])
async def test_a_record_that_could_not_be_read_is_known_again(world: World, value: bytes | None) -> None:
    await decided(world, value)
    assert (await started_again(world)).owned == {0: 1}


@pytest.mark.parametrize("value", [b"no record", command_record(SHOW, ("z", HOLD), ("y", HOLD))])
async def test_others_in_their_place_halt_whoever_claims(world: World, value: bytes) -> None:
    await decided(world, command_record(SHOW, ("a", HOLD), ("b", HOLD)))
    world.commands.messages[0].clear()
    world.commands.put(0, value)
    world.commands.put(0, value)
    again = await started_again(world)
    assert again.owned == {}
    assert "the command at offset 0 is not b, which was decided there" in str(again.halted[0])


async def test_a_record_with_fewer_commands_is_another(world: World) -> None:
    await decided(world, command_record(SHOW, ("a", HOLD), ("b", HOLD)))
    world.commands.messages[0].clear()
    world.commands.put(0, command_record(SHOW, ("b", HOLD)))
    assert (await started_again(world)).owned == {}


async def test_a_new_topic_is_seen_also_when_some_of_it_was_decided_already(world: World) -> None:
    """It grew beyond what was decided before anybody looked: what was answered last is of the new topic."""
    decider = await decided(world, command_record(SHOW, ("a", HOLD)))
    assert await decider.known.stranger(0, 0, 1) is None
    world.commands.messages[0].clear()
    for command_id in ("x", "y"):
        world.commands.put(0, command_record(SHOW, (command_id, HOLD)))
    decider.known.answered(0, (1, 0), "y")
    said = await decider.known.stranger(0, 0, 2)
    assert said is not None
    assert "the command at offset 0 is not a" in said
    assert await decider.known.stranger(0, 1, 2) is None, "what was deleted in its time is not asked for"


async def test_what_is_not_to_be_had_now_is_not_judged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    decider = await decided(world, command_record(SHOW, ("a", HOLD)))

    async def away(_: int, __: int) -> None:
        return None

    monkeypatch.setattr(world.commands, "record", away)
    assert await decider.known.stranger(0, 0, 1) is None


async def test_a_partition_that_was_dropped_is_not_asked_for(world: World) -> None:
    decider = await decided(world, command_record(SHOW, ("a", HOLD)))
    decider.drop(0)
    world.commands.messages[0].clear()
    world.commands.put(0, command_record(SHOW, ("z", HOLD)))
    assert await decider.known.stranger(0, 0, 1) is None
