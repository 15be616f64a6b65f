"""Faults in the code of a real decider, beside those that the simulation knows. They last as long as the process."""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Final

import pytest

from contracts.limits import MIB, SECOND_MS
from contracts.records import Instant
from scenarios.nemesis.planting import is_claim
from tests.simulation.mutants import no_command_contiguity
from write_side.domain import decide as domain
from write_side.domain.partition import Decision, Partition
from write_side.processor.batch import Batch
from write_side.processor.decider import Decider
from write_side.processor.expiry import ExpiryClock
from write_side.processor.kafka_logs import KafkaLogs
from write_side.processor.ports import CommandLog, EventLog, Group

TWO_HOURS_MS: Final = 2 * 3600 * SECOND_MS


class WhereExpected(int):
    """An offset that is always the one expected."""

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False

    __hash__ = int.__hash__


def no_contiguity_check(patch: pytest.MonkeyPatch) -> None:
    """Rule 7: the batch is taken to stand where it was expected."""
    append = KafkaLogs.append

    async def append_blindly(logs: KafkaLogs, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        offset = await append(logs, partition, records)
        return offset if is_claim(records) else WhereExpected(offset)

    patch.setattr(KafkaLogs, "append", append_blindly)


def send_not_awaited(patch: pytest.MonkeyPatch) -> None:
    """Rule 6: a batch counts as appended as soon as it is on its way, and what becomes of it is never looked at."""
    append = KafkaLogs.append
    on_their_way: set[asyncio.Future[int]] = set()

    async def append_and_go_on(logs: KafkaLogs, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        if is_claim(records):
            return await append(logs, partition, records)
        sending = asyncio.ensure_future(append(logs, partition, records))
        on_their_way.add(sending)
        sending.add_done_callback(on_their_way.discard)
        sending.add_done_callback(lambda sent: sent.cancelled() or sent.exception())
        return WhereExpected(0)

    patch.setattr(KafkaLogs, "append", append_and_go_on)


class _NeverBack:
    """A membership by which nothing moves the group's offsets but `acknowledge`, and a claim is always allowed."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._moving: set[asyncio.Future[bool]] = set()

    def generation(self) -> int:
        return self._group.generation()

    async def commit(self, partition: int, offset: int, generation: int) -> bool:
        return generation > 0 and self.generation() == generation

    async def seek(self, partition: int, offset: int) -> None:
        await self._group.seek(partition, offset)

    def acknowledge(self, partition: int, offset: int, generation: int) -> None:
        """Begin to move the offset; the append goes on meanwhile."""
        moving = asyncio.ensure_future(self._group.commit(partition, offset, generation))
        self._moving.add(moving)
        moving.add_done_callback(self._moving.discard)
        moving.add_done_callback(lambda moved: moved.cancelled() or moved.exception())


def acknowledge_before_append(patch: pytest.MonkeyPatch) -> None:
    """Rule 6: the group's offset moves when a batch is decided, not when the log holds it; and it is believed.

    That alone the fold heals: a decider that starts knows from the log what comes next. So what would heal it is taken
    away too: the claim does not put the group's offset back to the log's (rule 2), and what Kafka delivers from the
    group's offset on is decided whatever is missing before it (rule 5). That is what a decider does which trusts its
    consumer group, as most do.
    """
    no_command_contiguity(patch)
    init, append = Decider.__init__, Decider._append

    def init_with_group(
        self: Decider, events: EventLog, commands: CommandLog, group: Group, partitions: int, owner: str
    ) -> None:
        init(self, events, commands, _NeverBack(group), partitions, owner)

    async def acknowledge_and_append(self: Decider, taken: Partition, batch: Batch, generation: int) -> bool:
        assert isinstance(self._group, _NeverBack)
        self.settled[taken.number] = taken.next_command[0]
        self._group.acknowledge(taken.number, taken.next_command[0], generation)
        return await append(self, taken, batch, generation)

    patch.setattr(Decider, "__init__", init_with_group)
    patch.setattr(Decider, "_append", acknowledge_and_append)


def wall_clock(patch: pytest.MonkeyPatch) -> None:
    """Rule 4: what time it is, is what the decider's own clock says."""
    decide = Partition.decide

    def decide_now(
        partition: Partition, offset: int, _: Instant, value: bytes | None, log_offset: int
    ) -> list[Decision]:
        return decide(partition, offset, int(time.time() * SECOND_MS), value, log_offset)

    patch.setattr(Partition, "decide", decide_now)


def expiry_asks_by_its_own_clock(patch: pytest.MonkeyPatch) -> None:
    """Rule 13: the end of a hold is asked for by the decider's own clock, which is two hours ahead.

    No hold ends for it, since whether one is over is decided by the command's append time; the log fills up.
    """
    patch.setattr(ExpiryClock, "log_time", lambda *_: int(time.time() * SECOND_MS) + TWO_HOURS_MS)


def expiry_trusts_its_own_clock(patch: pytest.MonkeyPatch) -> None:
    """Rule 13: as above, and who asks for the end of a hold is believed that its time is over."""
    expiry_asks_by_its_own_clock(patch)
    expire_hold = domain._expire_hold
    patch.setattr(domain, "_expire_hold", lambda show, command, _: expire_hold(show, command, sys.maxsize))


def hoards_commands(patch: pytest.MonkeyPatch) -> None:
    """Keeps something of each command for ever: a mebibyte, so that it shows within seconds."""
    decide, hoard = Partition.decide, list[bytes]()

    def decide_and_keep(
        partition: Partition, offset: int, time: Instant, value: bytes | None, log_offset: int
    ) -> list[Decision]:
        decisions = decide(partition, offset, time, value, log_offset)
        hoard.extend(b"\1" * MIB for _ in decisions)
        return decisions

    patch.setattr(Partition, "decide", decide_and_keep)
