"""The protocol by which a worker decides for its partitions (docs/architecture.md, "The event log").

Safety rests on the claim and the fold alone: whatever this worker believes about its membership, only what the fold
accepts counts. The group, the queues and Faust merely make that it is nearly always the right worker that writes.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing

import structlog

from contracts.codec import encode_claim, event_name
from contracts.event_log import LogFault
from contracts.limits import CLAIM_EVERY_RECORDS, CLAIM_EVERY_SECONDS
from contracts.records import RULES, EventRecord, PartitionClaim, place_text
from write_side.domain.partition import Partition
from write_side.processor import metrics
from write_side.processor.batch import Batch, decide_ahead
from write_side.processor.dead_letters import keep_undecidable
from write_side.processor.expiry import ExpiryClock
from write_side.processor.known_commands import KnownCommands
from write_side.processor.ports import CommandLog, CommandMessage, EventLog, Group
from write_side.processor.reseek import Reseek

log = structlog.get_logger()


class Decider:
    """Decides for the partitions that this worker owns, and keeps warm those that it may come to own."""

    def __init__(self, events: EventLog, commands: CommandLog, group: Group, partitions: int, owner: str) -> None:
        self._events = events
        self._commands = commands
        self._group = group
        self._partition_count = partitions
        self._owner = owner
        self._folding: dict[int, asyncio.Lock] = {}
        self._flights: dict[int, object] = {}
        self._claimed: dict[int, tuple[int, float]] = {}
        self._claiming = asyncio.Lock()
        self._taking: set[int] = set()
        self.partitions: dict[int, Partition] = {}
        self.owned: dict[int, int] = {}
        """Partition to the generation in which this worker claimed it; deciding needs an entry here."""
        self.settled: dict[int, int] = {}
        """Partition to the offset of the first command record of which the log does not hold every event."""
        self.halted: dict[int, LogFault] = {}
        self.expiry = ExpiryClock(commands)
        self.known = KnownCommands(commands)
        self.reseek = Reseek(group)

    def partition(self, number: int) -> Partition:
        """The state of a partition, empty if this worker never had it."""
        if number not in self.partitions:
            self.partitions[number] = Partition(number, self._partition_count)
            self._folding[number] = asyncio.Lock()
        return self.partitions[number]

    def drop(self, number: int) -> None:
        """Forget a partition that this worker neither owns nor stands by for."""
        if self.partitions.pop(number, None) is not None:
            del self._folding[number]
            self.halted.pop(number, None)
            self.known.drop(number)
            metrics.forget(number)

    def stop_deciding(self) -> None:
        """Rule 1: own nothing any more, and take back what the log has not confirmed; all of it now."""
        for number in self.owned:
            metrics.lost(number)
        self.owned.clear()
        self.expiry.clear()
        for number in self._flights:
            self.partitions[number].undo()
        self._flights.clear()

    def _stands_by(self, number: int) -> bool:
        return not (number in self.owned or number in self._taking or number in self.halted)

    async def keep_warm(self) -> None:
        """Take in what others have appended to the partitions that this worker stands by for."""
        for number in filter(self._stands_by, tuple(self.partitions)):
            await self.fold_to(number, await self._events.end(number), self._stands_by)

    def _fold(self, partition: Partition, records: Iterable[tuple[int, bytes]]) -> None:
        """Take records of the log in; those that the state holds already are passed over. A log fault halts."""
        if partition.number in self.halted:
            return
        cursor, take_in, last = partition.cursor, partition.fold, None
        try:
            for offset, value in records:
                if offset > cursor.offset:
                    record, event = take_in(offset, value)
                    last = last if event is None else record
        except LogFault as fault:
            self.halt(partition.number, fault)
        else:
            self.settled[partition.number] = partition.next_command[0]
            if isinstance(last, EventRecord):
                self.known.answered(partition.number, last.source[:2], last.command_id)

    async def fold_to(self, number: int, stop: int, while_: Callable[[int], bool] = lambda _: True) -> None:
        """Fold the log up to offset `stop` (exclusive), unless the partition is dropped on the way.

        `while_` is asked with its number before records are taken in, whether they still are to be.
        """
        partition = self.partition(number)
        async with self._folding[number]:
            start = partition.cursor.offset + 1
            if start >= stop or number in self.halted:
                return
            try:
                async with aclosing(self._events.read(number, start, stop)) as reading:
                    async for records in reading:
                        if self.partitions.get(number) is not partition or not while_(number):
                            return
                        self._fold(partition, records)
                        if number in self.halted:
                            return
            except LogFault as fault:
                self.halt(number, fault)

    def halt(self, number: int, fault: LogFault) -> None:
        """Rule 9: stop for this partition alone, keep its state, claim nothing, and say which record."""
        self.halted[number] = fault
        self.owned.pop(number, None)
        self.expiry.drop(number)
        metrics.halted(number, True)
        log.critical("partition halted", partition=number, offset=fault.offset, fault=fault.what)

    def is_appending(self, number: int) -> bool:
        """Whether a batch is under way whose confirmation has not come."""
        return number in self._flights

    def forget_over_shows(self) -> None:
        """Free the memory of shows that are long over, in every owned partition that has nothing under way."""
        for number in self.owned.keys() - self._flights.keys():
            self.partitions[number].forget_over(self.expiry.log_time(number))

    async def claim_all(self, numbers: Iterable[int], generation: int) -> None:
        """Claim partitions one after the other, as long as this generation lasts."""
        async with self._claiming:
            for number in sorted(numbers):
                if self._group.generation() != generation:
                    return
                self._taking.add(number)
                try:
                    await self._claim(number, generation)
                finally:
                    self._taking.discard(number)

    async def _claim(self, number: int, generation: int) -> None:
        """Rule 2. Afterwards the partition is owned, unless the group, the commands or the log speak against it."""
        partition = self.partition(number)
        if number in self.halted or not await self._commands_fit(partition):
            return
        before = partition.next_command[0]
        if not await self._group.commit(number, before, generation):
            log.warning("not a member any more", partition=number, generation=generation)
            return
        claim = encode_claim(PartitionClaim(owner=self._owner, generation=generation, rules=RULES))
        offset = await self._events.append(number, [("", claim)])
        if offset < 0:
            raise RuntimeError(f"the broker did not say where it put the claim of partition {number}")
        metrics.CLAIMS.inc()
        if self._group.generation() != generation:
            return  # after a rebalance the log has been read again, this claim with it, and is claimed anew
        if self.partitions.get(number) is not partition or self._was_cut(partition, offset):
            return
        if offset == partition.cursor.offset + 1:
            self._fold(partition, [(offset, claim)])
        else:
            await self.fold_to(number, offset + 1)
        if number in self.halted or partition.cursor.claim != offset:
            return
        after = partition.next_command[0]
        if after != before and not await self._group.commit(number, after, generation):
            return
        if self._group.generation() == generation:
            self.owned[number] = generation
            self._claimed[number] = (offset, time.monotonic())
            self.expiry.take_up(partition)
            metrics.void_records(number, partition.cursor.void)
            log.info("partition claimed", partition=number, claim=offset, generation=generation, next_command=after)

    async def _commands_fit(self, partition: Partition) -> bool:
        start, end = await self._commands.bounds(partition.number)
        stranger = await self.known.stranger(partition.number, start, end)
        return self.commands_reach(partition.number, partition.next_command[0], start, end, stranger)

    def commands_reach(self, number: int, wanted: int, start: int, end: int, stranger: str | None) -> bool:
        """Whether the commands from `start` to `end` (exclusive) have the next one, or will have; a topic that was cut
        or created anew halts the partition, as `stranger` (known_commands.py) or the offsets tell."""
        if start <= wanted <= end and stranger is None:
            return True
        what = stranger or f"the next command is at offset {wanted}, but the commands reach from {start} to {end}"
        self.halt(number, LogFault(number, self.partitions[number].cursor.offset, what))
        return False

    def _was_cut(self, partition: Partition, offset: int) -> bool:
        """Whether an append landed where the log had been read already; such a log halts the partition."""
        if offset > partition.cursor.offset:
            return False
        what = f"what was appended stands here, but the log had been read up to {partition.cursor.offset}: it was cut"
        self.halt(partition.number, LogFault(partition.number, offset, what))
        return True

    async def decide(self, number: int, messages: Sequence[CommandMessage]) -> None:
        """Decide command records of one partition, in order; returns when the log holds what came of them."""
        while True:
            generation = self.owned.get(number)
            if generation is None or generation != self._group.generation():
                return
            partition = self.partitions[number]
            if self._claim_is_old(partition):
                await self.claim_all([number], generation)
                if self._claim_is_old(partition):
                    self.owned.pop(number, None)  # refused; until a rebalance or the watchdog, nothing is decided
                continue
            assert number not in self._flights, f"partition {number}: a second batch before the first is confirmed"
            batch = decide_ahead(partition, messages, self.expiry)
            if batch.clock_fault is not None:
                self.halt(number, batch.clock_fault)
            if not batch.decisions:
                await self._look_for_gap(partition, messages)
                return
            if not await self._append(partition, batch, generation):
                return

    def _claim_is_old(self, partition: Partition) -> bool:
        offset, claimed_at = self._claimed[partition.number]
        return (
            partition.cursor.offset - offset >= CLAIM_EVERY_RECORDS
            or time.monotonic() - claimed_at >= CLAIM_EVERY_SECONDS
        )

    async def _look_for_gap(self, partition: Partition, messages: Sequence[CommandMessage]) -> None:
        """Rule 5: commands are decided consecutively; where some were lost on the way, they are fetched again."""
        wanted = partition.next_command[0]
        beyond = next((message.offset for message in messages if message.offset > wanted), None)
        if beyond is not None and partition.number in self.owned:
            await self.reseek.again(partition.number, wanted, beyond)

    async def _append(self, partition: Partition, batch: Batch, generation: int) -> bool:
        """Rules 6, 7: append the batch and make sure that it stands right behind what the state was decided on.

        Gives whether deciding may go on.
        """
        number = partition.number
        flight = self._flights[number] = object()
        for message, decision in batch.faults:
            await keep_undecidable(self._commands, number, message, decision)
            if self._flights.get(number) is not flight:
                return False  # a rebalance took it back; another may decide by now
        started = time.perf_counter()
        base = await self._events.append(number, [(decision.show_id, decision.value) for decision in batch.decisions])
        if self._flights.get(number) is not flight:
            return False  # a rebalance took it back meanwhile: the log tells the next owner what became of it
        del self._flights[number]
        if base == partition.cursor.offset + 1:
            partition.confirm(len(batch.decisions))
            self.settled[number] = partition.next_command[0]
            self.known.answered(number, batch.decisions[-1].source[:2], batch.decisions[-1].command_id)
            metrics.appended(batch.decisions, time.perf_counter() - started)
            for decision in batch.decisions if log.is_enabled_for(logging.DEBUG) else ():
                log.debug(
                    event_name(decision.event),
                    command_id=decision.command_id,
                    show_id=decision.show_id,
                    source=place_text(number, decision.source[0], decision.source[1]),
                )
            return True
        log.warning("append not contiguous", partition=number, expected=partition.cursor.offset + 1, base=base)
        partition.undo()
        claim = partition.cursor.claim
        if base >= 0 and self._was_cut(partition, base):
            return False
        await self.fold_to(number, await self._events.end(number))
        if number not in self.owned:
            return False
        if partition.cursor.claim != claim:
            del self.owned[number]
            await self.claim_all([number], generation)
        return number in self.owned
