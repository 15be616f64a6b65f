"""Membership in the consumer group, as Faust's consumer has it."""

import asyncio
from typing import Final

import faust
from faust.types import TP

from contracts.topics import COMMANDS
from write_side.processor.process_end import end_process

_COMMIT_SECONDS: Final = 10.0
"""Faust's commit retries without a limit; a member that cannot commit for so long is no use as one."""


class FaustGroup:
    """Group (ports.py) on a Faust app."""

    def __init__(self, app: faust.App, instance: str | None) -> None:
        self._app = app
        self._instance = instance

    def generation(self) -> int:
        """The group's generation; see Group."""
        return int(self._app.consumer_generation_id)

    async def commit(self, partition: int, offset: int, generation: int) -> bool:
        """Commit if this worker is a member of that generation before and after; see Group."""
        if generation <= 0 or self.generation() != generation:
            return False
        committed = await asyncio.wait_for(
            self._app.consumer._commit({TP(COMMANDS, partition): offset}), _COMMIT_SECONDS
        )
        if not committed and self._instance is not None:
            end_process(f"the group refused a commit of {self._instance!r}: does another process run under that name?")
        return bool(committed) and self.generation() == generation

    async def seek(self, partition: int, offset: int) -> None:
        """Seek; see Group."""
        await self._app.consumer.seek(TP(COMMANDS, partition), offset)
