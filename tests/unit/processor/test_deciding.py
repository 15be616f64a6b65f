"""Deciding: batches are appended, confirmed, taken back and decided again (rules 1, 5, 6, 7, 9)."""

import asyncio
import time

import pytest

from contracts.codec import encode_claim, encode_event
from contracts.event_log import LogFault
from contracts.events import CommandUnreadable, HoldRefused, SeatsHeld, ShowScheduled
from contracts.records import RULES, PartitionClaim
from tests.commands import SHOW
from tests.decider_world import World, sequential
from tests.memory_logs import MemoryEventLog
from write_side.domain.partition import Partition
from write_side.processor.reseek import CommandsLost


@pytest.fixture
def world() -> World:
    return World()


async def test_each_command_becomes_one_event_and_is_acknowledged_after_it(world: World) -> None:
    decider, group = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.hold("a", 1)
    world.hold("b", 1)
    await world.deliver(decider)
    assert world.outcome() == [("schedule", "show-scheduled"), ("a", "seats-held"), ("b", "hold-refused")]
    assert decider.settled[0] == 3
    assert group.offsets == {0: 0}, "the group's offset is moved by the worker's task, not by deciding"


async def test_what_is_not_confirmed_is_not_settled(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    unanswered = asyncio.Event()

    async def never_answer(partition: int, base: int) -> int:
        await unanswered.wait()
        return base

    world.events.after_append = never_answer
    deciding = asyncio.create_task(world.deliver(decider))
    await asyncio.sleep(0)
    assert decider.settled[0] == 0
    unanswered.set()
    await deciding
    assert decider.settled[0] == 1


async def test_a_second_batch_before_the_first_is_confirmed_ends_the_process(world: World) -> None:
    """Both would be decided on the same state: a seat would be sold twice. The agent never does that."""
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    await world.deliver(decider)
    world.hold("a", 1)
    with pytest.raises(AssertionError, match="a second batch before the first is confirmed"):
        await asyncio.gather(world.deliver(decider), world.deliver(decider))


async def test_commands_delivered_again_are_passed_over(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.hold("a", 1)
    await world.deliver(decider)
    await world.deliver(decider)
    assert world.outcome() == sequential(world)


async def test_rule_1_a_rebalance_takes_an_unconfirmed_batch_back_exactly(world: World) -> None:
    decider, group = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    await world.deliver(decider)
    world.hold("a", 1)
    confirm = asyncio.Event()

    async def answer_late(partition: int, base: int) -> int:
        await confirm.wait()
        return base

    world.events.after_append = answer_late
    deciding = asyncio.create_task(world.deliver(decider, 1))
    await asyncio.sleep(0)
    assert decider.partitions[0].next_command == (2, 0), "the state is ahead of the log"
    decider.stop_deciding()
    assert decider.partitions[0].next_command == (1, 0)
    assert decider.partitions[0].shows[SHOW].holds == {}
    confirm.set()
    await deciding
    world.events.after_append = None
    group.known = group.current = 2
    await decider.claim_all([0], 2)
    assert decider.partitions[0].next_command == (2, 0), "the log held the batch after all"
    world.hold("b", 1)
    await world.deliver(decider, 1)
    assert world.outcome() == sequential(world)


async def test_rule_1_planted_fault_without_undo_the_chain_breaks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Partition, "undo", lambda self: self.journal.close())
    with pytest.raises((AssertionError, LogFault)):
        await test_rule_1_a_rebalance_takes_an_unconfirmed_batch_back_exactly(world)


async def test_rule_7_a_batch_behind_foreign_records_is_taken_back_and_decided_again(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    await decider.claim_all([0], 1)
    world.schedule()
    world.hold("a", 1)
    void = encode_event(
        HoldRefused(buyer_id="x", reason="no_match", seats=()),  # type: ignore[arg-type]
        show_id=SHOW,
        version=7,
        command_id="void",
        digest="",
        source=(0, 0, 1),
        claim=0,
        time=1,
        prev="",
    )
    intruder = [void]

    def write_first(partition: int) -> None:
        if intruder:
            world.events.records[0].append(intruder.pop())

    world.events.before_append = write_first
    await world.deliver(decider)
    assert world.outcome() == sequential(world)
    assert decider.partitions[0].cursor.void == 1


async def test_rule_7_planted_fault_without_the_contiguity_check_events_are_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decider that believes every confirmation runs on from a state that the log does not have."""

    class AlwaysContiguous(MemoryEventLog):
        async def append(self, partition: int, records: object) -> int:
            await super().append(partition, records)  # type: ignore[arg-type]
            return self.expected()

    log = AlwaysContiguous()
    world.events = log
    zombie, _ = world.decider("zombie")
    log.expected = lambda: zombie.partition(0).cursor.offset + 1  # type: ignore[attr-defined]
    await zombie.claim_all([0], 1)
    world.schedule()
    await world.deliver(zombie)
    log.records[0].append(encode_claim(PartitionClaim(owner="other", generation=2, rules=RULES)))
    world.hold("a", 1)
    await world.deliver(zombie, 1)
    assert world.outcome() != sequential(world)


async def test_rule_7_an_unknown_base_offset_is_settled_by_the_log(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()

    async def does_not_say(partition: int, base: int) -> int:
        return -1

    world.events.after_append = does_not_say
    await world.deliver(decider)
    assert world.outcome() == [("schedule", "show-scheduled")]
    assert decider.settled[0] == 1


async def test_an_append_that_fails_ends_deciding_before_anything_is_settled(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()

    async def fail(partition: int, base: int) -> int:
        raise ConnectionError("the outcome is unknown")

    world.events.after_append = fail
    with pytest.raises(ConnectionError):
        await world.deliver(decider)
    assert decider.settled[0] == 0


async def test_rule_5_a_gap_in_the_commands_is_fetched_again_and_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("write_side.processor.reseek.time.monotonic", lambda: clock[0])
    decider, group = world.decider()
    decider.owned[0], decider._claimed[0] = 1, (0, time.monotonic())
    decider.partition(0)
    world.schedule()
    world.hold("a", 1)
    await world.deliver(decider, 1)
    await world.deliver(decider, 1)
    assert group.seeks == [(0, 0)], "one seek, then a pause"
    for _ in range(5):
        clock[0] += 0.6
        await world.deliver(decider, 1)
    clock[0] += 0.6
    with pytest.raises(CommandsLost):
        await world.deliver(decider, 1)
    assert len(group.seeks) == 6


async def test_rule_9_one_unreadable_command_is_one_answer_and_a_dead_letter(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.commands.put(0, b"\xff\x00junk")
    world.hold("a", 1)
    await world.deliver(decider)
    kinds = [type(event) for event in world.valid_events()]
    assert kinds == [ShowScheduled, CommandUnreadable, SeatsHeld]
    assert [(value, origin) for _, value, _, origin in world.commands.dead_letters] == [
        (b"\xff\x00junk", "booking.commands/0/1/0")
    ]


async def test_rule_1_nothing_is_appended_if_a_rebalance_came_with_the_dead_letter(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.commands.put(0, b"junk")

    async def rebalance(*letter: object) -> None:
        decider.stop_deciding()

    world.commands.send_dead_letter = rebalance  # type: ignore[method-assign]
    await world.deliver(decider)
    assert len(world.events.records[0]) == 1, "the claim"
    assert decider.partitions[0].next_command == (0, 0)


async def test_rule_9_a_record_without_a_value_is_unreadable(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.commands.put(0, None)
    await world.deliver(decider)
    assert [type(event) for event in world.valid_events()] == [CommandUnreadable]
    assert [value for _, value, _, _ in world.commands.dead_letters] == [b""]
