"""Ending the process when its state can no longer be trusted; a supervisor starts it again, and it folds."""

import os
import sys
from typing import Final, NoReturn

import structlog

log = structlog.get_logger()

EXIT_FAULT: Final = 70
"""EX_SOFTWARE of sysexits.h: an error that the process cannot repair itself."""


def end_process(why: str, error: BaseException | None = None) -> NoReturn:
    """Say why and end at once, before anything is acknowledged."""
    log.critical("decider ends", why=why, exc_info=error)
    sys.stderr.flush()
    os._exit(EXIT_FAULT)
