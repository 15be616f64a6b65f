"""Structured logs, alike in every process: one JSON object a line on standard error."""

import logging
import sys
import time
from typing import Final

import structlog

QUIET_SECONDS: Final = 10.0
"""A library that repeats itself is heard this often: aiokafka says a hundred lines a second while Kafka is away."""
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_KINDS_REMEMBERED: Final = 1000


class HeardLately(logging.Filter):
    """Drops a record whose like (same logger, same text before its arguments) passed less than QUIET_SECONDS ago."""

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to let it pass."""
        kind, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._passed.get(kind, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        if len(self._passed) >= _KINDS_REMEMBERED:
            self._passed.clear()
        self._passed[kind] = now
        return True


def configure_logs(process: str, level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to standard error, each naming this process.

    Libraries are heard from WARNING on, and each thing they say once in QUIET_SECONDS. Raises SystemExit for a level
    that there is not.
    """
    if level not in LEVELS:
        raise SystemExit(f"{process}: SEATLOG_LOG_LEVEL is {level!r}, but must be one of {', '.join(LEVELS)}")

    def name_process(_: object, __: str, record: structlog.types.EventDict) -> structlog.types.EventDict:
        return {**record, "process": process}  # no context variable: Faust's consumer runs in a thread of its own

    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_process,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.__stderr__),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.__stderr__)
    handler.addFilter(HeardLately())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, logging.getLevelName(level)), force=True)
