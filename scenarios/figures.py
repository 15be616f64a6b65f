"""The figures of a sale, taken from what its buyers recorded."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from scenarios.benchmarks.rows import percentile
from scenarios.crowd import Crowd, Decision, End
from scenarios.exchanges import Kind

_MS: Final = 1000.0


class Verdict(msgspec.Struct, frozen=True):
    """One checker's judgement; it holds when there are no findings. `findings` are sentences."""

    check: str
    says: str
    findings: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the checker found nothing."""
        return not self.findings


class Percentiles(NamedTuple):
    """Milliseconds; None when there was nothing to measure."""

    p50: float | None
    p95: float | None
    p99: float | None


class Judged(NamedTuple):
    """What the checkers make of the log and the answers."""

    commands: int
    sold: int
    double_sold: int
    false_refusals: int
    unanswered: int
    verdicts: tuple[Verdict, ...]


class SaleResult(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints. Seconds count from the first arrival; latencies from when a buyer wanted to ask, until its
    command was settled. `commands`, `sold`, `double_sold` and `false_refusals` are taken from the log."""

    show_id: str
    seed: int
    buyers: int
    seats: int
    connections: int
    arrive_within: float
    commands: int
    sold: int
    double_sold: int
    false_refusals: int
    unanswered: int
    seconds: float
    seconds_to_sell_out: float | None
    requests: int
    requests_per_second: float
    accepted_p50_ms: float | None
    accepted_p95_ms: float | None
    accepted_p99_ms: float | None
    refused_p50_ms: float | None
    refused_p95_ms: float | None
    refused_p99_ms: float | None
    answers: dict[str, int]
    fates: dict[str, int]
    odd: tuple[str, ...]
    load_generator_cpu_seconds: float
    findings: dict[str, tuple[str, ...]]
    passed: bool
    report: str | None = None
    history: str | None = None


def answers_for_people(result: SaleResult) -> dict[str, int]:
    """How many answers there were of each kind that occurred, by its name in words."""
    return {kind.value: count for kind in Kind if (count := result.answers[kind.name.lower()])}


def percentiles(seconds: Iterable[float]) -> Percentiles:
    """Nearest rank."""
    ordered = sorted(seconds)
    if not ordered:
        return Percentiles(None, None, None)
    p50, p95, p99 = (round(percentile(ordered, share) * _MS, 1) for share in (0.50, 0.95, 0.99))
    return Percentiles(p50, p95, p99)


def rates(times: Iterable[float], bins: int, bin_seconds: float) -> list[float]:
    """How many a second in each of so many bins from second 0 on; what lies outside counts in the nearest one."""
    counts = [0] * bins
    for each in times:
        counts[min(max(int(each / bin_seconds), 0), bins - 1)] += 1
    return [count / bin_seconds for count in counts]


def waits(decisions: Sequence[Decision], *, accepted: bool) -> list[float]:
    """Seconds that buyers waited for the commands that were accepted, or for those that were refused."""
    return [each.settled - each.wanted for each in decisions if each.accepted is accepted]


class SaleTerms(NamedTuple):
    """What the sale was to be."""

    show_id: str
    seed: int
    buyers: int
    seats: int
    connections: int
    arrive_within: float


def sale_result(terms: SaleTerms, crowd: Crowd, judged: Judged, cpu_seconds: float) -> SaleResult:
    """The figures of a sale that is over."""
    fates = Counter(fate.end for fate in crowd.fates)
    won = [fate.at for fate in crowd.fates if fate.end is End.WON]
    first = crowd.first_arrival
    seconds = max(fate.at for fate in crowd.fates) - first
    accepted, refused = (percentiles(waits(crowd.decisions, accepted=kind)) for kind in (True, False))
    unanswered = max(judged.unanswered, len(crowd.fates) - fates[End.WON] - fates[End.SOLD_OUT])
    return SaleResult(
        **terms._asdict(),
        commands=judged.commands,
        sold=judged.sold,
        double_sold=judged.double_sold,
        false_refusals=judged.false_refusals,
        unanswered=unanswered,
        seconds=round(seconds, 3),
        seconds_to_sell_out=round(max(won) - first, 3) if len(won) == terms.seats else None,
        requests=crowd.record.answers,
        requests_per_second=round(crowd.record.answers / seconds, 1),
        accepted_p50_ms=accepted.p50,
        accepted_p95_ms=accepted.p95,
        accepted_p99_ms=accepted.p99,
        refused_p50_ms=refused.p50,
        refused_p95_ms=refused.p95,
        refused_p99_ms=refused.p99,
        answers={kind.name.lower(): crowd.record.counts[kind] for kind in Kind},
        fates={end.name.lower(): fates[end] for end in End},
        odd=tuple(sorted({fate.detail for fate in crowd.fates if fate.end is End.ODD}))[:10],
        load_generator_cpu_seconds=round(cpu_seconds, 2),
        findings={verdict.check: verdict.findings for verdict in judged.verdicts},
        passed=unanswered == 0 and all(verdict.holds for verdict in judged.verdicts),
    )
