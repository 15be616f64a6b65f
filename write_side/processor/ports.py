"""What the decider needs from the world: two logs and a place in a consumer group."""

from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple, Protocol

from contracts.records import CommandRecord, Instant


class CommandMessage(NamedTuple):
    """A command record as the partition holds it; `appended_at` is the broker's append time."""

    offset: int
    appended_at: Instant
    value: bytes | None


class EventLog(Protocol):
    """`booking.events`, append only."""

    async def append(self, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        """Append (key, value) pairs as one batch, as several if one cannot hold them.

        Gives the offset of the first, or -1 if the broker did not say, or if others wrote in between.

        Any exception means that the outcome is unknown.
        """
        ...

    async def end(self, partition: int) -> int:
        """The offset after the last record."""
        ...

    def read(self, partition: int, start: int, stop: int) -> AsyncGenerator[Sequence[tuple[int, bytes]]]:
        """The records from offset `start` up to `stop` (exclusive), some at a time; waits for those still to come.

        Raises LogFault if the log does not have offset `start` any more.
        """
        ...


class CommandLog(Protocol):
    """`booking.commands`: what is in it, and what the clock adds."""

    async def bounds(self, partition: int) -> tuple[int, int]:
        """The first offset kept, and the offset after the last."""
        ...

    async def record(self, partition: int, offset: int) -> bytes | None:
        """The command record at this offset, None if it is not to be had now; one without a value is empty."""
        ...

    async def send(self, partition: int, record: CommandRecord) -> None:
        """Append one command record."""
        ...

    async def send_dead_letter(self, partition: int, key: str, value: bytes, reason: str, origin: str) -> None:
        """Keep what could not be decided, with the reason and its place of origin."""
        ...


class Group(Protocol):
    """This worker's membership in the consumer group that shares out the partitions."""

    def generation(self) -> int:
        """The group's generation as this member knows it."""
        ...

    async def commit(self, partition: int, offset: int, generation: int) -> bool:
        """Move the group's offset; false if this worker is no member of that generation."""
        ...

    async def seek(self, partition: int, offset: int) -> None:
        """Have the commands delivered again from this offset on."""
        ...
