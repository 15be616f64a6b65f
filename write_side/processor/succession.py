"""A planned restart that hardly interrupts: the successor reads the log while its predecessor still decides.

Nothing of this is needed for safety, which rests on claim and fold alone: a predecessor that goes on in spite of all is
a zombie like any other.
"""

import asyncio
import os
import signal
from typing import Final

import structlog

from write_side.processor.decider import Decider
from write_side.processor.ports import EventLog
from write_side.processor.process_end import end_process
from write_side.processor.stopping import STOP_SECONDS

log = structlog.get_logger()

_GONE_WITHIN_SECONDS: Final = STOP_SECONDS + 5.0


class Predecessor:
    """The decider, another process on this machine, whose place this one is to take."""

    def __init__(self, pid: int) -> None:
        """Raises OSError: PermissionError if it may not be told to stop."""
        self.pid = pid
        self._handle: int | None = None
        try:
            self._handle = os.pidfd_open(pid)
            signal.pidfd_send_signal(self._handle, 0)
        except ProcessLookupError:
            log.warning("there is no predecessor any more", pid=pid)

    async def stop(self) -> None:
        """Tell it to stop, which it does in order, and wait for its end. Raises TimeoutError."""
        if self._handle is None:
            return
        loop = asyncio.get_running_loop()
        gone = asyncio.Event()
        loop.add_reader(self._handle, gone.set)
        try:
            signal.pidfd_send_signal(self._handle, signal.SIGTERM)
            await asyncio.wait_for(gone.wait(), _GONE_WITHIN_SECONDS)
        except ProcessLookupError:
            pass  # it ended by itself a moment ago
        finally:
            loop.remove_reader(self._handle)
            os.close(self._handle)
            self._handle = None


async def succeed(predecessor: Predecessor, decider: Decider, events: EventLog, partitions: int) -> None:
    """Fold every partition, have the predecessor stop, fold what it has added: then this process may join the group.

    Every partition, since nobody can say yet which ones the group will give it; the others are dropped when it has.
    Ends the process if the predecessor does not stop.
    """
    for _ in ("all of it", "what came meanwhile"):
        await _fold_all(decider, events, partitions)
    log.info("the log is read: the predecessor is told to stop", predecessor=predecessor.pid)
    try:
        await predecessor.stop()
    except TimeoutError:
        end_process(f"the predecessor, process {predecessor.pid}, does not stop")
    await _fold_all(decider, events, partitions)


async def _fold_all(decider: Decider, events: EventLog, partitions: int) -> None:
    for number in range(partitions):
        await decider.fold_to(number, await events.end(number))
