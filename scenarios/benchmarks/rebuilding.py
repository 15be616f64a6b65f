"""`rebuild`: every read model from nothing beside a running projector, then the switch; events a second until then."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import uvloop

from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import SEATS
from scenarios.benchmarks.kafka_ground import PARTITIONS, append_commands
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.projection_watch import ProjectionWatch
from scenarios.benchmarks.rows import Row, row
from scenarios.benchmarks.side_process import run_module
from scenarios.benchmarks.sold_houses import sold_one_by_one
from scenarios.stack.stack import Stack

EVENTS_WANTED: Final = 240_000


class RebuildFigures(msgspec.Struct, frozen=True):
    """What `python -m projections rebuild --json` prints, as far as it is needed here."""

    events: int
    events_per_second: float


def measure_rebuild(pace: Pace) -> Iterator[Row]:
    """Events a second, by the rebuild's own account; it must have projected every event."""
    shows = max(PARTITIONS, pace.sized(EVENTS_WANTED) // SEATS)
    speeds = []
    with TemporaryDirectory(prefix="seatlog-benchmark-") as folder:
        with Stack.start(
            Path(folder), services=("kafka", "mongo", "decider", "projector"), supervised=False, partitions=PARTITIONS
        ) as stack:
            pace.say(f"rebuild: {shows * SEATS:,} events are decided and projected")
            with ProjectionWatch(stack) as watch:
                uvloop.run(append_commands(stack.kafka, sold_one_by_one("rebuild", shows)))
                watch.wait_for(shows * (SEATS + 1))
            for round_ in range(pace.rounds):
                pace.say(f"rebuild: round {round_ + 1} of {pace.rounds}")
                figures = msgspec.json.decode(
                    run_module(stack, "projections", "rebuild", "--json"), type=RebuildFigures
                )
                if figures.events != shows * (SEATS + 1):
                    raise BenchmarkFailure(f"the rebuild projected {figures.events} events of {shows * (SEATS + 1)}")
                speeds.append(figures.events_per_second)
    yield row("rebuild", median(speeds), "/s")
