"""A planned restart under load: the successor reads the log first, then has its predecessor stop."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from scenarios.stack.log_files import choose
from tests.conftest import StartStack
from tests.e2e.command_load import CommandLoad
from tests.e2e.judging import decided_and_verified
from write_side.processor import succession
from write_side.processor.succession import Predecessor

OBEYS = "import sys; print('up', flush=True); sys.stdin.read()"
IGNORES = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {OBEYS}"


def program(text: str) -> subprocess.Popen[bytes]:
    running = subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"up\n"
    return running


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for each in started:
        each.kill()
        each.communicate()


def test_a_handover_under_load_leaves_nothing_out_and_nothing_twice(start_stack: StartStack) -> None:
    stack = start_stack(("kafka", "decider"))
    before = stack.process("decider").pid
    with CommandLoad(stack.kafka, commands=3000, per_second=1000) as load:
        for _ in load.milestones(every=500):
            stack.hand_over("decider")
            break
    assert stack.process("decider").pid != before
    assert stack.process("decider").alive
    decided_and_verified(stack, within=20)
    told = choose(stack.folder / "logs", "decider")[0].read_text(encoding="utf-8")
    assert told.index("the log is read: the predecessor is told to stop") > told.index("partition claimed")
    assert "decider ends" not in told


async def test_a_predecessor_that_obeys_is_gone_when_stop_returns(running: list[subprocess.Popen[bytes]]) -> None:
    running.append(program(OBEYS))
    await Predecessor(running[0].pid).stop()
    assert running[0].poll() is not None


async def test_a_predecessor_that_has_ended_already_is_not_waited_for(running: list[subprocess.Popen[bytes]]) -> None:
    running.append(program(OBEYS))
    predecessor = Predecessor(running[0].pid)
    running[0].kill()
    running[0].wait()
    await predecessor.stop()
    await Predecessor(running[0].pid).stop()


async def test_a_predecessor_that_does_not_stop_is_said_to_be_there(
    running: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    running.append(program(IGNORES))
    monkeypatch.setattr(succession, "_GONE_WITHIN_SECONDS", 0.2)
    with pytest.raises(TimeoutError):
        await Predecessor(running[0].pid).stop()
