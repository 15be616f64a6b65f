"""Kafka's part: two logs in memory, a clock that may be wrong, and producers whose batches land when they land."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from read_side.replay.log_reader import Stored
from scenarios.history import StoredRecord, stored_record
from tests.simulation.chaos import BROKER_CLOCK_SET, KAFKA_AWAY, Stream
from tests.simulation.simulated_loop import EPOCH_SECONDS
from write_side.processor.ports import CommandMessage

MOST_WRONG_SECONDS: Final = 8.0
"""Either way, for the broker's clock; with how far behind a decider's may be it stays below the 30 s of rule 13."""
AWAY_SECONDS_MOST: Final = 8.0
LOOK_SECONDS: Final = 2.0
_ORDER_SECONDS: Final = 1e-6


class Topics:
    """The records of both topics by partition, with the broker's append time."""

    def __init__(self, partitions: int, luck: Stream) -> None:
        self.commands: list[list[CommandMessage]] = [[] for _ in range(partitions)]
        self.events: list[list[Stored]] = [[] for _ in range(partitions)]
        self.clock_ahead_seconds = 0.0
        self._luck = luck
        self._away_until = 0.0
        self._grown: list[asyncio.Future[None]] = []

    async def live(self) -> None:
        """Go away and come back, and have the clock set wrong, now and then."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._luck.strike(KAFKA_AWAY, "the broker", loop.time()):
                self._away_until = loop.time() + self._luck.chance.uniform(0.5, AWAY_SECONDS_MOST)
            if self._luck.strike(BROKER_CLOCK_SET, "the broker", loop.time()):
                self.clock_ahead_seconds = self._luck.chance.uniform(-MOST_WRONG_SECONDS, MOST_WRONG_SECONDS)

    def away_seconds(self) -> float:
        """How long nobody will get an answer; 0 while the broker is there."""
        return max(0.0, self._away_until - asyncio.get_running_loop().time())

    async def answering(self) -> None:
        """Wait until the broker is there, or is away for longer than it was going to be."""
        if (left := self.away_seconds()) > 0:
            await asyncio.sleep(left + _ORDER_SECONDS)

    def grown(self) -> "asyncio.Future[None]":
        """Done as soon as anything is appended."""
        future = asyncio.get_running_loop().create_future()
        self._grown.append(future)
        return future

    def append_command(self, partition: int, value: bytes) -> int:
        """One record; gives its offset."""
        messages = self.commands[partition]
        messages.append(CommandMessage(len(messages), self._now_ms(), value))
        self._tell()
        return len(messages) - 1

    def append_events(self, partition: int, values: Sequence[bytes]) -> int:
        """One batch, as a whole; gives its base offset."""
        log, now = self.events[partition], self._now_ms()
        base = len(log)
        log += [Stored(base + place, now, value) for place, value in enumerate(values)]
        self._tell()
        return base

    def stored_commands(self) -> list[StoredRecord]:
        """For the checkers."""
        return [
            stored_record(number, message.offset, message.appended_at, message.value or b"")
            for number, messages in enumerate(self.commands)
            for message in messages
        ]

    def stored_events(self) -> list[StoredRecord]:
        """For the checkers."""
        return [stored_record(number, *stored) for number, log in enumerate(self.events) for stored in log]

    def _now_ms(self) -> int:
        return round((EPOCH_SECONDS + asyncio.get_running_loop().time() + self.clock_ahead_seconds) * 1000)

    def _tell(self) -> None:
        waiting, self._grown = self._grown, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


class Producer:
    """Of one process. What it sends to one partition lands in the order in which it was sent, also after its death."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics
        self._sent: dict[int, deque[tuple[Callable[[], int], asyncio.Future[int]]]] = {}

    def send(self, partition: int, append: Callable[[], int], delay_seconds: float) -> "asyncio.Future[int]":
        """Have it appended after a while; gives its offset once it is."""
        loop = asyncio.get_running_loop()
        landed: asyncio.Future[int] = loop.create_future()
        self._sent.setdefault(partition, deque()).append((append, landed))
        loop.call_later(delay_seconds, self._land, partition)
        return landed

    def _land(self, partition: int) -> None:
        away = self._topics.away_seconds()
        if away > 0:
            asyncio.get_running_loop().call_later(away + _ORDER_SECONDS, self._land, partition)
            return
        append, landed = self._sent[partition].popleft()
        base = append()
        if not landed.done():
            landed.set_result(base)
