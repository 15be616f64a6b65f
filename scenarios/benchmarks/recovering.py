"""`recovery`: a decider from a cold start to ready over a long log, against a reader that only decodes it.

The log is a real one: the decider itself has decided it. Ours is timed by the decider's own log, from its assignment
to its last claim; `recovery_cold_start` is the whole time from the start of the process until `/readyz` says 200.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Final

import msgspec
import uvloop

from contracts.topics import EVENTS
from scenarios.benchmarks.baselines.bare_reader import ReaderFigures
from scenarios.benchmarks.deciding import grown
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import SEATS
from scenarios.benchmarks.kafka_ground import (
    PARTITIONS,
    append_commands,
    ends,
    group_less_reader,
    kafka_alone,
)
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row, row
from scenarios.benchmarks.side_process import run_module
from scenarios.benchmarks.sold_houses import sold_one_by_one
from scenarios.stack.stack import Stack

EVENTS_WANTED: Final = 1_000_000


class LogLine(msgspec.Struct, frozen=True):
    """What is needed of a line of the decider's log."""

    event: str = ""
    timestamp: datetime | None = None


def measure_recovery(pace: Pace) -> Iterator[Row]:
    """Events a second, and the seconds of a whole cold start."""
    ours, baseline, cold = [], [], []
    shows = max(PARTITIONS, pace.sized(EVENTS_WANTED) // SEATS)
    with kafka_alone() as stack:
        pace.say(f"recovery: a decider writes {shows * SEATS:,} events")
        uvloop.run(fill_log(stack, shows))
        for round_ in range(pace.rounds):
            pace.say(f"recovery: round {round_ + 1} of {pace.rounds}, ours")
            started = monotonic()
            recovered = _recover(stack)
            cold.append(monotonic() - started)
            pace.say(f"recovery: round {round_ + 1} of {pace.rounds}, the bare reader")
            told = run_module(stack, "scenarios.benchmarks.baselines.bare_reader", stack.kafka)
            figures = msgspec.json.decode(told, type=ReaderFigures)
            ours.append(figures.events / recovered)
            baseline.append(figures.events / figures.seconds)
    yield row("recovery", median(ours), "/s", median(baseline))
    yield row("recovery_cold_start", median(cold), "s")


async def fill_log(stack: Stack, shows: int) -> None:
    """Have a decider decide a hold of every seat of so many large shows, and stop it. Raises BenchmarkFailure."""
    await append_commands(stack.kafka, sold_one_by_one("recovery", shows))
    decider = stack.start_service("decider")
    async with group_less_reader(stack.kafka) as reader:
        await grown(reader, {}, shows * (SEATS + 1) + PARTITIONS)
        before = await ends(reader, EVENTS)
    decider.terminate()
    decider.wait(15)
    async with group_less_reader(stack.kafka) as reader:
        assert await ends(reader, EVENTS) == before


def _recover(stack: Stack) -> float:
    """Seconds from the assignment to the last claim of a fresh decider process."""
    log = stack.folder / "logs" / "decider.log"
    before = log.stat().st_size
    decider = stack.start_service("decider")
    decider.terminate()
    decider.wait(15)
    return _recovery_seconds(log, before)


def _recovery_seconds(log: Path, start: int) -> float:
    """Read it out of the decider's log from this byte on. Raises BenchmarkFailure."""
    with log.open("rb") as stream:
        stream.seek(start)
        lines = [msgspec.json.decode(line, type=LogLine) for line in stream if line.startswith(b"{")]
    assigned = [line.timestamp for line in lines if line.event == "rebalance" and line.timestamp is not None]
    claimed = [line.timestamp for line in lines if line.event == "partition claimed" and line.timestamp is not None]
    if not assigned or len(claimed) != PARTITIONS:
        raise BenchmarkFailure(f"the decider's log {log} does not tell when it recovered")
    return (max(claimed) - min(assigned)).total_seconds()
