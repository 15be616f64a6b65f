"""Log time: holds that end, clocks that jump, shows that are over (rules 8, 13)."""

import time

import pytest

from contracts.event_log import LogFault
from contracts.events import HoldExpired
from tests.commands import FAR_AHEAD, SHOW
from tests.decider_world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """One number: the seconds that the expiry clock reads."""
    seconds = [0.0]
    monkeypatch.setattr("write_side.processor.expiry.time.monotonic", lambda: seconds[0])
    return seconds


async def test_rule_13_an_append_time_far_ahead_halts_the_partition(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.commands.now = int(time.time() * 1000) + 7_200_000
    world.hold("a", 1)
    await world.deliver(decider)
    assert world.outcome() == [("schedule", "show-scheduled")]
    assert "ahead of this worker's clock" in str(decider.halted[0])


async def test_rule_13_the_clock_asks_for_the_end_of_a_hold_until_it_has_ended(
    world: World, clock: list[float]
) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule(hold_seconds=30)
    world.hold("a", 1, 2)
    await world.deliver(decider)
    clock[0] += 29.0
    await decider.expiry.tick()
    assert len(world.commands.messages[0]) == 2, "nobody's hold is over yet"
    clock[0] += 1.5
    await decider.expiry.tick()
    assert len(world.commands.messages[0]) == 3
    await decider.expiry.tick()
    assert len(world.commands.messages[0]) == 3, "asked for a moment ago"
    clock[0] += 11.0
    await decider.expiry.tick()
    assert len(world.commands.messages[0]) == 4, "it has not worked, so it is asked for again"
    world.commands.messages[0] = [
        message._replace(appended_at=40_000) if message.offset >= 2 else message
        for message in world.commands.messages[0]
    ]
    await world.deliver(decider, 2)
    assert [kind for _, kind in world.outcome()[2:]] == ["hold-expired", "expiry-refused"]
    assert isinstance(world.valid_events()[2], HoldExpired)
    clock[0] += 60.0
    await decider.expiry.tick()
    assert len(world.commands.messages[0]) == 4


async def test_a_hold_that_is_made_after_the_clock_has_looked_is_asked_for_in_time(
    world: World, clock: list[float]
) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule(hold_seconds=30)
    await world.deliver(decider)
    await decider.expiry.tick()
    world.hold("a", 1)
    await world.deliver(decider)
    for second in range(32):
        clock[0] = float(second)
        await decider.expiry.tick()
    assert len(world.commands.messages[0]) == 3, "asked for once, at the end of its 30 s"
    assert b"expire-hold" in (world.commands.messages[0][-1].value or b"")


async def test_a_new_owner_takes_up_the_clock(world: World, clock: list[float]) -> None:
    first, _ = world.decider()
    await first.claim_all([0], 1)
    world.schedule(hold_seconds=30)
    world.hold("a", 1)
    await world.deliver(first)
    second, _ = world.decider("second")
    await second.claim_all([0], 1)
    clock[0] += 31.0
    await second.expiry.tick()
    sent = world.commands.messages[0][-1].value
    assert b"expire-hold" in (sent or b"")


async def test_shows_that_are_long_over_are_forgotten(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    await world.deliver(decider)
    world.commands.now = FAR_AHEAD + 10 * 24 * 3_600_000
    decider.expiry.observe(0, world.commands.now)
    decider.forget_over_shows()
    assert decider.partitions[0].shows[SHOW].forgotten
    decider.expiry.observe(0, world.commands.now)


@pytest.mark.parametrize("halted", [False, True])
async def test_nobody_asks_for_the_end_of_a_hold_in_a_halted_partition(
    world: World, clock: list[float], halted: bool
) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule(hold_seconds=30)
    world.hold("a", 1)
    await world.deliver(decider)
    if halted:
        decider.halt(0, LogFault(0, 3, "planted"))
    clock[0] += 31.0
    await decider.expiry.tick()
    assert len(world.commands.messages[0]) == (2 if halted else 3)


async def test_the_end_of_a_hold_that_was_confirmed_by_the_log_alone_is_asked_for(
    world: World, clock: list[float]
) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule(hold_seconds=30)

    async def does_not_say(partition: int, base: int) -> int:
        return -1

    world.events.after_append = does_not_say
    world.hold("a", 1)
    await world.deliver(decider)
    clock[0] += 31.0
    await decider.expiry.tick()
    assert b"expire-hold" in (world.commands.messages[0][-1].value or b"")
