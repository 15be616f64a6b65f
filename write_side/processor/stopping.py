"""A stop that was asked for finishes what is under way, and comes to an end."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import Final

import faust
import structlog

log = structlog.get_logger()

STOP_SECONDS: Final = 10.0
"""A stop takes about a second; while Kafka is away, Faust's consumer would wait for it for minutes."""
FINISH_SECONDS: Final = 1.0
"""An append takes a few milliseconds. Longer means that Kafka is away, and then nothing can be finished."""


class TimelyWorker(faust.Worker):  # type: ignore[misc] # Faust's classes are untyped here
    """Faust's worker, which at SIGTERM or SIGINT calls `finish` first and ends STOP_SECONDS later at the latest.

    Nothing is lost by a stop that was cut short: what the log holds is settled, the rest is decided again.
    """

    def __init__(self, app: faust.App, finish: Callable[[], Awaitable[None]]) -> None:
        super().__init__(app, override_logging=False, redirect_stdouts=False)
        self.spinner = None
        self._finish = finish

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        late = threading.Timer(STOP_SECONDS, _end)
        late.daemon = True
        late.start()
        super()._schedule_shutdown(signal)

    async def _stop_on_signal(self, signal: signal.Signals) -> None:
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self._finish()
        except TimeoutError:
            log.warning("what was under way could not be finished: the next owner decides it", seconds=FINISH_SECONDS)
        await super()._stop_on_signal(signal)

    def _gather_all(self) -> None:
        """Without Faust's wait of a second for tasks that nobody ends."""
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    async def _sentinel_task(self) -> None:
        """Without Faust's sleep of a second, for which there is no reason left."""


def _end() -> None:
    log.warning("decider ends without having left its group: the stop took too long", seconds=STOP_SECONDS)
    os._exit(0)
