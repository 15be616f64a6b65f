"""The process put together: what it says of its partitions in /readyz and in its metrics."""

from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import SecretStr

from tests.unit.command_api.saying import held, seen
from write_side.api.app import Parts
from write_side.api.circuit import State
from write_side.api.settings import CommandApiSettings


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def parts(registry: CollectorRegistry) -> Parts:
    settings = CommandApiSettings(token_secret=SecretStr("s" * 32), queued_commands=500)
    return Parts(settings, 2, registry)


def silent(parts: Parts) -> None:
    """Commands of partition 1 stand in the log, and nothing is heard for a while."""
    for offset in range(10):
        parts.deciding[1].backlog.placed(offset, 64, parts.deciding[1].backlog.mark)
    parts.deciding[1].circuit._enter(State.OPEN)
    parts.deciding[1].look(0)


def heard_again(parts: Parts) -> None:
    silent(parts)
    event = seen(held(), partition=1, source=(0, 0, 64))
    parts.waiting.seen(1, event.offset, event.record, event.value)
    parts.deciding[1].look(0)


def overloaded(parts: Parts) -> None:
    parts.deciding[1].look(5_000)


OPEN = "partition 1 is not being decided: its commands are recorded and told 202"
FULL = "partition 1 takes no commands: Nothing is being decided at the moment, and enough commands wait for it."
BEHIND = "partition 1 is being decided again, from behind: its commands are recorded and told 202"
LATE = "partition 1 takes no commands: More commands wait to be decided than can be answered in time."


@pytest.mark.parametrize(
    ("happens", "sentences", "state", "refusing"),
    [
        (lambda _: None, [], 0, 0),
        (silent, [OPEN, FULL], 2, 1),
        (heard_again, [BEHIND], 1, 0),
        (overloaded, [LATE], 0, 1),
    ],
)
def test_what_becomes_of_a_partition_is_told(
    parts: Parts,
    registry: CollectorRegistry,
    happens: Callable[[Parts], None],
    sentences: list[str],
    state: int,
    refusing: int,
):
    happens(parts)
    assert parts.degraded() == sentences
    told = generate_latest(registry).decode()
    assert f'seatlog_command_api_circuit_state{{partition="1"}} {state}.0' in told
    assert f'seatlog_command_api_refusing{{partition="1"}} {refusing}.0' in told
    assert 'seatlog_command_api_circuit_state{partition="0"} 0.0' in told


def test_changes_of_the_circuit_are_counted(parts: Parts, registry: CollectorRegistry):
    heard_again(parts)
    told = generate_latest(registry).decode()
    for name in ("open", "half-open"):
        assert f'circuit_transitions_total{{partition="1",state="{name}"}} 1.0' in told


def test_of_a_halted_partition_the_fault_is_told_and_not_its_silence(parts: Parts):
    silent(parts)
    parts.tail.faults[1] = "log fault in partition 1 at offset 7: it has no value"
    assert parts.degraded() == [parts.tail.faults[1], FULL]


def test_the_backlog_and_the_rate_are_told(parts: Parts, registry: CollectorRegistry):
    overloaded(parts)
    told = generate_latest(registry).decode()
    assert 'seatlog_command_api_backlog_commands{partition="1"} 5000.0' in told
    assert 'seatlog_command_api_decisions_per_second{partition="1"} 2000.0' in told
