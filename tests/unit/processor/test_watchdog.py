"""Who sees a decider that does not get on, and what it does about it (rule 10)."""

import asyncio
from collections.abc import Callable
from typing import NoReturn, cast

import pytest

from contracts.event_log import LogFault
from contracts.limits import COMMANDS_PER_RECORD
from contracts.operations.tasks import end_tasks
from tests.decider_world import World
from tests.memory_logs import MemoryGroup
from write_side.processor import watchdog as watchdog_module
from write_side.processor.decider import Decider
from write_side.processor.show_table import ShowTable
from write_side.processor.throttle import Throttle
from write_side.processor.watchdog import Watchdog


class Ended(Exception):
    """Instead of the end of the process."""


class Assigned:
    """All that the watchdog wants of the table."""

    def __init__(self, *partitions: int) -> None:
        self.assigned: set[int] | None = set(partitions)


class Watched:
    """A decider, its watchdog, and a clock that a test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        for module in ("watchdog", "reseek"):
            monkeypatch.setattr(f"write_side.processor.{module}.time.monotonic", lambda: self.now)
        monkeypatch.setattr(watchdog_module, "end_process", self._end)
        self.world = World()
        self.decider: Decider
        self.group: MemoryGroup
        self.decider, self.group = self.world.decider()
        self.table = Assigned(0)
        self.held_until: Callable[[float], float] = lambda _: 0.0
        self.watchdog = Watchdog(self.decider, self.world.commands, cast(ShowTable, self.table), self._throttled_until)

    def _throttled_until(self, decided_at: float) -> float:
        return self.held_until(decided_at)

    def _end(self, why: str, error: BaseException | None = None) -> NoReturn:
        raise Ended(why)

    async def look_for(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1.0
            await self.watchdog.look()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


async def _claim_with_a_command_waiting(watched: Watched) -> None:
    await watched.decider.claim_all([0], 1)
    watched.world.schedule()


async def test_commands_that_wait_are_sought_after_3_s_and_end_the_process_after_20(watched: Watched) -> None:
    await _claim_with_a_command_waiting(watched)
    await watched.look_for(3)
    assert watched.group.seeks == []
    await watched.look_for(17)
    assert set(watched.group.seeks) == {(0, 0)}
    with pytest.raises(Ended, match="stands at command 0 of 1"):
        await watched.look_for(3)


async def test_nothing_is_sought_while_a_batch_waits_for_its_confirmation(watched: Watched) -> None:
    await _claim_with_a_command_waiting(watched)
    watched.decider._flights[0] = object()
    await watched.look_for(18)
    assert watched.group.seeks == []


async def test_what_a_throttle_holds_back_is_no_standstill_until_it_lets_go(watched: Watched) -> None:
    await _claim_with_a_command_waiting(watched)
    watched.held_until = lambda _: watched.now
    await watched.look_for(100)
    assert watched.group.seeks == []
    watched.held_until = lambda _: 100.0
    await watched.look_for(4)
    assert watched.group.seeks == [(0, 0)]
    with pytest.raises(Ended, match="stands at command 0 of 1"):
        await watched.look_for(20)


async def test_a_throttle_that_makes_commands_wait_for_ever_is_a_standstill(watched: Watched) -> None:
    """At one decision a second the largest record waits for 64 s; nothing is decided in all that time."""

    holding = asyncio.Event()

    async def never_over(_: float) -> None:
        holding.set()
        await asyncio.Event().wait()

    await _claim_with_a_command_waiting(watched)
    slow = Throttle(1.0, lambda: watched.now, never_over)
    watched.held_until = slow.held_until
    await slow.take([COMMANDS_PER_RECORD])
    stuck = asyncio.create_task(slow.take([1]))
    await holding.wait()
    await watched.look_for(64 + 3)
    assert watched.group.seeks == []
    await watched.look_for(17)
    assert watched.group.seeks != []
    with pytest.raises(Ended, match="stands at command 0 of 1"):
        await watched.look_for(3)
    await end_tasks(stuck)


async def test_each_decision_gives_a_throttle_its_time_again(watched: Watched) -> None:
    await _claim_with_a_command_waiting(watched)
    slow = Throttle(1.0, lambda: watched.now)
    slow._holding = True
    watched.held_until = slow.held_until
    await watched.look_for(60)
    await watched.world.deliver(watched.decider)
    watched.world.hold("h1", 1)
    await watched.look_for(60)
    assert watched.group.seeks == []


async def test_a_worker_that_gets_on_is_left_alone(watched: Watched) -> None:
    await _claim_with_a_command_waiting(watched)
    for number in range(1, 40):
        watched.world.hold(f"h{number}", number)
        await watched.world.deliver(watched.decider, number - 1)
        await watched.look_for(1)
    assert watched.group.seeks == []


async def test_a_commands_topic_made_anew_halts_the_partition(watched: Watched) -> None:
    """Its consumer would begin at offset 0 again, and pass everything over as decided before."""
    await _claim_with_a_command_waiting(watched)
    await watched.world.deliver(watched.decider)
    await watched.look_for(1)
    assert watched.decider.halted == {}
    watched.world.commands.messages[0].clear()
    await watched.look_for(1)
    assert "the next command is at offset 1, but the commands reach from 0 to 0" in str(watched.decider.halted[0])


async def test_a_commands_topic_made_anew_that_is_longer_already_halts_the_partition(watched: Watched) -> None:
    """Its offsets say nothing: only that another command stands where one was decided."""
    await _claim_with_a_command_waiting(watched)
    await watched.world.deliver(watched.decider)
    watched.world.commands.messages[0].clear()
    watched.world.hold("new", 1)
    watched.world.hold("newer", 2)
    await watched.look_for(1)
    assert "the command at offset 0 is not schedule, which was decided there" in str(watched.decider.halted[0])


async def test_commands_cut_before_they_were_decided_halt_the_partition(watched: Watched) -> None:
    await _claim_with_a_command_waiting(watched)
    watched.world.commands.first = 1
    await watched.look_for(1)
    assert "the next command is at offset 0, but the commands reach from 1 to 1" in str(watched.decider.halted[0])


async def test_commands_cut_after_they_were_decided_are_no_fault(watched: Watched) -> None:
    await _claim_with_a_command_waiting(watched)
    await watched.world.deliver(watched.decider)
    watched.world.commands.first = 1
    await watched.look_for(40)
    assert watched.decider.halted == {}


async def test_a_partition_that_is_not_claimed_for_30_s_ends_the_process(watched: Watched) -> None:
    await watched.look_for(30)
    with pytest.raises(Ended, match="partition 0 is not claimed yet"):
        await watched.look_for(2)


async def test_a_standby_that_gets_on_does_not_hide_what_is_not_claimed(watched: Watched) -> None:
    for offset in range(30):
        watched.decider.partition(1).cursor.offset = offset
        await watched.look_for(1)
    with pytest.raises(Ended):
        await watched.look_for(2)


async def test_a_halted_partition_ends_nothing(watched: Watched) -> None:
    watched.decider.halt(0, LogFault(0, 0, "planted"))
    await watched.look_for(100)
    assert watched.watchdog.missing() == []


async def test_a_worker_that_owns_nothing_notices_when_kafka_is_back(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time in which it must claim its partitions would never begin."""
    await watched.decider.claim_all([0], 1)
    bounds = watched.world.commands.bounds

    async def away(partition: int) -> tuple[int, int]:
        raise TimeoutError

    monkeypatch.setattr(watched.world.commands, "bounds", away)
    await watched.look_for(100)
    assert watched.watchdog.missing() == ["Kafka does not answer"]
    monkeypatch.setattr(watched.world.commands, "bounds", bounds)
    watched.decider.stop_deciding()
    await watched.look_for(1)
    assert watched.watchdog.missing() == ["partition 0 is not claimed yet"]
    with pytest.raises(Ended):
        await watched.look_for(32)
