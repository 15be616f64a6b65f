"""The clock that asks for the end of holds whose time is over, by log time.

Log time is the last append time seen plus the monotonic time since: a wall clock that is wrong lapses nobody's hold.
It is only a hint when to ask; whether a hold is over is decided, as ever, by the append time of the command.
"""

import time
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Final

from contracts.codec import post
from contracts.commands import ExpireHold
from contracts.events import SeatsHeld
from contracts.identifiers import expiry_command_id
from contracts.limits import COMMANDS_PER_RECORD, SECOND_MS
from contracts.records import CommandRecord, Instant
from write_side.domain.partition import Decision, Partition
from write_side.processor.ports import CommandLog

_ASK_AGAIN_MS: Final = 10 * SECOND_MS
_EXPIRIES_PER_TICK: Final = 4096

_Due = tuple[Instant, str, str]
"""(when, show id, hold id)"""


class ExpiryClock:
    """Knows, for the partitions that this worker owns, which holds end when."""

    def __init__(self, commands: CommandLog) -> None:
        self._commands = commands
        self._due: dict[int, list[_Due]] = {}
        self._partitions: dict[int, Partition] = {}
        self._log_time: dict[int, tuple[Instant, float]] = {}

    def take_up(self, partition: Partition) -> None:
        """Begin with a partition that was claimed: every hold in its shows."""
        due = [(hold.expires_at, show.id, hold.id) for show in partition.shows.values() for hold in show.holds.values()]
        heapify(due)
        self._due[partition.number] = due
        self._partitions[partition.number] = partition
        self.observe(partition.number, max((show.time for show in partition.shows.values()), default=0))

    def drop(self, number: int) -> None:
        """Forget a partition: nobody would answer."""
        self._due.pop(number, None)
        self._partitions.pop(number, None)

    def clear(self) -> None:
        """Forget everything: nothing is owned any more."""
        self._due.clear()
        self._partitions.clear()
        self._log_time.clear()

    def observe(self, number: int, appended_at: Instant) -> None:
        """A command's append time tells what log time it is."""
        if appended_at > self.log_time(number):
            self._log_time[number] = (appended_at, time.monotonic())

    def log_time(self, number: int) -> Instant:
        """What time it is in the partition, in milliseconds since 1970."""
        instant, seen_at = self._log_time.get(number, (0, time.monotonic()))
        return instant + int((time.monotonic() - seen_at) * SECOND_MS)

    def note(self, partition: Partition, decisions: Iterable[Decision]) -> None:
        """Remember the holds among these confirmed decisions."""
        due = self._due.get(partition.number)
        if due is not None:
            for decision in decisions:
                event = decision.event
                if type(event) is SeatsHeld:
                    heappush(due, (event.expires_at, decision.show_id, event.hold_id))

    async def tick(self) -> None:
        """Ask for the end of the holds that are over; who is asked for is asked for again until it has worked."""
        for number, due in list(self._due.items()):
            for record in self._records(number, due):
                if self._due.get(number) is not due:
                    break  # lost meanwhile: the new owner asks
                await self._commands.send(number, record)

    def _records(self, number: int, due: list[_Due]) -> list[CommandRecord]:
        """The command records for what is due now, by show; each hold goes back into the heap for a later look."""
        now, partition = self.log_time(number), self._partitions[number]
        over: dict[str, list[str]] = {}
        for _ in range(_EXPIRIES_PER_TICK):
            if not due or due[0][0] > now:
                break
            _, show_id, hold_id = heappop(due)
            show = partition.shows.get(show_id)
            if show is not None and hold_id in show.holds and not show.over(now):
                over.setdefault(show_id, []).append(hold_id)
                heappush(due, (now + _ASK_AGAIN_MS, show_id, hold_id))
        records = []
        for show_id, hold_ids in over.items():
            waiting = iter(hold_ids)
            while some := list(islice(waiting, COMMANDS_PER_RECORD)):
                posted = tuple(post(ExpireHold(hold_id=hold_id), expiry_command_id(hold_id)) for hold_id in some)
                records.append(CommandRecord(show_id=show_id, commands=posted))
        return records
