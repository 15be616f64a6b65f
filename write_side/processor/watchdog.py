"""The only thing that sees a stream processor that died without a word: commands wait, and the log does not grow."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from aiokafka.errors import KafkaError

from write_side.processor import metrics
from write_side.processor.decider import Decider
from write_side.processor.ports import CommandLog
from write_side.processor.process_end import end_process
from write_side.processor.show_table import ShowTable

SEEK_AFTER_SECONDS: Final = 3.0
END_AFTER_SECONDS: Final = 20.0
ANSWER_SECONDS: Final = 3.0
"""A broker that takes longer counts as away."""
_ANY_PARTITION: Final = 0
"""Whom to ask whether the broker answers, by a worker that owns nothing."""
UNREADY_SECONDS: Final = 30.0
"""How long a worker may be assigned partitions without owning them or getting on with the fold."""


class Watchdog:
    """Looks once a second whether the decider gets on, as long as the broker answers."""

    def __init__(
        self,
        decider: Decider,
        commands: CommandLog,
        table: ShowTable,
        held_until: Callable[[float], float] = lambda _: 0.0,
    ) -> None:
        """`held_until` says until when commands were held back on purpose, given when the last one was decided (both
        monotonic seconds): that is no standstill, of no partition, since what is held back stands in the way of the
        others."""
        self._decider = decider
        self._held_until = held_until
        self._commands = commands
        self._table = table
        self._waiting: dict[int, tuple[int, float]] = {}
        self._sought: dict[int, float] = {}
        self._decided: tuple[dict[int, int], float] = ({}, time.monotonic())
        self._progress = (-1, time.monotonic())
        self._kafka_away = False

    async def look(self) -> None:
        """One look."""
        self._look_at_readiness()
        if self._decider.settled != self._decided[0]:
            self._decided = (dict(self._decider.settled), time.monotonic())
        for number in list(self._decider.owned) or [_ANY_PARTITION]:
            settled = self._decider.settled.get(number, 0)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    start, end = await self._commands.bounds(number)
                    stranger = await self._decider.known.stranger(number, start, end)
            except (KafkaError, TimeoutError):
                self._kafka_away = True
                self._waiting.clear()
                return
            self._kafka_away = False
            owned = number in self._decider.owned
            if owned and self._decider.commands_reach(number, settled, start, end, stranger):
                await self._look_at(number, end)

    async def _look_at(self, number: int, end: int) -> None:
        settled = self._decider.settled[number]
        metrics.LAG_RECORDS.labels(number).set(end - settled)
        before, since = self._waiting.get(number, (-1, 0.0))
        now = time.monotonic()
        since = max(since, self._held_until(self._decided[1]))
        if settled >= end or settled != before:
            self._waiting[number] = (settled, now)
        elif now - since > END_AFTER_SECONDS:
            end_process(f"partition {number} stands at command {settled} of {end}")
        elif now - max(since, self._sought.get(number, 0.0)) > SEEK_AFTER_SECONDS:
            self._sought[number] = now
            if not self._decider.is_appending(number):
                await self._decider.reseek.again(number, settled, end)

    def _look_at_readiness(self) -> None:
        unclaimed = self._unclaimed_partitions()
        held = self._decider.partitions
        folded = sum(held[number].cursor.offset for number in held.keys() & unclaimed)
        before, since = self._progress
        if self._kafka_away or not self._unclaimed() or folded != before:
            self._progress = (folded, time.monotonic())
        elif time.monotonic() - since > UNREADY_SECONDS:
            end_process(f"not ready for {UNREADY_SECONDS:.0f} s: {'; '.join(self._unclaimed())}")

    def missing(self) -> list[str]:
        """What the worker lacks to decide for everything it is assigned; a halted partition is said apart."""
        away = ["Kafka does not answer"] if self._kafka_away else []
        return away + self._unclaimed()

    def _unclaimed(self) -> list[str]:
        if self._table.assigned is None:
            return ["no partitions are assigned yet"]
        return [f"partition {number} is not claimed yet" for number in sorted(self._unclaimed_partitions())]

    def _unclaimed_partitions(self) -> set[int]:
        assigned = self._table.assigned or set()
        return assigned - self._decider.owned.keys() - self._decider.halted.keys()
