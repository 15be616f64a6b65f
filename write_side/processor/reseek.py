"""Having lost commands delivered again."""

import time
from typing import Final

import structlog

from write_side.processor.ports import Group

log = structlog.get_logger()

_PAUSE_SECONDS: Final = 0.5
"""Records already on their way may spoil a seek, so the next one waits a little."""
_TRIES: Final = 6


class CommandsLost(Exception):
    """Commands did not come although they were asked for repeatedly; only a new process helps."""


class Reseek:
    """Seeks back to the next command, a bounded number of times for each."""

    def __init__(self, group: Group) -> None:
        self._group = group
        self._tries: dict[int, tuple[int, int, float]] = {}

    async def again(self, partition: int, wanted: int, got: int) -> None:
        """Ask for the commands from `wanted` on, unless that was done a moment ago. Raises CommandsLost."""
        now = time.monotonic()
        before, tries, last = self._tries.get(partition, (-1, 0, 0.0))
        if before != wanted:
            tries = 0
        elif now - last < _PAUSE_SECONDS:
            return
        if tries >= _TRIES:
            raise CommandsLost(f"partition {partition}: command {wanted} does not come, {got} does")
        self._tries[partition] = (wanted, tries + 1, now)
        log.warning("commands lost on the way, seeking", partition=partition, wanted=wanted, got=got, tries=tries + 1)
        await self._group.seek(partition, wanted)
