"""A stop that was asked for comes to an end."""

import os
import signal
import threading
from typing import Final

import faust
import structlog

log = structlog.get_logger()

STOP_SECONDS: Final = 10.0
"""A stop takes about a second; while Kafka is away, Faust's consumer would wait for it for minutes."""


class TimelyWorker(faust.Worker):  # type: ignore[misc] # Faust's classes are untyped here
    """Faust's worker, which ends STOP_SECONDS after SIGTERM or SIGINT at the latest.

    Nothing is lost by that: what the log holds is settled, the rest is decided again.
    """

    def _schedule_shutdown(self, signal: signal.Signals) -> None:
        late = threading.Timer(STOP_SECONDS, _end)
        late.daemon = True
        late.start()
        super()._schedule_shutdown(signal)


def _end() -> None:
    log.warning("decider ends without having left its group: the stop took too long", seconds=STOP_SECONDS)
    os._exit(0)
