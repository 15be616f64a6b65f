"""`soak`: memory over time at half the peak, with the expiry clock at work.

Refusals and repeats come first, when nothing was freed yet that they could live on: first as many as the decider keeps,
then those that are measured. Then holds of 30 seconds, round and round: some are released, the others lapse, so that
seats never run out. Sizes are resident sets, counts are the decider's own.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from time import monotonic
from typing import Final, NamedTuple

import httpx
import msgspec
import psutil

from contracts.limits import HOLD_SECONDS_LEAST, REMEMBERED_REFUSALS
from scenarios.benchmarks.house import SEATS
from scenarios.benchmarks.load_plan import LoadPlan, Shape
from scenarios.benchmarks.load_shapes import REPEATED
from scenarios.benchmarks.over_http import CONNECTIONS, SHOWS
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row, row
from scenarios.benchmarks.whole_stack import WholeStack
from scenarios.beside import Beside
from scenarios.shown_metrics import ShownMetrics
from scenarios.stack.stack import Stack

WATCHED: Final = ("decider", "command-api", "query-api")
ACCEPTED: Final = ("seats-held", "seats-released")
LOOK_SECONDS: Final = 2.0
PROBE_SECONDS: Final = 10
PATIENCE_SECONDS: Final = 10
"""Above the longest hold: after that the number of live holds stays as it is."""
SHARE_OF_REFUSALS: Final = 0.15
SHARE_OF_REPEATS: Final = 0.15
_MB: Final = 1e6


class Sample(NamedTuple):
    """Resident bytes by process, and the decider's decisions by event type, `at` monotonic seconds."""

    at: float
    resident: Mapping[str, int]
    decisions: Mapping[str, float]


class MemoryWatch(Beside):
    """Takes a sample every LOOK_SECONDS while its `with` lasts."""

    def __init__(self, stack: Stack) -> None:
        super().__init__("memory watch")
        self._processes = {name: psutil.Process(stack.process(name).pid) for name in WATCHED}
        self._metrics = f"{stack.url('decider')}/metrics"
        self.samples: list[Sample] = []

    def between(self, began: float, ended: float) -> Sequence[Sample]:
        """The samples of this time."""
        return [sample for sample in self.samples if began <= sample.at <= ended]

    def _go_on(self) -> None:
        with httpx.Client(timeout=10) as client:
            while not self._over.is_set():
                self.samples.append(self._sample(client))
                self._over.wait(LOOK_SECONDS)

    def _sample(self, client: httpx.Client) -> Sample:
        resident = {name: int(process.memory_info().rss) for name, process in self._processes.items()}
        decisions = ShownMetrics(client.get(self._metrics).text).by_label("seatlog_decisions_total", "type")
        return Sample(monotonic(), resident, decisions)


def growth(samples: Sequence[Sample], process: str) -> float:
    """Bytes between the first fifth and the last fifth of the samples, by their medians."""
    fifth = max(1, len(samples) // 5)
    first, last = ([sample.resident[process] for sample in some] for some in (samples[:fifth], samples[-fifth:]))
    return median(last) - median(first)


def counted(samples: Sequence[Sample], types: Sequence[str]) -> float:
    """Decisions of these types between the middles of the first and the last fifth."""
    half = max(1, len(samples) // 5) // 2
    first, last = samples[half].decisions, samples[-1 - half].decisions
    return sum(last.get(name, 0) - first.get(name, 0) for name in types)


def measure_soak(pace: Pace, whole: WholeStack, minutes: float) -> Iterator[Row]:
    """Memory at the start, per accepted command, per repeat, per refusal; and whether the APIs stay as they are."""
    seconds = minutes * 60
    with MemoryWatch(whole.stack) as watch:
        at_start = watch_start(whole)
        a_second = _half_of_peak(pace, whole)
        refusals = _refuse(pace, whole, watch, a_second, seconds * SHARE_OF_REFUSALS)
        repeats = _repeat(pace, whole, watch, a_second, seconds * SHARE_OF_REPEATS)
        churn = _churn(pace, whole, watch, a_second, seconds * (1 - SHARE_OF_REFUSALS - SHARE_OF_REPEATS))
    yield row("soak_rate", a_second, "/s")
    yield row("decider_memory_at_start", at_start / _MB, "MB")
    yield row("decider_growth_per_accepted", growth(churn, "decider") / counted(churn, ACCEPTED), "B")
    yield row("decider_growth_per_repeat", growth(repeats, "decider") / counted(repeats, ["command-repeated"]), "B")
    yield row("decider_growth_per_refusal", growth(refusals, "decider") / counted(refusals, ["hold-refused"]), "B")
    yield row("soak_accepted", watch.samples[-1].decisions["seats-held"], "holds")
    for process in ("command-api", "query-api"):
        name = process.replace("-", "_")
        yield row(f"{name}_memory", max(sample.resident[process] for sample in watch.samples) / _MB, "MB")
        yield row(f"{name}_growth", growth(churn, process) / _MB, "MB")


def watch_start(whole: WholeStack) -> int:
    """Resident bytes of a decider that is ready and has decided nothing."""
    return int(psutil.Process(whole.stack.process("decider").pid).memory_info().rss)


def _half_of_peak(pace: Pace, whole: WholeStack) -> float:
    pace.say("soak: what the peak is")
    plan = _plan(whole, whole.put_on_sale(SHOWS), Shape.HOLDS, None, pace.sized(PROBE_SECONDS, 3))
    return round(whole.load(plan).figures.a_second / 2)


def _refuse(pace: Pace, whole: WholeStack, watch: MemoryWatch, a_second: float, seconds: float) -> Sequence[Sample]:
    """Refusals of one show: as many as are remembered, then those that are measured."""
    shows = _sold(whole)
    pace.say(f"soak: {REMEMBERED_REFUSALS} refusals, then {seconds:.0f} s of more at {a_second:.0f}/s")
    beyond = 1.5 * REMEMBERED_REFUSALS / a_second
    plan = _plan(whole, shows, Shape.REFUSALS, a_second, seconds)
    return _measured(whole, watch, plan, beyond)


def _repeat(pace: Pace, whole: WholeStack, watch: MemoryWatch, a_second: float, seconds: float) -> Sequence[Sample]:
    """The same holds under the same keys."""
    shows = _sold(whole)
    pace.say(f"soak: {seconds:.0f} s of repeats at {a_second:.0f}/s")
    return _measured(whole, watch, _plan(whole, shows, Shape.REPEATS, a_second, seconds), seconds / 10)


def _churn(pace: Pace, whole: WholeStack, watch: MemoryWatch, a_second: float, seconds: float) -> Sequence[Sample]:
    """Holds that end: the first time of a hold's length is a warm-up."""
    settled = min(HOLD_SECONDS_LEAST + PATIENCE_SECONDS, seconds / 3)
    needed = int(a_second * (HOLD_SECONDS_LEAST + PATIENCE_SECONDS) / SEATS) + 1
    shows = whole.put_on_sale(needed, HOLD_SECONDS_LEAST)
    pace.say(f"soak: {seconds:.0f} s of holds that lapse or are released, at {a_second:.0f}/s")
    return _measured(whole, watch, _plan(whole, shows, Shape.CHURN, a_second, seconds), settled)


def _sold(whole: WholeStack) -> tuple[str, ...]:
    """A show of which the first seats in the load's order are taken."""
    shows = whole.put_on_sale(1)
    whole.load(msgspec.structs.replace(_plan(whole, shows, Shape.HOLDS, None, 60), most=REPEATED))
    return shows


def _plan(whole: WholeStack, shows: tuple[str, ...], shape: Shape, a_second: float | None, seconds: float) -> LoadPlan:
    return LoadPlan(
        url=whole.stack.url("command-api"),
        token_secret=whole.stack.token_secret,
        shows=shows,
        shape=shape,
        connections=CONNECTIONS,
        a_second=a_second,
        warm_up_seconds=0,
        measured_seconds=seconds,
    )


def _measured(whole: WholeStack, watch: MemoryWatch, plan: LoadPlan, settled: float) -> Sequence[Sample]:
    """Run a load; the samples from `settled` seconds after its beginning to its end."""
    began = monotonic()
    whole.load(plan)
    return watch.between(began + settled, monotonic())
