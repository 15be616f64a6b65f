"""The clock that asks for the end of holds whose time is over, by log time.

Log time is the last append time seen plus the monotonic time since: a wall clock that is wrong lapses nobody's hold.
It is only a hint when to ask; whether a hold is over is decided, as ever, by the append time of the command.
"""

import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from contracts.codec import post
from contracts.commands import ExpireHold
from contracts.identifiers import expiry_command_id
from contracts.limits import COMMANDS_PER_RECORD, SECOND_MS
from contracts.records import CommandRecord, Instant
from write_side.domain.partition import Partition
from write_side.processor.ports import CommandLog

_LOOK_AHEAD_MS: Final = 10 * SECOND_MS
"""Less than HOLD_SECONDS_LEAST: no hold that is made after a look ends before the next."""
_EXPIRIES_PER_TICK: Final = 4096


class _Ending:
    """Which holds of a partition end soon. It looks through all of them from time to time, and then waits for a few."""

    __slots__ = ("_next_look", "_partition", "_soon")

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._soon: deque[tuple[Instant, str, str]] = deque()
        self._next_look: Instant = 0

    def over(self, now: Instant) -> dict[str, list[str]]:
        """Ids of the holds that are over, by show, not too many at once; who has not ended is named at every look."""
        if now >= self._next_look:
            self._look(now)
        found: dict[str, list[str]] = {}
        for _ in range(_EXPIRIES_PER_TICK):
            if not self._soon or self._soon[0][0] > now:
                break
            _, show_id, hold_id = self._soon.popleft()
            show = self._partition.shows.get(show_id)
            if show is not None and hold_id in show.holds and not show.over(now):
                found.setdefault(show_id, []).append(hold_id)
        return found

    def _look(self, now: Instant) -> None:
        self._next_look = now + _LOOK_AHEAD_MS
        self._soon = deque(
            sorted(
                (hold.expires_at, show.id, hold.id)
                for show in self._partition.shows.values()
                for hold in show.holds.values()
                if hold.expires_at <= self._next_look
            )
        )


class ExpiryClock:
    """Knows, for the partitions that this worker owns, which holds end when."""

    def __init__(self, commands: CommandLog) -> None:
        self._commands = commands
        self._ending: dict[int, _Ending] = {}
        self._log_time: dict[int, tuple[Instant, float]] = {}

    def take_up(self, partition: Partition) -> None:
        """Begin with a partition that was claimed."""
        self._ending[partition.number] = _Ending(partition)
        self.observe(partition.number, max((show.time for show in partition.shows.values()), default=0))

    def drop(self, number: int) -> None:
        """Forget a partition: nobody would answer."""
        self._ending.pop(number, None)

    def clear(self) -> None:
        """Forget everything: nothing is owned any more."""
        self._ending.clear()
        self._log_time.clear()

    def observe(self, number: int, appended_at: Instant) -> None:
        """A command's append time tells what log time it is."""
        if appended_at > self.log_time(number):
            self._log_time[number] = (appended_at, time.monotonic())

    def log_time(self, number: int) -> Instant:
        """What time it is in the partition, in milliseconds since 1970."""
        instant, seen_at = self._log_time.get(number, (0, time.monotonic()))
        return instant + int((time.monotonic() - seen_at) * SECOND_MS)

    async def tick(self) -> None:
        """Ask for the end of the holds that are over; who is asked for is asked for again until it has worked."""
        for number, ending in list(self._ending.items()):
            for record in _records(ending.over(self.log_time(number))):
                if self._ending.get(number) is not ending:
                    break  # lost meanwhile: the new owner asks
                await self._commands.send(number, record)


def _records(over: dict[str, list[str]]) -> Iterator[CommandRecord]:
    """The commands that end these holds, as few records as will carry them."""
    for show_id, hold_ids in over.items():
        for start in range(0, len(hold_ids), COMMANDS_PER_RECORD):
            some = hold_ids[start : start + COMMANDS_PER_RECORD]
            posted = tuple(post(ExpireHold(hold_id=hold_id), expiry_command_id(hold_id)) for hold_id in some)
            yield CommandRecord(show_id=show_id, commands=posted)
