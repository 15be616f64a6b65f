"""The report of one run of a fault as one HTML file that needs nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scenarios.nemesis.result import FaultResult, seconds_for_people
from scenarios.nemesis.timeline import Timeline
from scenarios.report.fault_plot import fault_plots
from scenarios.report.templates import write_page

TEMPLATE: Final = "fault.html.jinja"


def write_fault_report(
    path: Path, title: str, what: str, result: FaultResult, line: Timeline, tiles: Sequence[tuple[str, str]] = ()
) -> None:
    """Write the page, making its folder if need be. `tiles` are (figure, what it is)."""
    write_page(
        path,
        TEMPLATE,
        title=title,
        what=what,
        result=result,
        tiles=tiles,
        figures=figures(result),
        plots=fault_plots(line),
    )


def figures(result: FaultResult) -> list[tuple[str, str]]:
    """What is told about a run, in words and numbers."""
    memory = ", ".join(f"{name} {size:,}" for name, size in result.most_memory_mib.items() if size)
    return [
        ("runs", f"{result.runs}"),
        ("commands", f"{result.commands:,}"),
        ("goes on after the fault's end", seconds_for_people(result.recover_seconds)),
        ("first new decision in every partition", seconds_for_people(result.decides_again_seconds)),
        ("first good read", seconds_for_people(result.reads_again_seconds)),
        ("longest wait for a decision", seconds_for_people(result.longest_pause_seconds)),
        ("most commands waiting", f"{result.most_lag_commands:,}"),
        ("most memory, MiB", memory),
    ]
