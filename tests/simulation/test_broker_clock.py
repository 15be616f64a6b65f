"""A broker's clock that jumps two hours ahead halts the partitions, which say so; no hold lapses early (rule 13)."""

import asyncio

from scenarios.checkers.recorded import read_log
from scenarios.oracle.judge import judge_log
from tests.simulation.run import PARTITIONS, Sale
from tests.simulation.stand_ins import simulated_world

STEPS = 60
JUMP_SECONDS = 7200.0
HALTED_SECONDS_MOST = 600
HALF_AN_HOUR_MS = 1_800_000


async def a_jump() -> Sale:
    """Half of a sale in peace, the jump, then the other half, until every partition is halted."""
    sale = Sale(1)
    sale.begin()
    await asyncio.sleep(0)
    sale.chaos.end()
    for worker in sale.workers.values():
        worker.skew_seconds = 0.0
    await sale.ask(STEPS)
    sale.topics.clock_ahead_seconds = JUMP_SECONDS
    await sale.ask(STEPS)
    for _ in range(HALTED_SECONDS_MOST):
        if sale.halted() == set(range(PARTITIONS)):
            break
        await asyncio.sleep(1.0)
    await sale.end()
    return sale


def test_a_broker_whose_clock_jumped_halts_the_partitions_and_nobody_loses_a_hold():
    with simulated_world() as loop:
        sale = loop.run_until_complete(a_jump())
    assert len(sale.log_faults) == PARTITIONS
    assert all("ahead of this worker's clock" in fault for fault in sale.log_faults), sale.log_faults
    commands, events = sale.topics.stored_commands(), sale.topics.stored_events()
    assert judge_log(commands, events, drained=False) == []
    times = [event.time for event in read_log(events).valid]
    assert max(times) - min(times) < HALF_AN_HOUR_MS, "something was decided at a time that cannot be"
    assert max(command.timestamp for command in commands) - max(times) > HALF_AN_HOUR_MS, "the clock has not jumped"
