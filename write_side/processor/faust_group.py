"""Membership in the consumer group, as Faust's consumer has it.

Its own commit tells a rebalance from a stolen membership by nothing, and crashes the app at any other error.
"""

import asyncio
import time
from typing import Final

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, UnknownMemberIdError
from faust.types import TP

from contracts.topics import COMMANDS
from write_side.processor.process_end import end_process

_COMMIT_SECONDS: Final = 10.0
"""A commit is retried without a limit; a member that cannot commit for so long is no use as one."""


class FaustGroup:
    """Group (ports.py) on a Faust app."""

    def __init__(self, app: faust.App, instance: str | None) -> None:
        self._app = app
        self._instance = instance
        self._rejoins = False

    def generation(self) -> int:
        """The group's generation; see Group."""
        return int(self._app.consumer_generation_id)

    async def commit(self, partition: int, offset: int, generation: int) -> bool:
        """Commit if this worker is a member of that generation before and after; see Group."""
        if generation <= 0 or self.generation() != generation:
            return False
        place = TopicPartition(COMMANDS, partition)
        thread = self._app.consumer._thread
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                if not await thread.call_thread(self._commit, thread._ensure_consumer(), {place: offset}, generation):
                    return False
        except CommitFailedError as error:
            if isinstance(error.__cause__, UnknownMemberIdError) and self._instance is not None and not self._rejoins:
                end_process(f"another process runs under the instance id {self._instance!r}, or took it over")
            self._rejoins = True  # aiokafka has dropped its membership by itself, and will be unknown until it rejoins
            return False
        except IllegalStateError:
            return False  # the partition was taken away meanwhile
        self._rejoins = False
        thread.tp_last_committed_at[TP(COMMANDS, partition)] = time.monotonic()
        return self.generation() == generation

    async def _commit(self, consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int], generation: int) -> bool:
        """In the consumer's thread. Who rejoins must not commit: behind the request to join, the answer would come when
        he is a member again, and cost him that too. Seen: a rebalance every 2 s, until the watchdog ended the process.

        Who does not know that he is none any more commits, and is told: see above.
        """
        coordinator = consumer._coordinator
        if self._rejoins and (coordinator.generation != generation or coordinator._rejoin_needed_fut.done()):
            return False
        await consumer.commit(offsets)
        return True

    async def seek(self, partition: int, offset: int) -> None:
        """Seek; see Group."""
        await self._app.consumer.seek(TP(COMMANDS, partition), offset)
