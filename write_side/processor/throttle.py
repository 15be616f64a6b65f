"""At most so many decisions a second, when an operator says so: a token bucket in front of deciding.

It holds back batches of the agent and nothing else: claims, acknowledgements, heartbeats and the expiry clock run in
tasks of their own. What waits for it waits in the log, so it delays answers and loses none.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from contracts.codec import commands_in
from contracts.limits import COMMANDS_PER_RECORD
from write_side.processor import metrics

BURST_SECONDS: Final = 0.1
"""How long an idle decider saves up for: the largest batch of a full bucket is worth this much time."""

_SLEEP_SECONDS_LEAST: Final = 0.001


class Record(Protocol):
    """What a throttle sees of a message."""

    partition: int
    offset: int
    value: bytes | None


R = TypeVar("R", bound=Record)


class Throttle:
    """A bucket of decisions that fills at an even pace. One caller at a time."""

    def __init__(
        self,
        a_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._a_second = a_second
        self._clock = clock
        self._sleep = sleep
        self._most = max(1.0, a_second * BURST_SECONDS)
        self._wait_seconds_most = max(self._most, COMMANDS_PER_RECORD) / a_second
        self._saved = self._most
        self._filled_at = clock()
        self._holding = False
        self._held_until = 0.0

    async def let_through(
        self, records: Sequence[R], next_offset: Callable[[R], int | None], decide: Callable[[list[R]], Awaitable[None]]
    ) -> None:
        """Have these command records decided in portions, as the bucket fills.

        `next_offset` says which record of its partition is decided next, or None for a record that is void by now, as
        after a rebalance: that is passed over. What cannot be decided costs nothing: what stands behind a gap is let
        through at once, for who decides has it fetched again, and so is what comes a second time.
        """
        left = [(record, commands_in(record.value)) for record in records]
        while left := [each for each in left if _is_wanted(each[0].offset, next_offset(each[0]))]:
            portion = await self.take(_costs(left, next_offset))
            await decide([record for record, _ in left[:portion]])
            del left[:portion]

    async def take(self, commands: Sequence[int]) -> int:
        """How many of these records, of so many commands each, may be decided now, from the first on; at least one.

        Waits until the bucket has enough for all of them, or is full. A record that is larger than the bucket is let
        through when it is full, and what it owes is waited for afterwards, so that the pace is kept.
        """
        assert commands, "nothing to decide"
        await self._save_up(min(float(sum(commands)), self._most))
        records, taken = 1, commands[0]
        while records < len(commands) and taken + commands[records] <= self._saved:
            taken += commands[records]
            records += 1
        self._saved -= taken
        return records

    def held_until(self, decided_at: float) -> float:
        """Until when commands were held back, in monotonic seconds: now, if some are; 0 if none ever were.

        At most as long after the last decision, at `decided_at`, as the largest record has to wait: what waits longer,
        or again and again, is not held back but stuck.
        """
        held = self._clock() if self._holding else self._held_until
        return min(held, decided_at + self._wait_seconds_most)

    async def _save_up(self, wanted: float) -> None:
        self._fill()
        if self._saved >= wanted:
            return
        self._holding, began = True, self._clock()
        try:
            while self._saved < wanted:
                await self._sleep(max(_SLEEP_SECONDS_LEAST, (wanted - self._saved) / self._a_second))
                self._fill()
        finally:
            self._holding, self._held_until = False, self._clock()
            metrics.HELD_BACK.inc(self._held_until - began)

    def _fill(self) -> None:
        now = self._clock()
        self._saved = min(self._most, self._saved + (now - self._filled_at) * self._a_second)
        self._filled_at = now


def _is_wanted(offset: int, next_offset: int | None) -> bool:
    return next_offset is not None and offset >= next_offset


def _costs(left: Sequence[tuple[R, int]], next_offset: Callable[[R], int | None]) -> list[int]:
    """How many decisions each of these will be, if all before it are decided."""
    nexts: dict[int, int | None] = {}
    costs = []
    for record, commands in left:
        if record.partition not in nexts:
            nexts[record.partition] = next_offset(record)
        comes_next = record.offset == nexts[record.partition]
        if comes_next:
            nexts[record.partition] = record.offset + 1
        costs.append(commands if comes_next else 0)
    return costs
