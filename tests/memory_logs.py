"""The decider's ports in memory, for tests of its protocol: a stand-in for Kafka that a test can make misbehave."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from contracts.codec import encode_commands
from contracts.records import CommandRecord, Instant
from write_side.processor.ports import CommandMessage


class MemoryEventLog:
    """EventLog in a list a partition. `before_append` may write first, `after_append` delays or loses the answer."""

    def __init__(self) -> None:
        self.records: dict[int, list[bytes]] = {}
        self.before_append: Callable[[int], None] = lambda partition: None
        self.after_append: Callable[[int, int], Awaitable[int]] | None = None

    async def append(self, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        self.before_append(partition)
        log = self.records.setdefault(partition, [])
        base = len(log)
        log.extend(value for _, value in records)
        if self.after_append is not None:
            return await self.after_append(partition, base)
        await asyncio.sleep(0)
        return base

    async def end(self, partition: int) -> int:
        return len(self.records.get(partition, []))

    async def read(self, partition: int, start: int, stop: int) -> AsyncGenerator[Sequence[tuple[int, bytes]]]:
        for offset in range(start, stop):
            await asyncio.sleep(0)
            yield [(offset, self.records[partition][offset])]


class MemoryCommandLog:
    """CommandLog in a list a partition; `first` is the offset of its first record, `now` the broker's clock."""

    def __init__(self) -> None:
        self.messages: dict[int, list[CommandMessage]] = {}
        self.dead_letters: list[tuple[str, bytes, str, str]] = []
        self.first = 0
        self.now: Instant = 1_000

    def put(self, partition: int, value: bytes | None) -> CommandMessage:
        messages = self.messages.setdefault(partition, [])
        messages.append(CommandMessage(len(messages), self.now, value))
        return messages[-1]

    async def bounds(self, partition: int) -> tuple[int, int]:
        return self.first, len(self.messages.get(partition, []))

    async def record(self, partition: int, offset: int) -> bytes | None:
        return self.messages[partition][offset].value or b""

    async def send(self, partition: int, record: CommandRecord) -> None:
        self.put(partition, encode_commands(record))

    async def send_dead_letter(self, partition: int, key: str, value: bytes, reason: str, origin: str) -> None:
        self.dead_letters.append((key, value, reason, origin))


class MemoryGroup:
    """Group with one member or more; a member outside the current generation cannot commit."""

    def __init__(self) -> None:
        self.current = 1
        self.known = 1
        self.offsets: dict[int, int] = {}
        self.seeks: list[tuple[int, int]] = []

    def generation(self) -> int:
        return self.known

    async def commit(self, partition: int, offset: int, generation: int) -> bool:
        await asyncio.sleep(0)
        if generation != self.current:
            return False
        self.offsets[partition] = offset
        return True

    async def seek(self, partition: int, offset: int) -> None:
        self.seeks.append((partition, offset))
