"""`overload`: twice the measured peak is offered, whatever the site does, between two stretches of normal load.

Goodput counts the holds that were decided within the default wait from when their buyers wanted them. Every decided
answer is held against the log afterwards, and no command that was refused may be in it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import msgspec

from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import SEATS
from scenarios.benchmarks.load_plan import LoadPlan
from scenarios.benchmarks.over_http import CONNECTIONS, SHOWS
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row, percentile, row
from scenarios.benchmarks.side_process import run_module
from scenarios.benchmarks.soaking import ACCEPTED, MemoryWatch, Sample, counted, growth
from scenarios.benchmarks.surge_generator import FIGURES_FILE, REFUSED_FILE
from scenarios.benchmarks.surge_plan import (
    DECIDED,
    REFUSED,
    Phase,
    Second,
    SurgeFigures,
    SurgePlan,
    normal_p99_ms,
    seconds_until_normal,
)
from scenarios.benchmarks.whole_stack import WholeStack
from scenarios.checkers.answers import check_answers
from scenarios.checkers.recorded import read_envelope, read_log
from scenarios.history import REQUESTS_FILE, Request, dump_topics

PEAK_SECONDS: Final = 10
OVERLOAD_SECONDS: Final = 60
NORMAL_SECONDS: Final = 15
SETTLING_SECONDS: Final = 5
"""At the beginning of each phase, before anything is taken for typical of it."""
TIMES_PEAK: Final = 2.0
NORMAL_SHARE: Final = 0.5
"""Of the peak: what is offered before and after."""
BUYERS_AT_ONCE: Final = 9_000
"""Connections of the surge. More than wait for an answer when the site is as full as it lets itself become."""
NORMAL_MARGIN: Final = 1.5
"""Normal is a second whose p99 is at most so many times the slowest second's before the overload."""
NORMAL_LASTS: Final = 3
_MB: Final = 1e6


class Overload(NamedTuple):
    """One run. `before`, `during` and `after` are its seconds; `samples` were taken during the overload."""

    peak: float
    before: list[Second]
    during: list[Second]
    after: list[Second]
    decided_a_second: float
    samples: Sequence[Sample]
    wrong: int


def measure_overload(pace: Pace, whole: WholeStack, seconds: int = OVERLOAD_SECONDS) -> Iterator[Row]:
    """One run, since it takes minutes; the peak is measured in it, so that the ratio is of one machine and moment."""
    run = _run(pace, whole, pace.sized(seconds, 6), pace.sized(NORMAL_SECONDS, 8))
    lasted, grown = len(run.during), run.samples
    if len(grown) < 2:
        raise BenchmarkFailure("the memory was looked at less than twice")
    yield row("overload_peak", run.peak, "/s")
    yield row("overload_offered", sum(second.wanted for second in run.during) / lasted, "/s")
    yield row("overload_unsent", sum(second.unsent for second in run.during) / lasted, "/s")
    yield row("overload_refused", _answered(run.during, REFUSED) / lasted, "/s")
    yield row("overload_pending", _answered(run.during, "202") / lasted, "/s")
    yield row("overload", sum(second.decided_in_time for second in run.during) / lasted, "/s", run.peak)
    yield row("overload_decided", run.decided_a_second, "/s")
    yield row("overload_p99", percentile([wait for each in run.during for wait in each.waits], 0.99) * 1000, "ms")
    yield row("overload_wrong_answers", run.wrong, "answers")
    yield row("overload_normal_p99", normal_p99_ms(run.before), "ms")
    back = seconds_until_normal(run.after, normal_p99_ms(run.before) * NORMAL_MARGIN, NORMAL_LASTS)
    yield row("overload_back_to_normal", back, "s")
    yield row("overload_command_api_growth", growth(grown, "command-api") / _MB, "MB")
    yield row("overload_decider_growth_per_accepted", growth(grown, "decider") / counted(grown, ACCEPTED), "B")


def _run(pace: Pace, whole: WholeStack, seconds: int, normal_seconds: int) -> Overload:
    peak = _peak(pace, whole)
    normal, settling = peak * NORMAL_SHARE, min(SETTLING_SECONDS, normal_seconds // 2)
    phases = (Phase(normal_seconds, normal), Phase(seconds, peak * TIMES_PEAK), Phase(normal_seconds, normal))
    wanted = sum(phase.seconds * phase.a_second for phase in phases)
    pace.say(f"overload: putting {ceil(wanted / SEATS)} shows on sale")
    shows = whole.put_on_sale(ceil(wanted / SEATS))
    with TemporaryDirectory(prefix="seatlog-overload-") as folder:
        plan = SurgePlan(load=_load(whole, shows, BUYERS_AT_ONCE), phases=phases, folder=folder)
        pace.say(
            f"overload: {normal:,.0f}/s for {normal_seconds} s, {peak * TIMES_PEAK:,.0f}/s for {seconds} s, and back"
        )
        with MemoryWatch(whole.stack) as watch:
            figures = _surge(whole, plan)
        overloaded = figures.began + normal_seconds
        pace.say("overload: holding every answer against the log")
        wrong = _wrong(pace, whole, Path(folder))
    at = [0, normal_seconds, normal_seconds + seconds, len(figures.seconds)]
    before, during, after = (figures.seconds[first:last] for first, last in pairwise(at))
    return Overload(
        peak,
        before[settling:],
        during,
        after,
        sum(figures.decided_at[at[1] : at[2]]) / seconds,
        watch.between(overloaded + min(SETTLING_SECONDS, seconds // 3), overloaded + seconds),
        wrong,
    )


def _peak(pace: Pace, whole: WholeStack) -> float:
    pace.say(f"overload: what the peak is, with {CONNECTIONS} connections")
    plan = _load(whole, whole.put_on_sale(SHOWS), CONNECTIONS)
    measured = pace.sized(PEAK_SECONDS, 4)
    loaded = whole.load(msgspec.structs.replace(plan, warm_up_seconds=3, measured_seconds=measured))
    return loaded.figures.a_second


def _load(whole: WholeStack, shows: tuple[str, ...], connections: int) -> LoadPlan:
    return LoadPlan(
        url=whole.stack.url("command-api"),
        token_secret=whole.stack.token_secret,
        shows=shows,
        at_once=SHOWS,
        connections=connections,
        warm_up_seconds=0,
        measured_seconds=0,
    )


def _surge(whole: WholeStack, plan: SurgePlan) -> SurgeFigures:
    run_module(whole.stack, "scenarios.benchmarks.surge_generator", stdin=msgspec.json.encode(plan))
    return msgspec.json.decode((Path(plan.folder) / FIGURES_FILE).read_bytes(), type=SurgeFigures)


def _answered(seconds: list[Second], status: str) -> int:
    return sum(second.answers.get(status, 0) for second in seconds)


def _wrong(pace: Pace, whole: WholeStack, folder: Path) -> int:
    """Answers that the log does not back, and refused commands that it holds."""
    commands, events = asyncio.run(dump_topics(whole.stack.kafka))
    log = read_log(events)
    decode = msgspec.json.Decoder(Request).decode
    noted = [decode(line) for line in (folder / REQUESTS_FILE).read_bytes().splitlines()]
    findings = [str(finding) for finding in (*log.findings, *check_answers(noted, log))]
    refused = set((folder / REFUSED_FILE).read_text(encoding="ascii").split())
    for record in commands:
        envelope = read_envelope(record.stored())
        recorded = [] if envelope is None else [one.id for one in envelope.commands]
        findings += [f"{name} was refused with 503, and is in the log" for name in recorded if name in refused]
    for finding in findings[:10]:
        pace.say(finding)
    if not any(str(request.status) in DECIDED for request in noted):
        raise BenchmarkFailure("nothing was decided, so nothing could be checked")
    return len(findings)
