"""Commands put straight into Kafka, while a test hurts what decides them."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from types import TracebackType

from aiokafka import AIOKafkaProducer

from contracts.codec import encode_commands, post
from contracts.commands import Command
from contracts.operations.kafka import PRODUCER_LIMITS
from contracts.records import CommandRecord, PostedCommand
from contracts.topics import COMMANDS, partition_of
from scenarios.beside import Beside
from tests.commands import PRICE, book_hold, expire_hold, hold_best, hold_seats, release_hold, schedule_show

SEATS = 120


class RandomCommands:
    """Command records for a few shows: holds that compete, and everything else that one may say to a show, the
    repeated, the reused, the unknown and the unreadable included."""

    def __init__(self, seed: int, shows: int) -> None:
        self._random = random.Random(seed)
        self._shows = [f"show-{number}" for number in range(shows)]
        self._said: dict[str, list[PostedCommand]] = {show: [] for show in self._shows}
        self._holds: dict[str, list[tuple[str, str, int]]] = {show: [] for show in self._shows}
        self._count = 0

    def opening(self) -> Iterator[tuple[str, bytes]]:
        """Schedule every show."""
        for show in self._shows:
            command = schedule_show(*[20] * (SEATS // 20))
            yield show, _encode(show, [post(command, f"schedule-{show}")])

    def record(self) -> tuple[str, bytes, int]:
        """The next (show, record, number of commands)."""
        show = self._random.choice(self._shows)
        if self._random.random() < 0.005:
            return show, b"\xff\x00junk", 1
        posted = [self._posted(show) for _ in range(self._random.choice((1, 1, 2, 4)))]
        return show, _encode(show, posted), len(posted)

    def _posted(self, show: str) -> PostedCommand:
        self._count += 1
        said, chance = self._said[show], self._random.random()
        if chance < 0.05 and said:
            return self._random.choice(said)
        command_id = f"{show}-{self._count}"
        command = self._command(show, command_id)
        if chance > 0.99 and said:
            command_id = self._random.choice(said).id
        posted = post(command, command_id)
        said.append(posted)
        del said[:-200]
        return posted

    def _command(self, show: str, command_id: str) -> Command:
        buyer, holds = f"buyer-{self._random.randrange(300)}", self._holds[show]
        chance = self._random.random()
        if chance < 0.40 and holds:
            hold_id, owner, seats = self._random.choice(holds)
            if chance < 0.10:
                return expire_hold(hold_id)
            if chance < 0.30:
                return release_hold(hold_id, self._random.choice((owner, owner, buyer)))
            amount = self._random.choice((seats * PRICE, seats * PRICE, 1))
            return book_hold(hold_id, owner, amount, self._random.choice(("EUR", "EUR", "EUR", "USD")))
        quantity = self._random.choice((1, 1, 2, 4))
        holds.append((command_id, buyer, quantity))
        del holds[:-100]
        if chance > 0.9:
            return hold_best(quantity, buyer)
        first = self._random.randrange(1, 21 - quantity)
        row = self._random.randrange(1, 1 + SEATS // 20)
        return hold_seats(*(f"A-{row}-{first + more}" for more in range(quantity)), by=buyer)


def _encode(show: str, posted: list[PostedCommand]) -> bytes:
    return encode_commands(CommandRecord(show_id=show, commands=tuple(posted)))


class CommandLoad(Beside):
    """Sends commands at a steady pace from a thread of its own; the test waits for how far it has got."""

    def __init__(self, kafka: str, *, commands: int, per_second: float, partitions: int = 3, seed: int = 1) -> None:
        super().__init__("command load")
        self._kafka = kafka
        self._commands = commands
        self._per_second = per_second
        self._partitions = partitions
        self._source = RandomCommands(seed, shows=9)
        self._sent = 0
        self._moved = threading.Condition()
        self._ended = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._thread.join()  # every command is sent
        super().__exit__(kind, error, trace)

    def milestones(self, every: int) -> Iterator[int]:
        """The number sent, each time another `every` commands have been."""
        goal = every
        while True:
            with self._moved:
                self._moved.wait_for(lambda: self._sent >= min(goal, self._commands) or self._ended)  # noqa: B023 - waited for at once
                if self._sent >= self._commands or self._ended:
                    return
            yield self._sent
            goal = self._sent + every

    def _go_on(self) -> None:
        try:
            asyncio.run(self._send())
        finally:
            with self._moved:
                self._ended = True
                self._moved.notify_all()

    async def _send(self) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self._kafka, linger_ms=2, **PRODUCER_LIMITS) as producer:
            confirmations = []

            async def send(show: str, value: bytes) -> None:
                partition = partition_of(show, self._partitions)
                confirmations.append(await producer.send(COMMANDS, value, key=show.encode(), partition=partition))

            for show, value in self._source.opening():
                await send(show, value)
            started = time.monotonic()
            while self._sent < self._commands and not self._over.is_set():
                show, value, count = self._source.record()
                await send(show, value)
                with self._moved:
                    self._sent += count
                    self._moved.notify_all()
                await asyncio.sleep(max(0.0, started + self._sent / self._per_second - time.monotonic()))
            await asyncio.gather(*confirmations)
