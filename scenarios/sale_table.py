"""A sale's result for people on a terminal."""

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from scenarios.figures import SaleResult, Verdict, answers_for_people

FINDINGS_SHOWN = 5


def print_sale(result: SaleResult, verdicts: Sequence[Verdict], console: Console) -> None:
    """The figures, the answers by kind, and each verdict."""
    console.print(Columns([_figures(result), _answers(result), _waits(result)]))
    print_verdicts(verdicts, console)
    for detail in result.odd:
        console.print(f"    unexpected: {detail}", markup=False)
    if result.history is not None:
        console.print(f"History: {result.history}", soft_wrap=True)
    console.print(f"Report:  {result.report}", soft_wrap=True)


def print_verdicts(verdicts: Sequence[Verdict], console: Console) -> None:
    """A line each, and the first findings of those that do not hold."""
    for verdict in verdicts:
        mark = "[green]✓[/]" if verdict.holds else "[bold red]✗ NOT TRUE:[/]"
        console.print(f"{mark} {verdict.says}", soft_wrap=True, highlight=False)
        for finding in verdict.findings[:FINDINGS_SHOWN]:
            console.print(f"    {finding}", markup=False, highlight=False, soft_wrap=True)
        if len(verdict.findings) > FINDINGS_SHOWN:
            console.print(f"    … and {len(verdict.findings) - FINDINGS_SHOWN:,} more")


def _figures(result: SaleResult) -> Table:
    table = Table("", f"{result.buyers:,} buyers")
    table.columns[1].justify = "right"
    out = "not sold out" if result.seconds_to_sell_out is None else f"{result.seconds_to_sell_out:.2f} s"
    for name, figure in (
        ("seats sold", f"{result.sold:,} of {result.seats:,}"),
        ("sold twice", f"{result.double_sold:,}"),
        ("false refusals", f"{result.false_refusals:,}"),
        ("buyers left unanswered", f"{result.unanswered:,}"),
        ("commands in the log", f"{result.commands:,}"),
        ("first arrival to sold out", out),
        ("first arrival to last answer", f"{result.seconds:.2f} s"),
        ("requests a second", f"{result.requests_per_second:,.0f}"),
        ("load generator CPU", f"{result.load_generator_cpu_seconds:.2f} s"),
    ):
        table.add_row(name, figure)
    return table


def _answers(result: SaleResult) -> Table:
    table = Table("answers", "count")
    table.columns[1].justify = "right"
    for kind, count in answers_for_people(result).items():
        table.add_row(kind, f"{count:,}")
    return table


def _waits(result: SaleResult) -> Table:
    table = Table("waited, ms", "p50", "p95", "p99")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, figures in (
        ("accepted", (result.accepted_p50_ms, result.accepted_p95_ms, result.accepted_p99_ms)),
        ("refused", (result.refused_p50_ms, result.refused_p95_ms, result.refused_p99_ms)),
    ):
        table.add_row(name, *("" if figure is None else f"{figure:,.0f}" for figure in figures))
    return table
