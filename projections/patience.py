"""Trying again for as long as MongoDB is away. Every write of ours may be done twice, so no outcome is in doubt."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from pymongo.errors import ConnectionFailure

Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 2.0
_log = structlog.get_logger()


class Patience:
    """Retries with growing pauses, and says what it waits for. `away` is None while all is well."""

    def __init__(self) -> None:
        self.away: str | None = None

    async def until_done(self, action: Callable[[], Awaitable[Answer]]) -> Answer:
        """The action's answer, however many attempts that takes. Raises what is not a lost connection."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                answer = await action()
            except ConnectionFailure as error:
                if self.away is None:
                    _log.warning("MongoDB is away", error=str(error)[:300])
                self.away = "MongoDB is away"
            else:
                if self.away is not None:
                    _log.info("MongoDB is back")
                self.away = None
                return answer
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
