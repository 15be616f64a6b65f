"""What a run needs before it begins: servers of its own, three shows on sale, and the peak that "half" is half of."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from contracts.limits import SEATS_PER_SHOW
from scenarios.benchmarks.house import LONG_HOLD_SECONDS, large_plan, show_ids
from scenarios.benchmarks.kafka_ground import PARTITIONS
from scenarios.benchmarks.load_plan import LoadFigures, LoadPlan
from scenarios.benchmarks.side_process import run_module
from scenarios.distribution.acts import RAMP_SECONDS, ROUNDS, SETTLED_SECONDS
from scenarios.distribution.demand import (
    COMMANDS_A_VISIT,
    HOT,
    OFFERED_CAPS,
    QUIET,
    QUIET_A_SECOND,
    SHARES,
    Demand,
    Terms,
)
from scenarios.distribution.visitors import Show
from scenarios.house import SaleRules, seat_plan, show_on_sale
from scenarios.http_client import Client
from scenarios.sale import put_on_sale
from scenarios.stack.stack import Stack

SERVED_BY: Final = ("kafka", "mongo", "projector", "command-api", "query-api")
"""The deciders are the run's own."""
SEATS_LEAST: Final = 1_000
BETWEEN_SECONDS: Final = 30.0
"""That the acts of sharing may take besides, while deciders start and stop."""
ACTS_OF_SHARING: Final = 3
SETUP_SECONDS: Final = 30.0
PEAK_CONNECTIONS: Final = 512
PEAK_WARM_UP_SECONDS: Final = 2.0
PEAK_SECONDS: Final = 5.0
_RULES: Final = SaleRules(hold_seconds=LONG_HOLD_SECONDS, seats_per_buyer=SEATS_PER_SHOW)


@contextmanager
def own_stack() -> Iterator[Stack]:
    """A stack on free ports, without deciders, its data in a temporary folder. Raises StackFailure."""
    with (
        TemporaryDirectory(prefix="seatlog-") as folder,
        Stack.start(Path(folder), services=SERVED_BY, supervised=False, partitions=PARTITIONS) as stack,
    ):
        yield stack


async def shows_on_sale(commands: Client, queries: Client, secret: str, name: str, terms: Terms) -> tuple[Show, ...]:
    """Three shows, each on a partition of its own, with seats enough for the whole run. Raises SaleFailed."""
    ids = show_ids(name, len(SHARES), PARTITIONS)
    shows = tuple(
        Show(show_id, demand, number, seat_plan(seats_for(demand, terms)))
        for number, (show_id, demand) in enumerate(zip(ids, SHARES, strict=True))
    )
    for show in shows:
        body = show_on_sale(show.id, f"In {show.demand} demand", show.plan, _RULES)
        await put_on_sale(commands, queries, secret, show.id, body, SETUP_SECONDS)
    return shows


def seats_for(demand: Demand, terms: Terms) -> int:
    """Seats enough that they do not run out while the run measures; the peak must be known."""
    turns = terms.seconds + ROUNDS * (2 * RAMP_SECONDS + SETTLED_SECONDS)
    wanted = (ACTS_OF_SHARING * terms.seconds + BETWEEN_SECONDS) * SHARES[demand] * OFFERED_CAPS * terms.cap
    if demand is HOT:
        assert terms.peak is not None, "half of what?"
        wanted += turns * terms.peak / 2
    if demand is QUIET:
        wanted += 2 * turns * QUIET_A_SECOND
    return min(SEATS_PER_SHOW, max(SEATS_LEAST, ceil(wanted / COMMANDS_A_VISIT)))


async def measured_peak(stack: Stack, commands: Client, queries: Client, name: str, seed: int) -> float:
    """Holds a second over all partitions, by as many connections as the benchmark has. Raises SaleFailed,
    BenchmarkFailure."""
    ids = show_ids(f"{name}-peak", 2 * PARTITIONS, PARTITIONS)
    for show_id in ids:
        body = show_on_sale(show_id, "To measure the peak", large_plan(), _RULES)
        await put_on_sale(commands, queries, stack.token_secret, show_id, body, SETUP_SECONDS)
    plan = LoadPlan(
        url=stack.url("command-api"),
        token_secret=stack.token_secret,
        shows=tuple(ids),
        connections=PEAK_CONNECTIONS,
        warm_up_seconds=PEAK_WARM_UP_SECONDS,
        measured_seconds=PEAK_SECONDS,
        seed=seed,
    )
    told = await asyncio.to_thread(
        run_module, stack, "scenarios.benchmarks.load_generator", stdin=msgspec.json.encode(plan)
    )
    return msgspec.json.decode(told.splitlines()[-1], type=LoadFigures).a_second
