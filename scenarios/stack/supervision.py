"""Keeps the processes of a stack running: starts them, sees one end or hang, starts it again with back-off."""

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from scenarios.stack.child import Child, describe_exit
from scenarios.stack.failure import StackFailure
from scenarios.stack.ports import demand_free
from scenarios.stack.services import Service
from scenarios.stack.state import ServiceState

LOOK_EVERY_SECONDS = 0.1
LISTEN_EVERY_SECONDS = 0.5
Result = TypeVar("Result")


@dataclass(frozen=True)
class Restarts:
    """How an ended process is started again: after `first` seconds, doubled each time up to `longest`; a process
    that has lived `healthy_after` seconds starts the series anew. One that has answered and then gives no sign of life
    for `hangs_after` seconds is killed, which ends it."""

    first: float = 0.2
    longest: float = 10.0
    healthy_after: float = 10.0
    hangs_after: float = 30.0

    def next_pause(self, last_pause: float, lived: float) -> float:
        return self.first if lived >= self.healthy_after or last_pause == 0 else min(self.longest, last_pause * 2)


@dataclass
class Kept:
    """A service and what has become of it."""

    service: Service
    child: Child
    log: Path
    supervised: bool
    restarts: int = 0
    pause: float = 0.0
    start_again_at: float | None = None
    heard_at: float | None = None
    """When this process last gave a sign of life, in monotonic seconds."""
    wanted: bool = True


def state_of(kept: Kept) -> ServiceState:
    """What the stack's folder says of it."""
    code = kept.child.exit_code()
    return ServiceState(
        name=kept.service.name,
        pid=kept.child.pid,
        port=kept.service.ports[0],
        started_at=kept.child.started_at,
        restarts=kept.restarts,
        log=str(kept.log),
        exit=None if code is None else describe_exit(code),
    )


class Supervisor:
    """Owns the one thread that starts children, because they die with the thread that started them (tether.py)."""

    def __init__(self, folder: Path, restarts: Restarts, on_change: Callable[[], None]) -> None:
        self._folder = folder
        self._restarts = restarts
        self._on_change = on_change
        self._jobs: queue.Queue[Callable[[], None]] = queue.Queue()
        self._running = True
        self._over = threading.Event()
        self.kept: dict[str, Kept] = {}
        self._thread = threading.Thread(target=self._run, name=f"supervisor {folder}", daemon=True)
        self._thread.start()
        self._listener = threading.Thread(target=self._listen, name=f"listener {folder}", daemon=True)
        self._listener.start()

    def start(self, service: Service, supervised: bool) -> None:
        """Start a process (or start it again under its name). Raises StackFailure when its port is taken."""
        self._ask(lambda: self._start(service, supervised))

    def supervise(self, name: str, supervised: bool) -> None:
        """Whether a process that ends is started again."""
        self._ask(lambda: self._set_supervised(name, supervised))

    def hand_over(self, name: str) -> None:
        """Start a successor beside a process, which it has stop as soon as it is ready to take its place (see
        write_side/processor/succession.py). Raises StackFailure if the successor fails; the old one goes on then."""
        kept = self.kept[name]
        old = kept.child
        told = {"SEATLOG_SUCCEEDS": str(old.pid)}
        kept.wanted = False
        try:
            new = self._ask(lambda: self._child(kept.service, {**kept.service.environment, **told}, kept.log))
            _await_succession(name, old, new, kept.service.start_within)
            kept.child = new
            kept.restarts += 1
            kept.heard_at = None
        finally:
            kept.wanted = True
        self._on_change()

    def end(self, names: list[str]) -> None:
        """End these processes for good, all at once, each within its own time."""
        ending = [self.kept[name] for name in names]
        for kept in ending:
            kept.wanted = False
        waits = [threading.Thread(target=kept.child.end, args=(kept.service.stop_within,)) for kept in ending]
        for wait in waits:
            wait.start()
        for wait in waits:
            wait.join()
        self._on_change()

    def close(self) -> None:
        """Stop supervising; children that still run end with the thread."""
        self._running = False
        self._over.set()
        self._listener.join()
        self._thread.join()

    def _ask(self, job: Callable[[], Result]) -> Result:
        answer: Future[Result] = Future()

        def run() -> None:
            try:
                answer.set_result(job())
            except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
                answer.set_exception(error)

        self._jobs.put(run)
        return answer.result()

    def _run(self) -> None:
        while self._running:
            with contextlib.suppress(queue.Empty):
                self._jobs.get(timeout=LOOK_EVERY_SECONDS)()
            for kept in list(self.kept.values()):
                self._look_after(kept)

    def _listen(self) -> None:
        """Beside the thread that starts children: to ask one that hangs takes a second."""
        while not self._over.wait(LISTEN_EVERY_SECONDS):
            for kept in list(self.kept.values()):
                if kept.service.answers is not None and kept.wanted and kept.supervised:
                    self._listen_to(kept, kept.service.answers)

    def _listen_to(self, kept: Kept, answers: Callable[[], bool]) -> None:
        child = kept.child
        if answers():
            kept.heard_at = monotonic()
            return
        since = child.started + kept.service.start_within if kept.heard_at is None else kept.heard_at
        if child.exit_code() is None and monotonic() - since > self._restarts.hangs_after:
            _note(kept.log, f"killed: no sign of life for {self._restarts.hangs_after:.0f} s")
            child.signal(signal.SIGKILL)

    def _set_supervised(self, name: str, supervised: bool) -> None:
        self.kept[name].supervised = supervised

    def _start(self, service: Service, supervised: bool) -> None:
        log = self._folder / "logs" / f"{service.name}.log"
        child = self._spawn(service, log)
        before = self.kept.get(service.name)
        restarts = before.restarts + 1 if before else 0
        self.kept[service.name] = Kept(service, child, log, supervised, restarts)
        self._on_change()

    def _spawn(self, service: Service, log: Path) -> Child:
        demand_free(service.name, service.ports)
        service.prepare()
        return self._child(service, service.environment, log)

    def _child(self, service: Service, environment: Mapping[str, str], log: Path) -> Child:
        return Child(service.command, environment, self._folder / "work" / service.name, log)

    def _look_after(self, kept: Kept) -> None:
        if not (kept.wanted and kept.supervised) or kept.child.exit_code() is None:
            return
        if kept.start_again_at is None:
            kept.pause = self._restarts.next_pause(kept.pause, kept.child.lived_seconds())
            kept.start_again_at = monotonic() + kept.pause
            self._on_change()
        elif monotonic() >= kept.start_again_at:
            self._start_again(kept)

    def _start_again(self, kept: Kept) -> None:
        kept.start_again_at = None
        kept.restarts += 1
        kept.heard_at = None
        try:
            kept.child = self._spawn(kept.service, kept.log)
        except StackFailure as failure:
            _note(kept.log, f"not started again: {failure}")
            kept.pause = self._restarts.next_pause(kept.pause, 0)
            kept.start_again_at = monotonic() + kept.pause
        self._on_change()


def _await_succession(name: str, old: Child, new: Child, within: float) -> None:
    deadline = monotonic() + within
    while old.exit_code() is None:
        code = new.exit_code()
        if code is not None:
            raise StackFailure(f"The successor of {name} ended with {describe_exit(code)} before it took over.")
        if monotonic() > deadline:
            new.signal(signal.SIGKILL)
            raise StackFailure(f"The successor of {name} did not take over within {within:.0f} s.")
        sleep(LOOK_EVERY_SECONDS / 10)


def _note(log: Path, sentence: str) -> None:
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"{sentence}\n")
