"""`python -m scenarios bench` and `soak`: every figure beside its baseline and its bar."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table

from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.pace import full_pace, quick_pace
from scenarios.benchmarks.rows import BARS, QuickRow, Row
from scenarios.stack.failure import StackFailure

if TYPE_CHECKING:
    from scenarios.benchmarks.suites import Measure

NAME_CHARACTERS: Final = 34
TABLE_CHARACTERS: Final = 100
"""A narrower terminal folds lines, rather than lose the verdict at their end."""
BUSY: Final = 0.5
"""A load average of this many times the cores before the start makes figures doubtful."""
SOAK_MINUTES_LEAST: Final = 5.0
"""A shorter soak shows that it runs, and no more."""


def bench(
    only: Annotated[list[str] | None, typer.Option(help="A row to measure, with what comes with it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line instead of a table.")] = False,
    quick: Annotated[bool, typer.Option(help="Short and once: to see that it runs.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit code 1 when a bar is missed.")] = False,
) -> None:
    """Measure Seatlog on this machine, each figure beside its baseline, interleaved with it, and its bar."""
    from scenarios.benchmarks.suites import NoSuchBenchmark, chosen  # what they need is heavy

    try:
        suites = chosen(only or [])
    except NoSuchBenchmark as error:
        raise typer.BadParameter(str(error), param_hint="--only") from error
    run([suite.measure for suite in suites], as_json=as_json, quick=quick, strict=strict)


def soak(
    minutes: Annotated[float, typer.Option(min=0.5, help="How long to load.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line instead of a table.")] = False,
    strict: Annotated[bool, typer.Option(help="Exit code 1 when a bar is missed.")] = False,
) -> None:
    """Watch the memory of the decider and the APIs at half the measured peak."""
    from scenarios.benchmarks.soaking import measure_soak

    measure = partial(measure_soak, minutes=minutes)
    run([measure], as_json=as_json, quick=minutes < SOAK_MINUTES_LEAST, strict=strict)


def run(measures: "Sequence[Measure]", *, as_json: bool, quick: bool, strict: bool) -> None:
    """Measure, show, and end with 2 when something could not be measured, or 1 for a missed bar when that counts."""
    from scenarios.benchmarks.whole_stack import WholeStack

    errors = Console(stderr=True)
    warn_if_busy(errors)
    rows: list[Row] = []
    try:
        with Status("starting", console=errors) as status, WholeStack() as whole:
            pace = (quick_pace if quick else full_pace)(lambda what: tell(errors, status, what))
            for measure in measures:
                for row in measure(pace, whole):
                    rows.append(row)
                    if as_json:
                        print_json(row, quick)
    except (BenchmarkFailure, StackFailure) as failure:
        errors.print(f"[bold red]{failure}")
        raise typer.Exit(2) from failure
    if not as_json:
        Console(width=max(TABLE_CHARACTERS, Console().width)).print(table(rows, quick))
    if strict and any(not BARS[row.name].met(row) for row in rows if row.name in BARS):
        raise typer.Exit(1)


def tell(errors: Console, status: Status, what: str) -> None:
    """Show what is under way: on a terminal as one changing line."""
    if errors.is_terminal:
        status.update(what)
    else:
        errors.print(what)


def print_json(row: Row, quick: bool) -> None:
    """One object on a line of its own, at once."""
    shown = QuickRow(**msgspec.structs.asdict(row)) if quick else row
    sys.stdout.write(msgspec.json.encode(shown).decode() + "\n")
    sys.stdout.flush()


def warn_if_busy(errors: Console) -> None:
    """Say so when the machine has other things to do."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > BUSY * cores:
        errors.print(f"[yellow]The machine is busy (load {load:.1f} on {cores} cores): figures will be too low.")


def table(rows: list[Row], quick: bool) -> Table:
    """All rows, with the bars that they must reach."""
    title = "quick run: no results" if quick else None
    shown = Table("what", "value", "unit", "against", "ratio", "bar", "", box=None, title=title)
    shown.columns[0].min_width = NAME_CHARACTERS
    for number in range(1, 5):
        shown.columns[number].justify = "left" if number == 2 else "right"
    for row in rows:
        bar = BARS.get(row.name)
        shown.add_row(
            row.name,
            f"{row.value:,g}",
            row.unit,
            f"{row.against:,g}" if isinstance(row.against, float) else "",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            "" if bar is None else bar.text(),
            "" if bar is None else "[green]ok" if bar.met(row) else "[red]short",
        )
    return shown
