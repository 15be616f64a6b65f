"""Commands on their way to the log: grouped for a few milliseconds, one append at a time per partition.

While an append of a partition is under way its next commands gather, so that groups grow with the load by themselves.
A command counts as handed over from the moment its append begins; until then it can still be refused with 503.
"""

import asyncio
import contextlib
import time
from typing import Final

import structlog

from contracts.operations.tasks import run_together
from write_side.api.deciding import NotTaken
from write_side.api.grouping import Group, batches, groups
from write_side.api.log_writer import BATCH_BYTES, STUCK_SECONDS, AppendUnknown, LogWriter, Record
from write_side.api.metrics import Metrics
from write_side.api.waiting import Asked, Waiting

SWEEP_SECONDS: Final = 0.1
UNREACHABLE: Final = NotTaken("Kafka cannot be reached at the moment.")
CROWDED: Final = NotTaken("Too many commands are under way.")
STOPPING: Final = NotTaken("This server is about to stop.")

log: Final = structlog.get_logger()


class Lane:
    """The queue of one partition. `appending_since` (monotonic seconds) is None while nothing is under way; `handed`
    counts the commands that were taken from the queue and are not confirmed."""

    __slots__ = ("appending_since", "filled", "handed", "idle", "partition", "queue", "stuck")

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.queue: list[Asked] = []
        self.filled = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.appending_since: float | None = None
        self.handed = 0
        self.stuck = False

    def take(self) -> list[Asked]:
        """What is queued and still wanted, from now on handed over."""
        taken = [asked for asked in self.queue if not asked.outcome.done()]
        self.queue.clear()
        self.filled.clear()
        for asked in taken:
            asked.handed = True
        self.handed = len(taken)
        return taken


class Outbox:
    """One lane per partition. `run` must be running for anything to move."""

    def __init__(
        self,
        writer: LogWriter,
        waiting: Waiting,
        metrics: Metrics,
        *,
        partitions: int,
        group_seconds: float,
        under_way_most: int,
    ) -> None:
        self._writer = writer
        self._waiting = waiting
        self._metrics = metrics
        self._group_seconds = group_seconds
        self._under_way_most = under_way_most
        self._lanes = [Lane(partition) for partition in range(partitions)]
        self._stopping = False

    def offer(self, asked: Asked) -> NotTaken | None:
        """Queue a command, or say why it is refused."""
        lane = self._lanes[asked.partition]
        if self._stopping:
            return STOPPING
        if lane.stuck or self._writer.unwritable(asked.partition):
            return UNREACHABLE
        if self._waiting.under_way >= self._under_way_most:
            return CROWDED
        lane.queue.append(asked)
        lane.filled.set()
        lane.idle.clear()
        return None

    def missing(self) -> list[str]:
        """The partitions that cannot be written to, a sentence each."""
        return [
            f"partition {lane.partition} of the commands cannot be written to"
            for lane in self._lanes
            if lane.stuck or self._writer.unwritable(lane.partition)
        ]

    def queued(self) -> int:
        """Commands not handed over yet."""
        return sum(len(lane.queue) for lane in self._lanes)

    def on_hand(self, partition: int) -> int:
        """Commands of this partition that the log has not confirmed."""
        lane = self._lanes[partition]
        return len(lane.queue) + lane.handed

    async def run(self) -> None:
        """Move commands to the log until cancelled."""
        await run_together(self._sweep(), *(self._drain(lane) for lane in self._lanes))

    def close(self) -> None:
        """Take no more commands."""
        self._stopping = True

    async def finish(self, within_seconds: float) -> None:
        """After `close`: give what is queued to Kafka, as far as it takes it in this time."""
        deadline = asyncio.get_running_loop().time() + within_seconds
        for lane in self._lanes:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await lane.idle.wait()

    async def _drain(self, lane: Lane) -> None:
        while True:
            await lane.filled.wait()
            await asyncio.sleep(self._group_seconds)
            if lane.queue and self._writer.unwritable(lane.partition):
                continue  # the sweep refuses what is queued
            for batch, records in batches(groups(lane.take()), BATCH_BYTES):
                await self._append(lane, batch, records)
                lane.handed -= sum(map(len, batch))
            if not lane.queue:
                lane.idle.set()

    async def _append(self, lane: Lane, batch: list[Group], records: list[Record]) -> None:
        began = lane.appending_since = time.monotonic()
        try:
            offset = await self._writer.append(lane.partition, records)
        except AppendUnknown as error:
            self._metrics.unknown.inc()
            log.error(
                "append without an outcome",
                partition=lane.partition,
                error=str(error),
                command_ids=[asked.posted.id for group in batch for asked in group],
            )
            for group in batch:
                self._waiting.unplaceable(group)
            return
        finally:
            lane.appending_since = None
            lane.stuck = False
        self._metrics.append.observe(time.monotonic() - began)
        for place, group in enumerate(batch):
            self._metrics.group.observe(len(group))
            self._waiting.placed(lane.partition, offset + place, group)

    async def _sweep(self) -> None:
        """Refuse what queues behind an append that is stuck, and what came while Kafka went away."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            for lane in self._lanes:
                lane.stuck = lane.appending_since is not None and now - lane.appending_since > STUCK_SECONDS
                if lane.stuck or (lane.queue and self._writer.unwritable(lane.partition)):
                    queued, lane.queue = lane.queue, []
                    for asked in queued:
                        asked.resolve(UNREACHABLE)
