"""The figures of a run, from what the visitors were told, what the deciders showed, and what the log holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from scenarios.checkers.recorded import RecordedLog
from scenarios.checkers.sales import sold_seats
from scenarios.checkers.told import receipt_of
from scenarios.distribution.acts import Act, ActName, Told
from scenarios.distribution.demand import HOT, OFFERED_CAPS, QUIET, Demand, Terms
from scenarios.distribution.ownership import Span
from scenarios.distribution.stages import Stages, stages, stamps
from scenarios.distribution.visitors import Show
from scenarios.distribution.waiting import (
    Decisions,
    Moments,
    decisions_by_decider,
    most_undecided,
    recorded_at,
    waited,
    within,
)
from scenarios.distribution.watch import Look, between, spent
from scenarios.exchanges import Exchange
from scenarios.figures import Percentiles, Verdict, percentiles
from scenarios.history import History, append_times

_MB: Final = 1e6


class Bar(msgspec.Struct, frozen=True):
    """What a figure must reach: `least` or `most`."""

    says: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        """Whether it does; a figure that could not be taken does not."""
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


class ShowFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A show in an act. Waits in milliseconds, from wanting to ask until the first answer; `queued` were told 202,
    `turned_away` 429 or 503, `unanswered` nothing; `lag_commands` the most that were recorded and not decided."""

    demand: Demand
    wanted_a_second: float
    asked_a_second: float
    decided_a_second: float
    p50_ms: float | None
    p99_ms: float | None
    stages: Stages
    queued: int
    turned_away: int
    unanswered: int
    lag_commands: int


class DeciderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A decider in an act. `cpu` is the share of a core, `lag_records` the most that waited for it; latencies in
    milliseconds, from a command's append until its event was made."""

    name: str
    decisions_a_second: float
    cpu: float
    memory_mb: float
    lag_records: float
    p50_ms: float | None
    p99_ms: float | None


class ActFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One act; the acts of the same name are one, since they were taken in turns."""

    name: str
    seconds: float
    decisions_a_second: float
    cpu_per_decision_us: float
    shows: tuple[ShowFigures, ...]
    deciders: tuple[DeciderFigures, ...]


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints. Throughput in decisions a second, CPU of all deciders together in microseconds a decision,
    warm standbys included. `sold` are booked seats, `lost` answers that the log does not back and commands that it
    never decided, `double_sold` seats that were booked twice."""

    seed: int
    seconds: float
    cap: float
    peak: float
    hot_a_second: float
    offered_a_second: float
    quiet_p99_alone_ms: float
    quiet_p99_beside_hot_ms: float
    throughput_1: float
    throughput_3: float
    cpu_per_decision_1: float
    cpu_per_decision_3: float
    scale_up_seconds: float
    worked_off_seconds: float
    scale_down_seconds: float
    commands: int
    sold: int
    lost: int
    double_sold: int
    unsettled: int
    acts: tuple[ActFigures, ...]
    ownership: tuple[Span, ...]
    bars: tuple[Bar, ...]
    bars_met: bool
    findings: Mapping[str, tuple[str, ...]]
    passed: bool
    report: str | None = None
    history: str | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the figures are taken from. Times of exchanges, looks and acts are monotonic seconds; `epoch`
    added gives seconds since 1970. `names` of the deciders by the owner in a claim."""

    terms: Terms
    peak: float
    shows: Sequence[Show]
    told: Told
    exchanges: Sequence[Exchange]
    looks: Sequence[Look]
    history: History
    log: RecordedLog
    epoch: float
    unsettled: int
    ownership: tuple[Span, ...]
    names: Mapping[str, str]
    verdicts: tuple[Verdict, ...]


def decided_at(taken: Taken) -> dict[Demand, list[float]]:
    """When each show's commands were decided, in monotonic seconds, as the log's records are stamped."""
    made = append_times(taken.history.events)
    return {
        show.demand: [made[event.partition, event.offset] - taken.epoch for event in taken.log.of_show(show.id)]
        for show in taken.shows
    }


def load_result(taken: Taken, decided: Mapping[Demand, Sequence[float]]) -> LoadResult:
    """All figures. `decided` is what `decided_at` gives."""
    stamped = stamps(taken.history, taken.log, taken.epoch)
    moments = Moments(
        stamped,
        decided,
        recorded_at(taken.history, taken.epoch),
        decisions_by_decider(taken.log, stamped, taken.names),
    )
    acts = tuple(_act(taken, moments, name) for name in dict.fromkeys(act.name for act in taken.told.acts))
    by_name = {act.name: act for act in acts}
    alone, beside = (_p99(by_name[name], QUIET) for name in (ActName.ALONE, ActName.BESIDE))
    one, three = by_name[ActName.ONE], by_name[ActName.THREE]
    bars = _bars(alone, beside, one, three)
    sold = [sold_seats(taken.log, show.id) for show in taken.shows]
    return LoadResult(
        seed=taken.terms.seed,
        seconds=taken.terms.seconds,
        cap=taken.terms.cap,
        peak=round(taken.peak, 1),
        hot_a_second=_of(by_name[ActName.BESIDE], HOT).asked_a_second,
        offered_a_second=round(OFFERED_CAPS * taken.terms.cap, 1),
        quiet_p99_alone_ms=alone,
        quiet_p99_beside_hot_ms=beside,
        throughput_1=one.decisions_a_second,
        throughput_3=three.decisions_a_second,
        cpu_per_decision_1=one.cpu_per_decision_us,
        cpu_per_decision_3=three.cpu_per_decision_us,
        scale_up_seconds=round(taken.told.scale_up_seconds, 2),
        worked_off_seconds=round(taken.told.worked_off_seconds, 2),
        scale_down_seconds=round(taken.told.scale_down_seconds, 2),
        commands=len(taken.log.valid),
        sold=sum(len(seats) for seats in sold),
        lost=lost(taken.history, taken.log, taken.verdicts),
        double_sold=sum(times > 1 for seats in sold for times in seats.values()),
        unsettled=taken.unsettled,
        acts=acts,
        ownership=taken.ownership,
        bars=bars,
        bars_met=all(bar.met for bar in bars),
        findings={verdict.check: verdict.findings for verdict in taken.verdicts},
        passed=taken.unsettled == 0 and all(verdict.holds for verdict in taken.verdicts),
    )


def lost(history: History, log: RecordedLog, verdicts: Iterable[Verdict]) -> int:
    """Answers whose receipt names no valid event, and recorded commands that have none."""
    places = {(event.partition, event.offset, event.hash) for event in log.valid}
    receipts = {receipt for request in history.requests if (receipt := receipt_of(request)) is not None}
    unbacked = sum((receipt.partition, receipt.offset, receipt.hash) not in places for receipt in receipts)
    undecided = sum(len(verdict.findings) for verdict in verdicts if verdict.check == "commands")
    return unbacked + undecided


def _bars(alone: float, beside: float, one: ActFigures, three: ActFigures) -> tuple[Bar, ...]:
    return (
        Bar("p99 of the quiet show beside a hot one, to its p99 alone", _ratio(beside, alone), most=1.5),
        Bar(
            "decisions a second of three deciders, to those of one",
            _ratio(three.decisions_a_second, one.decisions_a_second),
            least=1.45,
        ),
        Bar(
            "CPU per decision of three deciders, to that of one",
            _ratio(three.cpu_per_decision_us, one.cpu_per_decision_us),
            most=1.2,
        ),
    )


def _act(taken: Taken, moments: Moments, name: str) -> ActFigures:
    parts = [act for act in taken.told.acts if act.name == name]
    done = [spent(taken.looks, act.began, act.ended) for act in parts]
    decisions = sum(each.decisions for each in done)
    return ActFigures(
        name=name,
        seconds=round(_seconds(parts), 1),
        decisions_a_second=round(sum(each.a_second for each in done) / len(done), 1),
        cpu_per_decision_us=round(sum(each.cpu_seconds for each in done) / decisions * 1e6, 1) if decisions else 0.0,
        shows=tuple(_show(taken, moments, parts, show) for show in taken.shows if parts[0].wanted.get(show.demand)),
        deciders=_deciders(taken.looks, moments.decisions, parts),
    )


def _show(taken: Taken, moments: Moments, parts: Sequence[Act], show: Show) -> ShowFigures:
    decided, recorded = moments.decided[show.demand], moments.recorded.get(show.id, ())
    asked = [
        each
        for each in taken.exchanges
        if each.method == "POST" and each.path.startswith(f"/shows/{show.id}/") and within(each.wanted, parts)
    ]
    waits = waits_of(asked)
    return ShowFigures(
        demand=show.demand,
        wanted_a_second=round(parts[0].wanted[show.demand], 1),
        asked_a_second=round(len(asked) / _seconds(parts), 1),
        decided_a_second=round(sum(within(at, parts) for at in decided) / _seconds(parts), 1),
        p50_ms=waits.p50,
        p99_ms=waits.p99,
        stages=stages(asked, moments.stamped),
        queued=sum(each.status == 202 for each in asked),
        turned_away=sum(each.status in (429, 503) for each in asked),
        unanswered=sum(each.status is None for each in asked),
        lag_commands=most_undecided(recorded, decided, parts),
    )


def waits_of(exchanges: Iterable[Exchange]) -> Percentiles:
    """How long those that were answered waited, from wanting to ask."""
    return percentiles(each.answered - each.wanted for each in exchanges if each.answered is not None)


def _deciders(looks: Sequence[Look], decisions: Decisions, parts: Sequence[Act]) -> tuple[DeciderFigures, ...]:
    found: dict[str, list[list[Look]]] = {}
    for act in parts:
        for name, some in between(looks, act.began, act.ended).items():
            if len(some) > 1:
                found.setdefault(name, []).append(some)
    return tuple(_decider(name, found[name], waited(decisions.get(name, ()), parts)) for name in sorted(found))


def _decider(name: str, stretches: Sequence[Sequence[Look]], latency: Percentiles) -> DeciderFigures:
    seconds = sum(some[-1].at - some[0].at for some in stretches)
    every = [look for some in stretches for look in some]
    return DeciderFigures(
        name=name,
        decisions_a_second=round(sum(some[-1].decisions - some[0].decisions for some in stretches) / seconds, 1),
        cpu=round(sum(some[-1].cpu_seconds - some[0].cpu_seconds for some in stretches) / seconds, 3),
        memory_mb=round(max(look.resident for look in every) / _MB, 1),
        lag_records=max(sum(look.lag.values()) for look in every),
        p50_ms=latency.p50,
        p99_ms=latency.p99,
    )


def _p99(act: ActFigures, demand: Demand) -> float:
    found = _of(act, demand).p99_ms
    return float("nan") if found is None else found


def _of(act: ActFigures, demand: Demand) -> ShowFigures:
    return next(show for show in act.shows if show.demand is demand)


def _ratio(value: float, against: float) -> float:
    return round(value / against, 2) if against else float("nan")


def _seconds(parts: Sequence[Act]) -> float:
    return sum(act.ended - act.began for act in parts)
