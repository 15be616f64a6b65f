"""Sees what no task of the event loop can see: that the loop itself stands.

Faust sends its heartbeats from a thread of their own, so a decider whose loop hangs would keep its partitions for ever.
"""

import threading
from collections.abc import Callable
from typing import Final

from write_side.processor.process_end import end_process

TICK_SECONDS: Final = 1.0
STANDS_AFTER_TICKS: Final = 20
"""The loop gives a beat each second. Reading the log pauses it for some milliseconds at a time."""


class LoopWatch:
    """Ends the process when no beat has come for so many ticks. Its own ticks are counted, not the time: a process that
    was paused as a whole and goes on has missed no tick."""

    def __init__(self, end: Callable[[str], object] = end_process) -> None:
        self._end = end
        self._silent = 0
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to count, from a thread of its own."""
        threading.Thread(target=self._run, name="loop watch", daemon=True).start()

    def beat(self) -> None:
        """The loop turns."""
        self._silent = 0

    def stop(self) -> None:
        """A stop that was asked for has its own limit."""
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            self._silent += 1
            if self._silent > STANDS_AFTER_TICKS:
                self._end(f"the event loop stands still for {STANDS_AFTER_TICKS * TICK_SECONDS:.0f} s")
                return
