"""Real deciders killed, paused and cut off under load; afterwards the log must be what one calm decider had made."""

import asyncio
import re
import time
import urllib.request
from collections.abc import Callable

import pytest

from scenarios.stack.services import MODULES
from scenarios.stack.stack import Stack
from tests.conftest import StartStack
from tests.e2e import faulty_decider
from tests.e2e.command_load import CommandLoad
from tests.e2e.judging import decided_and_verified, judge

SESSION_SECONDS = 6.0


def metric(stack: Stack, name: str, decider: str) -> float:
    """The sum of a metric of one decider over its labels."""
    with urllib.request.urlopen(f"{stack.url(decider)}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))


def eventually(what: str, holds: Callable[[], bool], within: float) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"


def restart_what_ended(stack: Stack, *names: str) -> None:
    for name in names:
        if not stack.process(name).alive:
            stack.restart(name)


def test_killed_every_two_seconds_a_decider_loses_nothing(start_stack: StartStack) -> None:
    stack = start_stack(
        ("kafka", "decider"),
        environment={"SEATLOG_DECIDER_INSTANCE": "the-only-one", "SEATLOG_SESSION_SECONDS": str(SESSION_SECONDS)},
    )
    kills = 0
    with CommandLoad(stack.kafka, commands=6000, per_second=500) as load:
        for _ in load.milestones(every=1000):
            stack.process("decider").kill()
            stack.restart("decider")
            kills += 1
    assert kills >= 3
    decided_and_verified(stack, within=30)


def test_a_decider_paused_past_its_session_does_no_harm_when_it_wakes(start_stack: StartStack) -> None:
    stack = start_stack(("kafka", "decider"), environment={"SEATLOG_SESSION_SECONDS": str(SESSION_SECONDS)})
    stack.start_service("decider", name="decider-2")
    with CommandLoad(stack.kafka, commands=9000, per_second=500) as load:
        paused, other = "decider", "decider-2"
        for _ in load.milestones(every=1000):
            stack.process(paused).stop()
            eventually("the other takes over", lambda: metric(stack, "seatlog_owned_partitions", other) == 3, 30)
            stack.process(paused).resume()
            break
    restart_what_ended(stack, "decider", "decider-2")
    decided_and_verified(stack, within=30)


def test_a_broker_killed_and_restarted_loses_nothing(start_stack: StartStack) -> None:
    stack = start_stack(("kafka", "decider"), environment={"SEATLOG_SESSION_SECONDS": str(SESSION_SECONDS)})
    with CommandLoad(stack.kafka, commands=6000, per_second=500) as load:
        for _ in load.milestones(every=2000):
            stack.process("kafka").kill()
            stack.restart("kafka")
            break
    restart_what_ended(stack, "decider")
    decided_and_verified(stack, within=60)


def test_a_decider_with_a_planted_fault_is_found_by_both_judges(
    start_stack: StartStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODULES, "decider", faulty_decider.__name__)
    stack = start_stack(("kafka", "decider"))
    with CommandLoad(stack.kafka, commands=2000, per_second=1000) as load:
        for _ in load.milestones(every=1000):
            stack.process("decider").kill()
            stack.restart("decider")
            break
    eventually("it decides again", lambda: metric(stack, "seatlog_decisions_total", "decider") > 500, 30)
    judgement = asyncio.run(judge(stack.kafka))
    assert judgement.replay
    assert judgement.oracle
