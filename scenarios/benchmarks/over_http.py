"""The benchmarks over HTTP: holds at full load and at an even pace, what the projections make of them, seat maps."""

from collections.abc import Iterator
from statistics import median
from typing import Final

from scenarios.benchmarks.house import SEATS
from scenarios.benchmarks.load_plan import LoadPlan, Shape
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.projection_watch import ProjectionWatch
from scenarios.benchmarks.rows import Row, percentile, row
from scenarios.benchmarks.whole_stack import PROCESSES, Loaded, WholeStack

WARM_UP_SECONDS: Final = 5
MEASURED_SECONDS: Final = 30
CONNECTIONS: Final = 512
SHOWS: Final = 18
"""360,000 seats: enough for 10,000 holds a second."""
PACED_A_SECOND: Final = 500
MAP_CONNECTIONS: Final = 32
SOLD_SEATS: Final = SEATS // 2


def measure_peak(pace: Pace, whole: WholeStack) -> Iterator[Row]:
    """Holds a second at 512 connections, every one accepted, with tokens and projections; and the CPU of everybody."""
    runs: list[Loaded] = []
    lags, drained = [], []
    for round_ in range(pace.rounds):
        pace.say(f"http_hold_peak: round {round_ + 1} of {pace.rounds}, putting {SHOWS} shows on sale")
        shows = whole.put_on_sale(SHOWS)
        with ProjectionWatch(whole.stack) as watch:
            pace.say(f"http_hold_peak: round {round_ + 1} of {pace.rounds}, {CONNECTIONS} connections")
            loaded = whole.load(_plan(pace, whole, shows, round_))
            drained.append(max(0.0, watch.drained_at() - loaded.figures.last_answer_at))
        lags.append(percentile(watch.lags(), 0.99))
        runs.append(loaded)
        pace.say(f"http_hold_peak: {loaded.figures.a_second:,.0f}/s, p99 {loaded.figures.p99_ms:.0f} ms")
    yield row("http_hold_peak", median(run.figures.a_second for run in runs), "/s")
    yield row("http_hold_peak_p50", median(run.figures.p50_ms for run in runs), "ms")
    yield row("http_hold_peak_p99", median(run.figures.p99_ms for run in runs), "ms")
    yield row("projection_lag_p99", median(lags), "s")
    yield row("projection_drained", median(drained), "s")
    yield from cpu_rows(runs)


def cpu_rows(runs: list[Loaded]) -> Iterator[Row]:
    """CPU microseconds a hold by process, the load generator's own included."""
    answered = sum(sum(run.figures.answers.values()) for run in runs)
    generated = sum(run.figures.cpu_seconds for run in runs)
    yield row("http_hold_peak_cpu_load_generator", generated / answered * 1e6, "us/hold")
    for name in PROCESSES:
        spent = sum(run.cpu_seconds[name] for run in runs)
        yield row(f"http_hold_peak_cpu_{name.replace('-', '_')}", spent / answered * 1e6, "us/hold")


def measure_paced(pace: Pace, whole: WholeStack) -> Iterator[Row]:
    """Latency from when a hold was to be sent, at 500 a second."""
    runs = []
    for round_ in range(pace.rounds):
        pace.say(f"http_hold_paced: round {round_ + 1} of {pace.rounds}, {PACED_A_SECOND} a second")
        shows = whole.put_on_sale(SHOWS)
        runs.append(whole.load(_plan(pace, whole, shows, round_, a_second=PACED_A_SECOND)).figures)
    yield row("http_hold_paced_p50", median(run.p50_ms for run in runs), "ms")
    yield row("http_hold_paced_p99", median(run.p99_ms for run in runs), "ms")


def _plan(pace: Pace, whole: WholeStack, shows: tuple[str, ...], seed: int, a_second: float | None = None) -> LoadPlan:
    return LoadPlan(
        url=whole.stack.url("command-api"),
        token_secret=whole.stack.token_secret,
        shows=shows,
        connections=CONNECTIONS,
        a_second=a_second,
        warm_up_seconds=pace.sized(WARM_UP_SECONDS, 2),
        measured_seconds=pace.sized(MEASURED_SECONDS, 3),
        seed=seed,
    )


def measure_seat_map(pace: Pace, whole: WholeStack) -> Iterator[Row]:
    """The compact map of a half-sold show of 20,000 seats, over and over, nothing else going on."""
    pace.say(f"seat_map: holding {SOLD_SEATS:,} seats")
    shows = whole.put_on_sale(1)
    with ProjectionWatch(whole.stack) as watch:
        whole.load(
            LoadPlan(
                url=whole.stack.url("command-api"),
                token_secret=whole.stack.token_secret,
                shows=shows,
                connections=64,
                warm_up_seconds=0,
                measured_seconds=60,
                most=SOLD_SEATS,
            )
        )
        watch.drained_at()
    runs = []
    for round_ in range(pace.rounds):
        pace.say(f"seat_map: round {round_ + 1} of {pace.rounds}")
        plan = LoadPlan(
            url=whole.stack.url("query-api"),
            token_secret=whole.stack.token_secret,
            shows=shows,
            shape=Shape.MAPS,
            connections=MAP_CONNECTIONS,
            warm_up_seconds=1,
            measured_seconds=pace.sized(10, 2),
        )
        runs.append(whole.load(plan).figures)
    yield row("seat_map", median(run.a_second for run in runs), "/s")
    yield row("seat_map_p99", median(run.p99_ms for run in runs), "ms")
