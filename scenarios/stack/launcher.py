"""The process behind `up`: a stack on the fixed ports that runs until it is told to stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from scenarios.stack import services
from scenarios.stack.child import last_line
from scenarios.stack.failure import StackFailure
from scenarios.stack.ports import Ports
from scenarios.stack.services import PROJECT
from scenarios.stack.stack import Stack
from scenarios.stack.state import ServiceState, StackState, is_alive, process_started_at, read_state

START_WITHIN_SECONDS = 180.0
HAND_OVER_WITHIN_SECONDS = 180.0
STOP_WITHIN_SECONDS = 60.0
POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the launcher is to start, and where."""

    folder: Path
    partitions: int
    services: tuple[str, ...]
    free_ports: bool
    brokers: int
    deciders: int
    secure: bool

    def arguments(self) -> list[str]:
        """The same, as `up` takes it."""
        chosen = [word for name in self.services for word in ("--only", name)]
        ports = [*(["--free-ports"] if self.free_ports else []), *(["--secure"] if self.secure else [])]
        counts = {"--partitions": self.partitions, "--brokers": self.brokers, "--deciders": self.deciders}
        numbers = [word for option, count in counts.items() for word in (option, str(count))]
        return ["--folder", str(self.folder), *numbers, *chosen, *ports]


def run_until_told(plan: Plan, on_ready: Callable[[StackState], None]) -> None:
    """Run the stack in this process until SIGINT or SIGTERM. SIGHUP has each decider hand over to a new one."""
    told, asked = threading.Event(), threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, _interrupt)
    ports = Ports.free() if plan.free_ports else Ports.people()
    with Stack.start(
        plan.folder,
        ports=ports,
        services=plan.services,
        partitions=plan.partitions,
        brokers=plan.brokers,
        deciders=plan.deciders,
        secure=plan.secure,
    ) as stack:
        signal.signal(signal.SIGINT, tell)
        signal.signal(signal.SIGTERM, tell)
        signal.signal(signal.SIGHUP, lambda _number, _frame: asked.set())
        state = read_state(plan.folder)
        if state is None:
            raise StackFailure(f"The stack's state vanished from {plan.folder}: run `make up` again.")
        on_ready(state)
        while not told.wait(POLL_SECONDS):
            # a signal that comes in the moment before a wait is handled only after it, so no wait is for ever
            if asked.is_set():
                asked.clear()
                _hand_over_all(stack, state)


def _hand_over_all(stack: Stack, state: StackState) -> None:
    for service in filter(is_decider, state.services):
        try:
            stack.hand_over(service.name)
        except StackFailure as failure:
            print(failure, file=sys.stderr, flush=True)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def launch_in_background(plan: Plan) -> StackState:
    """Start the launcher detached from this terminal and wait until its stack is ready.

    Raises StackFailure with the launcher's own sentence when it ends before that. A launcher that is starting
    already is waited for.
    """
    log = plan.folder / "logs" / "launcher.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    starting = read_state(plan.folder)
    pid = starting.pid if starting else _spawn_launcher(plan, log)
    began = process_started_at(pid)
    deadline = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < deadline:
        state = read_state(plan.folder)
        if state is not None and state.ready:
            return state
        if not is_alive(pid, began):
            raise StackFailure(last_line(log) or f"The launcher ended without a word: see {log}.")
        time.sleep(POLL_SECONDS)
    raise StackFailure(
        f"The stack was not ready after {START_WITHIN_SECONDS:.0f} s: see `make logs` and `make status`."
    )


def _spawn_launcher(plan: Plan, log: Path) -> int:
    command = [sys.executable, "-m", "scenarios.stack", "up", "--foreground"]
    with log.open("ab") as output:
        launcher = subprocess.Popen(
            [*command, *plan.arguments()],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return launcher.pid


def stop_launcher(folder: Path) -> bool:
    """Stop the stack of this folder and wait for its end. False when none ran."""
    state = read_state(folder)
    if state is None:
        return False
    os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    while is_alive(state.pid, state.process_started_at):
        if time.monotonic() > deadline:
            raise StackFailure(f"The launcher does not stop: end it with `kill -9 {state.pid}`.")
        time.sleep(POLL_SECONDS)
    return True


def hand_over_deciders(folder: Path) -> Iterator[tuple[ServiceState, ServiceState]]:
    """Have every decider hand over to a new process, one after the other: old and new, as soon as each is done.

    Raises StackFailure.
    """
    state = read_state(folder)
    if state is None:
        raise StackFailure("Nothing runs: `make up` starts it.")
    waiting = {service.name: service for service in filter(is_decider, state.services)}
    os.kill(state.pid, signal.SIGHUP)
    deadline = time.monotonic() + HAND_OVER_WITHIN_SECONDS
    while waiting:
        if time.monotonic() > deadline:
            names = ", ".join(waiting)
            raise StackFailure(f"Not handed over within {HAND_OVER_WITHIN_SECONDS:.0f} s: {names}. See `make logs`.")
        time.sleep(POLL_SECONDS)
        now = read_state(folder)
        for service in () if now is None else now.services:
            old = waiting.get(service.name)
            if old is not None and old.pid != service.pid and services.not_ready(service.port) is None:
                yield waiting.pop(service.name), service


def is_decider(service: ServiceState) -> bool:
    """Whether this is a process of that kind."""
    return service.name.partition("-")[0] == "decider"
