"""An event loop without a wall clock: time jumps to the next timer, so that a run is a pure function of its seed."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context, ContextVar
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final, Protocol

EPOCH_SECONDS: Final = 1_700_000_000.0


class Skewed(Protocol):
    """Whose wall clock is wrong."""

    skew_seconds: float


class _Right:
    """The world's own clock."""

    skew_seconds = 0.0


skew_of: Final[ContextVar[Skewed]] = ContextVar("skew_of", default=_Right())  # noqa: B039 - nobody changes it
"""By how much the clocks of what runs now are ahead."""


class Stuck(Exception):
    """Nothing can happen any more, but the run is not over."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs what is ready in its order; when nothing is, the next timer is due at once, of equal ones the older.

    A third of a simulation is its loop, so the parts of asyncio's that a run uses are said again here without what it
    does not need: selectors, slow callbacks, debugging.
    """

    _ready: deque[asyncio.Handle]

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timed = count()

    def time(self) -> float:
        """Seconds since the run began."""
        return self.now

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        """As asyncio does."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio does."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio does."""
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heappush(self._timers, (when, next(self._timed), timer))
        return timer

    def _run_once(self) -> None:
        ready, timers = self._ready, self._timers
        while timers and (timers[0][2].cancelled() or not ready or timers[0][0] <= self.now):
            when, _, timer = heappop(timers)
            if not timer.cancelled():
                self.now = max(self.now, when)
                ready.append(timer)
        if not ready and not self._stopping:
            raise Stuck
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class Clock:
    """What a module finds under the name `time`."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def monotonic(self) -> float:
        """Seconds since the run began, for every process."""
        return self._loop.now

    perf_counter = monotonic

    def time(self) -> float:
        """Seconds since 1970, wrong by what the process is wrong."""
        return EPOCH_SECONDS + self._loop.now + skew_of.get().skew_seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
