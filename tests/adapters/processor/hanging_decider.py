"""A decider that stops without dying at its first command, run as a process of its own: HANG says how.

`loop`: nothing in the process goes on but its threads. `agent`: all goes on but the deciding.
"""

import asyncio
import os
import time
from collections.abc import Sequence

from write_side.processor import loop_watch, watchdog
from write_side.processor.__main__ import main
from write_side.processor.decider import Decider
from write_side.processor.ports import CommandMessage

A_LONG_TIME = 1000.0


async def hang(_decider: Decider, _number: int, _messages: Sequence[CommandMessage]) -> None:
    """Instead of deciding."""
    if os.environ["HANG"] == "loop":
        time.sleep(A_LONG_TIME)  # noqa: ASYNC251 - that is the fault
    await asyncio.sleep(A_LONG_TIME)


if __name__ == "__main__":
    Decider.decide = hang  # type: ignore[method-assign]
    loop_watch.STANDS_AFTER_TICKS = 2  # type: ignore[misc]
    watchdog.SEEK_AFTER_SECONDS, watchdog.END_AFTER_SECONDS = 1.0, 2.0  # type: ignore[misc]
    main()
