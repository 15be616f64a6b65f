"""A process can die at every await of the protocol's code: at each of them some simulated process has stood."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.simulation.processes import Process, frames_of
from tests.simulation.run import simulate

STEPS = 300
MOST_SEEDS = 100
MODULES = (
    *(f"write_side/processor/{name}.py" for name in ("decider", "expiry", "reseek", "watchdog", "dead_letters")),
    *(f"write_side/api/{name}.py" for name in ("desk", "waiting", "outbox", "first_answers", "tail", "deciding")),
    *(f"projections/{name}.py" for name in ("projector", "process", "rebuild", "checkpoints", "generations")),
    *(f"projections/{name}.py" for name in ("mongo_documents", "patience", "log_reader", "shows", "seat_maps")),
)
Await = tuple[str, int]
"""(module, line)"""


def awaits_of(module: str) -> dict[Await, set[int]]:
    """Every await of a module, and the lines over which it extends."""
    return {
        (module, node.lineno): set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        for node in ast.walk(ast.parse((ROOT / module).read_text()))
        if isinstance(node, ast.Await)
    }


ONLY_IN_GOOD_ORDER = {
    ("write_side/api/outbox.py", "finish"): "a stop in good order gives what is queued to Kafka",
    ("write_side/api/first_answers.py", "stop"): "a stop in good order disconnects",
    ("write_side/api/tail.py", "stop"): "a stop in good order disconnects",
    ("projections/rebuild.py", "to"): "its last await is met when the log has a fault",
}
"""The functions with awaits at which no simulated process stands, and why."""


def is_left_out(module: str, line: int) -> bool:
    """Whether this await belongs to one of the functions above."""
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        if isinstance(node, ast.AsyncFunctionDef) and node.lineno <= line <= (node.end_lineno or node.lineno):
            return (module, node.name) in ONLY_IN_GOOD_ORDER
    return False


class Stands:
    """Where coroutines have stood when they gave way."""

    def __init__(self) -> None:
        self.lines: set[tuple[str, int]] = set()

    def note(self, coroutine: object) -> None:
        for frame in frames_of(coroutine):
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))

    def never_at(self) -> Iterator[Await]:
        for module in MODULES:
            stood = {line for file, line in self.lines if Path(file) == ROOT / module}
            for place, lines in awaits_of(module).items():
                if not lines & stood and not is_left_out(*place):
                    yield place


@pytest.fixture
def stands(monkeypatch: pytest.MonkeyPatch) -> Stands:
    found = Stands()
    monkeypatch.setattr(Process, "watched", found.note)
    return found


def test_a_process_can_be_interrupted_at_every_await(stands: Stands):
    for seed in range(1, 1 + MOST_SEEDS):
        simulate(seed, STEPS)
        if not any(stands.never_at()):
            return
    pytest.fail(f"nobody ever stood at {sorted(stands.never_at())}")


def test_an_await_that_nobody_meets_is_noticed(stands: Stands):
    simulate(1, 10)
    assert ("write_side/processor/dead_letters.py", 19) in set(stands.never_at())
