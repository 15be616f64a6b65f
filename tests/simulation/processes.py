"""A simulated process: it may die, stand still or have its clock set whenever it goes on after an await.

Every task that is begun in a process runs under `interruptible`, which is asked before each of its steps: between two
awaits that give way nothing can happen, as in a real process whose effects all leave it by such awaits.
"""

import asyncio
import traceback
import types
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn, TypeVar

from tests.simulation.chaos import CLOCK_SET, CRASH, PAUSE, Chaos
from tests.simulation.simulated_loop import skew_of
from tests.simulation.topics import Topics

PAUSE_SECONDS: Final = 12.0
"""Twice a session: whoever stands still so long is taken for dead."""
MOST_BEHIND_SECONDS: Final = 15.0
"""A clock that is further behind the broker's than 30 s halts partitions (rule 13), which is another test."""
MOST_AHEAD_SECONDS: Final = 7200.0
UNEXPLAINED: Final = (AssertionError, AttributeError, LookupError, NameError, TypeError, ValueError)
"""A process that ends of one of these has a fault of its own: no fault of the world leads there."""
Made = TypeVar("Made")
_running: Final[ContextVar["Process | None"]] = ContextVar("_running", default=None)


class ProcessEnded(Exception):
    """Raised by what stands in for the end of the process."""


class Process:
    """A name, what runs in it, and whether it lives. Its wall clock is wrong."""

    watched: ClassVar[Callable[[Coroutine[Any, Any, Any]], None] | None] = None
    """Called with each coroutine that gives way, for a test of where processes can be interrupted."""

    def __init__(self, name: str, chaos: Chaos, topics: Topics) -> None:
        self.name = name
        self.topics = topics
        self._chaos = chaos
        self.luck = chaos.stream(name)
        self.skew_seconds = self._wrong_clock()
        self.dead = False
        self.paused_until = 0.0
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[Any]] = []
        self._context = copy_context()
        self._context.run(_running.set, self)
        self._context.run(skew_of.set, self)

    def within(self, make: Callable[[], Made]) -> Made:
        """Have something made in this process."""
        return self._context.run(make)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it do something beside what it does; if that raises, the process ends."""
        task = self._loop.create_task(work, context=self._context)
        task.add_done_callback(self._worked)

    def begun(self, task: "asyncio.Task[Any]") -> None:
        """A task of this process, of its own or of the product's, was made."""
        self._tasks = [each for each in self._tasks if not each.done()]
        self._tasks.append(task)

    def _worked(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, UNEXPLAINED):
            self._chaos.errors.append(f"{self.name} ended of {error!r}, {_raised_in(error)}")
        if error is not None:
            self.kill(repr(error))

    def kill(self, why: str) -> None:
        """As SIGKILL does: nothing that runs here gets any further."""
        if not self.dead:
            self.dead = True
            self.ended.set_result(why)

    def hindrance(self, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Future[None] | None":
        """What `coroutine` has to wait for before it may go on; death is for ever."""
        if not self.dead and self.paused_until <= self._loop.time():
            what = self.luck.step()
            if what is not None:
                self._struck(what, coroutine)
        if self.dead:
            return self._loop.create_future()
        left = self.pause_left()
        if left <= 0:
            return None
        resumed = self._loop.create_future()
        self._loop.call_later(left, _wake, resumed)
        return resumed

    def _struck(self, what: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        now = self._loop.time()
        if not self.luck.strike_step(what, f"{self.name}, {standing_at(coroutine)}", now):
            return
        if what == CRASH:
            self.kill("killed")
        elif what == PAUSE:
            self.paused_until = now + PAUSE_SECONDS
        elif what == CLOCK_SET:
            self.skew_seconds = self._wrong_clock()

    def _wrong_clock(self) -> float:
        ahead = self.luck.chance.random() < 0.3
        return self.luck.chance.uniform(-MOST_BEHIND_SECONDS, MOST_AHEAD_SECONDS if ahead else MOST_BEHIND_SECONDS)

    def must_live(self) -> None:
        """To be asked before anything leaves: what was dead before is only being cleared away. Raises ProcessEnded."""
        if self.dead:
            raise ProcessEnded(self.name)

    async def leave(self) -> None:
        """Ask the world for something: time passes."""
        await asyncio.sleep(self.luck.delay())

    def pause_left(self) -> float:
        """Seconds."""
        return self.paused_until - self._loop.time()

    async def bury(self) -> None:
        """After the run, or when it has died: nothing of it must be left."""
        self.dead = True
        while tasks := [task for task in self._tasks if not task.done()]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _wake(resumed: "asyncio.Future[None]") -> None:
    if not resumed.done():
        resumed.set_result(None)


def this_process() -> Process:
    """The process whose code is running."""
    process = _running.get()
    assert process is not None, "only processes ask for this"
    return process


def end_this_process(why: str, error: BaseException | None = None) -> NoReturn:
    """Stands in for write_side.processor.process_end.end_process."""
    this_process().kill(why)
    raise ProcessEnded(why) from error


def begin_task(loop: asyncio.AbstractEventLoop, work: Any, context: Context | None = None) -> "asyncio.Task[Any]":
    """A task factory: what is begun in a process can be interrupted as the process can."""
    process = _running.get() if context is None else context.get(_running)
    if process is None:
        return asyncio.Task(work, loop=loop, context=context)
    task = asyncio.Task(interruptible(work, process), loop=loop, context=context)
    process.begun(task)
    return task


@types.coroutine
def interruptible(work: Coroutine[Any, Any, Any], process: Process) -> Generator[Any, None, Any]:
    """Runs `work` step by step, each only as soon as its process is not hindered. What is dead gets no further."""
    error: BaseException | None = None
    while True:
        while (hindrance := process.hindrance(work)) is not None:
            hindrance._asyncio_future_blocking = True
            try:
                yield hindrance
            except BaseException as thrown:
                error = thrown
                if process.dead:
                    _forget(work)
                    raise
        try:
            waits_for = work.send(None) if error is None else work.throw(error)
        except StopIteration as done:
            return done.value
        error = None
        if Process.watched is not None:
            Process.watched(work)
        try:
            yield waits_for
        except BaseException as thrown:
            error = thrown
            if process.dead:
                _forget(work)
                raise


def _forget(work: Coroutine[Any, Any, Any]) -> None:
    """Close what a dead process was doing; its `finally` clauses may want to wait, which nobody does any more."""
    with suppress(Exception):
        work.close()


def standing_at(work: Coroutine[Any, Any, Any]) -> str:
    """In words, the innermost await of the product at which this coroutine stands."""
    found = "in the simulation"
    for frame in frames_of(work):
        path = Path(frame.f_code.co_filename)
        if "tests" not in path.parts and "asyncio" not in path.parts:
            found = f"in {frame.f_code.co_qualname} ({path.name}, line {frame.f_lineno})"
    return found


def _raised_in(error: BaseException) -> str:
    frames = list(traceback.walk_tb(error.__traceback__))
    code, line = frames[-1][0].f_code, frames[-1][1]
    return f"raised in {code.co_qualname} ({Path(code.co_filename).name}, line {line})"


def frames_of(work: Any) -> "Generator[types.FrameType, None, None]":
    """The frames of a suspended coroutine, from the outermost inwards."""
    while work is not None:
        frame = getattr(work, "cr_frame", None) or getattr(work, "ag_frame", None) or getattr(work, "gi_frame", None)
        if frame is None:
            return
        yield frame
        work = getattr(work, "cr_await", None) or getattr(work, "ag_await", None) or getattr(work, "gi_yieldfrom", None)
