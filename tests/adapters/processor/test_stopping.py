"""A decider that is told to stop, with a Kafka and without one."""

import time

from scenarios.stack.services import not_ready
from tests.conftest import StartStack
from write_side.processor.stopping import STOP_SECONDS


def test_sigterm_ends_a_decider_well(start_stack: StartStack) -> None:
    decider = start_stack(("kafka", "decider")).process("decider")
    decider.terminate()
    assert decider.wait(timeout=STOP_SECONDS / 2) == 0


def test_sigterm_ends_a_decider_whose_kafka_is_away(start_stack: StartStack) -> None:
    stack = start_stack(("kafka", "decider"))
    stack.process("kafka").kill()
    decider = stack.process("decider")
    deadline = time.monotonic() + 10
    while "Kafka does not answer" not in (not_ready(stack.ports["decider"]) or ""):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    decider.terminate()
    assert decider.wait(timeout=STOP_SECONDS + 3) == 0
