"""A decider that stopped without dying is found by its own watchdog, and started again."""

import time

import pytest

from scenarios.stack.services import MODULES
from tests.adapters.processor import hanging_decider
from tests.conftest import StartStack
from tests.e2e.command_load import CommandLoad
from write_side.processor.process_end import EXIT_FAULT

WITHIN_SECONDS = 20.0


@pytest.mark.parametrize(
    ("way", "said"), [("loop", "the event loop stands still for 2 s"), ("agent", "stands at command 0 of")]
)
def test_a_decider_that_hangs_ends_itself(
    start_stack: StartStack, monkeypatch: pytest.MonkeyPatch, way: str, said: str
) -> None:
    monkeypatch.setitem(MODULES, "decider", hanging_decider.__name__)
    stack = start_stack(("kafka", "decider"), environment={"HANG": way})
    decider = stack.process("decider")
    began = time.monotonic()
    with CommandLoad(stack.kafka, commands=20, per_second=100):
        assert decider.wait(timeout=WITHIN_SECONDS) == EXIT_FAULT
    assert time.monotonic() - began > 2.0, "not at once"
    assert said in (stack.folder / "logs" / "decider.log").read_text(encoding="utf-8")
