"""The decider's protocol, rule by rule, against logs that misbehave as Kafka can."""

import asyncio
import time
from collections.abc import Iterable

import pytest

from contracts.codec import decode_log, encode_claim, encode_commands, encode_event, post
from contracts.commands import Command, HoldSeats, SalePolicy, SaleWindow, ScheduleShow
from contracts.event_log import LogCursor, LogFault
from contracts.events import CommandUnreadable, Event, HoldExpired, HoldRefused, SeatsHeld, ShowScheduled
from contracts.records import RULES, CommandRecord, EventRecord, PartitionClaim
from contracts.seat_plans import Row, SeatPlan, Section
from tests.memory_logs import MemoryCommandLog, MemoryEventLog, MemoryGroup
from write_side.domain.partition import Partition
from write_side.processor import decider as decider_module
from write_side.processor.decider import Decider
from write_side.processor.reseek import CommandsLost

SHOW = "hamlet"
FAR = 10**13
PLAN = SeatPlan(sections=(Section(name="A", rows=(Row(name="1", seats=50, category="gold"),)),))


class World:
    """One event log and one command log, and as many deciders as a test wants."""

    def __init__(self) -> None:
        self.events = MemoryEventLog()
        self.commands = MemoryCommandLog()

    def decider(self, owner: str = "ann") -> tuple[Decider, MemoryGroup]:
        group = MemoryGroup()
        return Decider(self.events, self.commands, group, 1, owner), group

    def send(self, *commands: tuple[str, Command]) -> None:
        """Append one command record with these (command id, command)."""
        posted = tuple(post(command, command_id) for command_id, command in commands)
        self.commands.put(0, encode_commands(CommandRecord(show_id=SHOW, commands=posted)))

    def schedule(self, **policy: int) -> None:
        self.send(
            (
                "schedule",
                ScheduleShow(
                    organiser_id="org",
                    title="Hamlet",
                    venue="Globe",
                    starts_at=FAR,
                    sale=SaleWindow(opens_at=0, closes_at=FAR),
                    plan=PLAN,
                    prices={"gold": 4500},
                    currency="EUR",
                    policy=SalePolicy(**policy),
                ),
            )
        )

    def hold(self, command_id: str, *seats: int) -> None:
        self.send((command_id, HoldSeats(buyer_id=f"buyer-{command_id}", seats=tuple(f"A-1-{n}" for n in seats))))

    async def deliver(self, decider: Decider, start: int = 0) -> None:
        """Hand the decider every command from an offset on, as its consumer would."""
        await decider.decide(0, self.commands.messages[0][start:])

    def valid_events(self) -> list[Event]:
        """What a reader's fold makes of the log; raises LogFault if it contradicts itself."""
        return [event for _, event in fold(self.events.records.get(0, [])) if event is not None]

    def outcome(self) -> list[tuple[str, str]]:
        """(command id, type) of each valid event."""
        return [(record.command_id, record.type) for record, event in fold(self.events.records[0]) if event is not None]


def fold(values: Iterable[bytes]) -> list[tuple[EventRecord, Event | None]]:
    partition = Partition(0, 1)
    return [partition.fold(offset, value) for offset, value in enumerate(values)]  # type: ignore[misc]


def sequential(world: World) -> list[tuple[str, str]]:
    """What one decider that nothing ever happens to makes of the same commands."""
    calm = World()
    partition = Partition(0, 1)
    values = [encode_claim(PartitionClaim(owner="calm", generation=1, rules=RULES))]
    partition.fold(0, values[0])
    for message in world.commands.messages[0]:
        decisions = partition.decide(message.offset, message.appended_at, message.value, len(values))
        partition.confirm(len(decisions))
        values += [decision.value for decision in decisions]
    calm.events.records[0] = values
    return calm.outcome()


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


async def test_rule_13_an_append_time_far_ahead_halts_the_partition(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    world.commands.now = int(time.time() * 1000) + 7_200_000
    world.hold("a", 1)
    await world.deliver(decider)
    assert world.outcome() == [("schedule", "show-scheduled")]
    assert "ahead of this worker's clock" in str(decider.halted[0])


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


async def test_rule_13_the_clock_asks_for_the_end_of_a_hold_until_it_has_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("write_side.processor.expiry.time.monotonic", lambda: clock[0])
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


async def test_a_new_owner_takes_up_the_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("write_side.processor.expiry.time.monotonic", lambda: clock[0])
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
    assert b"expire-hold" in sent


async def test_shows_that_are_long_over_are_forgotten(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    await world.deliver(decider)
    world.commands.now = FAR + 10 * 24 * 3_600_000
    decider.expiry.observe(0, world.commands.now)
    decider.forget_over_shows()
    assert decider.partitions[0].shows[SHOW].forgotten
    decider.expiry.observe(0, world.commands.now)


async def test_standby_folding_and_reading_ourselves_do_not_disturb_each_other(world: World) -> None:
    decider, _ = world.decider()
    await decider.claim_all([0], 1)
    world.schedule()
    for number in range(1, 11):
        world.hold(f"h{number}", number)
    await world.deliver(decider)
    standby, _ = world.decider("standby")
    reading = asyncio.create_task(standby.fold_to(0, 12))
    await asyncio.sleep(0)
    for offset, value in enumerate(world.events.records[0]):
        standby.fold(0, [(offset, value)])
        await asyncio.sleep(0)
    await reading
    assert standby.partitions[0].shows[SHOW].head == decider.partitions[0].shows[SHOW].head
    assert not standby.halted
