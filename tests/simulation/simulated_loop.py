"""An event loop without a wall clock: time jumps to the next timer, so that a run is a pure function of its seed."""

import asyncio
import time
from contextvars import ContextVar
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


class _Timers:
    """Stands in for the selector: there is nothing to select from, so waiting only moves the time on."""

    def __init__(self, loop: "SimulatedLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        """No time limit means that nothing is ready and no timer is set."""
        if timeout is None:
            raise Stuck
        self._loop.now += timeout
        return []


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs what is ready in its order; when nothing is, the next timer is due at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._selector = _Timers(self)

    def time(self) -> float:
        """Seconds since the run began."""
        return self.now

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
