"""A run's result for people on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from scenarios.distribution.ownership import Span
from scenarios.distribution.result import ActFigures, LoadResult
from scenarios.figures import Verdict
from scenarios.sale_table import print_verdicts

CHART_CHARACTERS = 60


def print_load(result: LoadResult, verdicts: Sequence[Verdict], console: Console) -> None:
    """Shows and deciders by act, who owned what, the bars, and each verdict."""
    console.print(_shows(result.acts))
    console.print(_stages(result.acts))
    console.print(_deciders(result.acts))
    console.print(_ownership(result.ownership))
    console.print(_bars(result))
    console.print(
        f"{result.commands:,} commands decided, {result.sold:,} seats sold, {result.lost:,} lost, "
        f"{result.double_sold:,} sold twice.\n"
        f"Three deciders shared the partitions {result.scale_up_seconds:.1f} s after two more were started, and had "
        f"worked the backlog off after {result.worked_off_seconds:.1f} s.\n"
        f"One had all of them again {result.scale_down_seconds:.1f} s after the others were told to stop.",
        highlight=False,
    )
    print_verdicts(verdicts, console)
    if result.history is not None:
        console.print(f"History: {result.history}", soft_wrap=True)
    console.print(f"Report:  {result.report}", soft_wrap=True)


def _shows(acts: Sequence[ActFigures]) -> Table:
    columns = ("act", "demand", "wanted/s", "decided/s", "p50 ms", "p99 ms", "queued", "turned away", "lag, commands")
    table = _right(Table(*columns), 2)
    for act in acts:
        for number, show in enumerate(act.shows):
            table.add_row(
                "" if number else act.name,
                show.demand,
                f"{show.asked_a_second:,.0f}",
                f"{show.decided_a_second:,.0f}",
                _ms(show.p50_ms),
                _ms(show.p99_ms),
                f"{show.queued:,}",
                f"{show.turned_away:,}",
                f"{show.lag_commands:,}",
            )
    return table


def _stages(acts: Sequence[ActFigures]) -> Table:
    """Where the time goes: p50 and p99 of each stage."""
    columns = ("act", "demand", "until recorded, ms", "until decided, ms", "until answered, ms")
    table = _right(Table(*columns, caption="p50 / p99 of each stage, of those that were answered at once"), 2)
    for act in acts:
        for number, show in enumerate(act.shows):
            passed = (show.stages.recorded, show.stages.decided, show.stages.answered)
            table.add_row(
                "" if number else act.name, show.demand, *(f"{_ms(each.p50)} / {_ms(each.p99)}" for each in passed)
            )
    return table


def _deciders(acts: Sequence[ActFigures]) -> Table:
    columns = ("act", "decider", "decisions/s", "CPU", "µs/decision", "memory MB", "lag, records", "p50 ms", "p99 ms")
    table = _right(Table(*columns), 2)
    for act in acts:
        for number, decider in enumerate(act.deciders):
            table.add_row(
                "" if number else act.name,
                decider.name,
                f"{decider.decisions_a_second:,.0f}",
                f"{100 * decider.cpu:.0f} %",
                "" if number else f"{act.cpu_per_decision_us:,.0f}",
                f"{decider.memory_mb:,.0f}",
                f"{decider.lag_records:,.0f}",
                _ms(decider.p50_ms),
                _ms(decider.p99_ms),
            )
    return table


def _ownership(spans: Sequence[Span]) -> Table:
    """Each partition as a line of time; a decider is its number."""
    ended = max((span.ended for span in spans), default=0.0)
    table = Table("partition", f"who owned it, over {ended:.0f} s (1, 2, 3: the decider of that number)")
    for partition in sorted({span.partition for span in spans}):
        table.add_row(str(partition), chart([span for span in spans if span.partition == partition], ended))
    return table


def chart(spans: Sequence[Span], ended: float, characters: int = CHART_CHARACTERS) -> str:
    """A line of so many characters for the time from 0 to `ended`: the last character of who owned it then."""
    line = ["·"] * characters
    for span in spans:
        first, last = (int(at / ended * (characters - 1)) for at in (span.began, span.ended))
        line[first : last + 1] = span.decider[-1] * (last + 1 - first)
    return "".join(line)


def _bars(result: LoadResult) -> Table:
    table = Table("bar", "is", "must be", "")
    for bar in result.bars:
        wanted = f"≤ {bar.most:g}" if bar.least is None else f"≥ {bar.least:g}"
        table.add_row(bar.says, f"{bar.value:.2f}", wanted, "[green]ok" if bar.met else "[red]short")
    return table


def _right(table: Table, first: int) -> Table:
    for column in table.columns[first:]:
        column.justify = "right"
    return table


def _ms(figure: float | None) -> str:
    return "" if figure is None else f"{figure:,.1f}"
