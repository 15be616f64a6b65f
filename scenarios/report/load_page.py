"""The report of a load distribution as one HTML file that needs nothing else."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from scenarios.distribution.acts import ActName
from scenarios.distribution.demand import Demand
from scenarios.distribution.result import LoadResult, Taken, waits_of
from scenarios.distribution.watch import Look, by_decider
from scenarios.exchanges import Exchange
from scenarios.report.load_plots import Line, Stretch, a_second, over_time, owners
from scenarios.report.templates import write_page

TEMPLATE: Final = "load_distribution.html.jinja"
SHORT: Final = {
    ActName.ALONE: "alone",
    ActName.BESIDE: "beside",
    ActName.ONE: "one",
    ActName.THREE: "three",
    ActName.BACK: "one again",
}
"""The acts in the pictures."""
_MB: Final = 1e6


def write_load_report(
    path: Path, result: LoadResult, taken: Taken, decided: Mapping[Demand, Sequence[float]], began: float, ended: float
) -> None:
    """Write the page. `began` and `ended` of the run in monotonic seconds."""
    length = ended - began
    acts = [Stretch(SHORT[act.name], act.began - began, act.ended - began) for act in taken.told.acts]
    spans = [Stretch(span.decider, span.began, span.ended, span.partition) for span in taken.ownership]
    times = {f"{demand} demand": [at - began for at in moments] for demand, moments in decided.items()}
    plots = (
        (
            "Commands decided",
            "a second, by show, as the log's records are stamped",
            "a second",
            a_second(times, length),
        ),
        ("Waiting", "p99 of what was wanted in each second, until the first answer", "ms", _waits(taken, began)),
        (
            "Decisions of each decider",
            "a second, as it counts them itself",
            "a second",
            _rates(taken, began, _decisions),
        ),
        ("Lag", "command records without their events, by decider", "records", _levels(taken, began, _lag)),
        ("CPU of each decider", "percent of a core", "%", _rates(taken, began, _cpu)),
        ("Memory of each decider", "resident", "MB", _levels(taken, began, _memory)),
    )
    write_page(
        path,
        TEMPLATE,
        result=result,
        verdicts=taken.verdicts,
        owners=owners(spans, acts, length),
        plots=[(what, says, over_time(lines, acts, up, length)) for what, says, up, lines in plots],
    )


def _waits(taken: Taken, began: float) -> list[Line]:
    lines = []
    for show in taken.shows:
        seconds: dict[int, list[Exchange]] = {}
        for each in taken.exchanges:
            if each.method == "POST" and each.path.startswith(f"/shows/{show.id}/") and each.wanted >= began:
                seconds.setdefault(int(each.wanted - began), []).append(each)
        found = ((second, waits_of(some).p99) for second, some in sorted(seconds.items()))
        points = [(second + 0.5, p99) for second, p99 in found if p99 is not None]
        lines.append(Line(f"{show.demand} demand", points))
    return lines


def _levels(taken: Taken, began: float, value: Callable[[Look], float]) -> list[Line]:
    return [
        Line(name, [(look.at - began, value(look)) for look in looks]) for name, looks in _by_decider(taken).items()
    ]


def _rates(taken: Taken, began: float, value: Callable[[Look], float]) -> list[Line]:
    """How fast a count grew, between looks; a restart begins anew."""
    lines = []
    for name, looks in _by_decider(taken).items():
        points = [
            (after.at - began, (value(after) - value(before)) / (after.at - before.at))
            for before, after in pairwise(looks)
            if after.at - before.at > 0.5 and value(after) >= value(before)
        ]
        lines.append(Line(name, points))
    return lines


def _by_decider(taken: Taken) -> dict[str, list[Look]]:
    return dict(sorted(by_decider(taken.looks).items()))


def _decisions(look: Look) -> float:
    return look.decisions


def _cpu(look: Look) -> float:
    return 100 * look.cpu_seconds


def _lag(look: Look) -> float:
    return sum(look.lag.values())


def _memory(look: Look) -> float:
    return look.resident / _MB
