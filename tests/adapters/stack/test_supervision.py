"""The launcher's word on its processes: started again when they end, reported when they cannot start."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scenarios.stack import services
from scenarios.stack.failure import StackFailure
from scenarios.stack.ports import Ports, demand_free
from scenarios.stack.services import PROJECT, Service
from scenarios.stack.stack import Stack
from scenarios.stack.state import read_state
from scenarios.stack.supervision import Restarts

FAKE = Path(__file__).with_name("fake_service.py")


def fake(stack: Stack, way: str = "serve", name: str = "fake") -> Service:
    port = stack.ports[name]
    return Service(
        name=name,
        command=(sys.executable, str(FAKE), way, str(port)),
        ports=(port,),
        missing=lambda: services.not_ready(port),
        answers=lambda: services.is_alive(port, timeout=0.2),
        environment=dict(os.environ),
    )


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack.start(tmp_path, services=(), restarts=Restarts(first=0.05, longest=0.2)) as stack:
        yield stack


def wait_until(true: Callable[[], bool], within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def test_a_killed_process_is_started_again(stack: Stack) -> None:
    stack.run(fake(stack))
    process = stack.process("fake")
    first = process.pid
    process.kill()
    wait_until(lambda: process.pid != first)
    stack.wait_ready("fake")
    assert process.restarts == 1


def test_a_process_that_hangs_is_ended_and_started_again(tmp_path: Path) -> None:
    with Stack.start(tmp_path, services=(), restarts=Restarts(first=0.05, hangs_after=0.5)) as stack:
        stack.run(fake(stack))
        process = stack.process("fake")
        first = process.pid
        wait_until(lambda: stack._supervisor.kept["fake"].heard_at is not None)
        process.stop()
        wait_until(lambda: process.pid != first)
        stack.wait_ready("fake")
        assert "no sign of life" in (tmp_path / "logs" / "fake.log").read_text(encoding="utf-8")


def test_a_successor_that_fails_leaves_the_old_one_where_it_is(stack: Stack) -> None:
    stack.run(fake(stack))
    process = stack.process("fake")
    first = process.pid
    with pytest.raises(StackFailure, match="The successor of fake ended with exit code 1 before it took over"):
        stack.hand_over("fake")  # its port is taken, and it knows of no predecessor
    assert (process.pid, process.alive, process.restarts) == (first, True, 0)
    process.kill()
    wait_until(lambda: process.pid != first)


def test_an_unsupervised_process_stays_dead(tmp_path: Path) -> None:
    with Stack.start(tmp_path, services=(), supervised=False) as stack:
        stack.run(fake(stack))
        stack.process("fake").kill()
        with pytest.raises(StackFailure, match="fake ended"):
            stack.wait_ready("fake")


def test_restarts_come_slower_and_slower_until_the_process_was_healthy() -> None:
    restarts = Restarts(first=1, longest=5, healthy_after=10)
    pauses = [0.0]
    for _ in range(5):
        pauses.append(restarts.next_pause(pauses[-1], lived=0.1))
    assert pauses[1:] == [1, 2, 4, 5, 5]
    assert restarts.next_pause(5, lived=11) == 1


def test_a_process_that_dies_at_its_start_is_named_with_its_last_word(tmp_path: Path) -> None:
    with Stack.start(tmp_path, services=(), supervised=False) as stack:
        with pytest.raises(StackFailure, match=r"fake ended .* exit code 1: no such seat plan .*fake\.log"):
            stack.run(fake(stack, "fail"))


def test_a_taken_port_is_named_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(StackFailure, match=rf"Port {port} for kafka is taken by .*pid {os.getpid()}.*make down"):
            demand_free("kafka", [port])


def test_free_ports_differ_between_stacks() -> None:
    one, other = Ports.free(), Ports.free()
    names = ("kafka", "mongo", "decider")
    assert not {one[name] for name in names} & {other[name] for name in names}
    one.release()
    other.release()


def test_the_state_says_who_runs_and_goes_with_the_stack(tmp_path: Path) -> None:
    with Stack.start(tmp_path, services=()) as stack:
        stack.run(fake(stack))
        state = Stack.running(tmp_path)
        assert state is not None
        assert [(service.name, service.pid) for service in state.services] == [("fake", stack.process("fake").pid)]
    assert read_state(tmp_path) is None


def test_a_second_stack_on_one_folder_is_refused(tmp_path: Path) -> None:
    with Stack.start(tmp_path, services=()) as stack:
        stack.run(fake(stack))
        with pytest.raises(StackFailure, match="already runs"):
            Stack.start(tmp_path, services=())


LAUNCHER = """
import signal
import sys
import time
from pathlib import Path
from scenarios.stack.stack import Stack
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started to ignore it
with Stack.start(Path(sys.argv[1]), services=("mongo",)) as stack:
    print(stack.process("mongo").pid, flush=True)
    while True:
        time.sleep(0.1)  # Python handles a signal that comes in the moment before a wait only after it
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_a_launcher_that_ends_leaves_no_process_behind(tmp_path: Path, end: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as launcher:
        assert launcher.stdout is not None
        child = psutil.Process(int(launcher.stdout.readline()))
        launcher.send_signal(end)
        launcher.wait(20)
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert read_state(tmp_path) is None
