"""Faults on real processes under load, and what the checkers say afterwards."""

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated, Final, NamedTuple

import msgspec
import typer
from rich.console import Console

from scenarios.faults import FAULTS
from scenarios.history import write_history
from scenarios.nemesis.fault import Fault
from scenarios.nemesis.outage import OUTAGE, outage_result, outage_tiles
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.reliability import as_document, print_outage, print_result, print_table
from scenarios.nemesis.result import FaultResult, not_injected, result_of, together
from scenarios.nemesis.running import Terms, run_fault
from scenarios.nemesis.scene import NemesisFailed
from scenarios.nemesis.timeline import timeline
from scenarios.report.fault_page import write_fault_report
from scenarios.sale import SaleFailed
from scenarios.stack.failure import StackFailure

ALL: Final = "all"
REPORTS: Final = Path("reports")
SEEDS: Final = 1_000_000


class Wanted(NamedTuple):
    """How often, how hard, and what to leave behind."""

    runs: int
    terms: Terms
    history: Path | None
    reports: Path


def resilience(
    fault: Annotated[str | None, typer.Option(help=f"{ALL}, or one of: {', '.join(FAULTS)}.")] = None,
    runs: Annotated[int, typer.Option(min=1, max=100, help="How often each fault is met.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a fault, a line each.")] = False,
    history: Annotated[Path | None, typer.Option(help="Folder for what was asked, answered and recorded.")] = None,
    commands_per_second: Annotated[
        float | None, typer.Option(min=1, max=5000, help="That buyers send.", show_default="the fault's own")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="How long the fault lasts.", show_default="the fault's own")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of what buyers want; random if not given.")] = None,
    reports: Annotated[Path, typer.Option(help="Folder for the HTML reports.")] = REPORTS,
) -> None:
    """Break real processes under load, then check everything. Exit code 1 when anything did not hold.

    Without a fault: all deciders die and stay away for a while; what buyers are told, and how the backlog is worked
    off.
    """
    console = Console(stderr=as_json)
    number = Random().randrange(SEEDS) if seed is None else seed
    wanted = Wanted(runs, Terms(commands_per_second, seconds, number), history, reports)
    if fault is None:
        _outage(wanted, as_json, console)
        return
    results = []
    for each in _chosen(fault):
        console.print(f"[dim]{each.row:>4}  {each.name}: {each.what}[/]")
        result = _runs_of(each, wanted)
        results.append(result)
        print_result(result, console)
        if as_json:
            print(msgspec.json.encode(result).decode(), flush=True)
    if len(results) > 1:
        print_table(results, console)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def reliability(
    results: Annotated[list[Path], typer.Argument(exists=True, help="What `resilience --json` printed.")],
) -> None:
    """Print docs/reliability.md, made of what `resilience --json` printed; of a fault met twice the last counts."""
    lines = [line for path in results for line in path.read_bytes().splitlines() if line.strip()]
    latest = {each.fault: each for each in (msgspec.json.decode(line, type=FaultResult) for line in lines)}
    what = {name: fault.what for name, fault in FAULTS.items()}
    evidence = {name: fault.evidence for name, fault in FAULTS.items()}
    sys.stdout.write(as_document(latest.values(), what, evidence))


def _chosen(name: str) -> Iterable[Fault]:
    if name == ALL:
        return FAULTS.values()
    if name not in FAULTS:
        raise typer.BadParameter(f"there is no fault {name}: there are {', '.join(FAULTS)}")
    return [FAULTS[name]]


def _runs_of(fault: Fault, wanted: Wanted) -> FaultResult:
    results = [_run(fault, wanted, number) for number in range(wanted.runs)]
    return together(results) if len(results) > 1 else results[0]


def _run(fault: Fault, wanted: Wanted, number: int) -> FaultResult:
    terms = wanted.terms._replace(seed=wanted.terms.seed + number)
    try:
        ran = run_fault(fault, terms, _logs_of(fault, wanted, number))
    except (NemesisFailed, SaleFailed, StackFailure) as failure:
        return not_injected(fault, str(failure))
    _keep_history(ran, fault, wanted, number)
    report = _report_path(fault, wanted)
    result = msgspec.structs.replace(result_of(fault, ran), report=str(report))
    title = f"Row {fault.row}: {fault.name}"
    write_fault_report(report, title, f"What is done: {fault.what}.", result, timeline(ran))
    return result


def _outage(wanted: Wanted, as_json: bool, console: Console) -> None:
    """Scenario 2. Raises typer.Exit when anything did not hold."""
    console.print("Starting servers; then buyers come, and the deciders die")
    try:
        ran = run_fault(OUTAGE, wanted.terms, _logs_of(OUTAGE, wanted, 0))
    except (NemesisFailed, SaleFailed, StackFailure) as failure:
        print(failure, file=sys.stderr)
        raise typer.Exit(1) from failure
    _keep_history(ran, OUTAGE, wanted, 0)
    report = _report_path(OUTAGE, wanted)
    told, line = outage_result(ran)
    told = msgspec.structs.replace(told, report=str(report))
    title = "The deciders are away: nothing is lost"
    write_fault_report(report, title, OUTAGE.what, line, timeline(ran), outage_tiles(told))
    print_outage(told, console)
    if as_json:
        print(msgspec.json.encode(told).decode())
    if not told.passed:
        raise typer.Exit(1)


def _report_path(fault: Fault, wanted: Wanted) -> Path:
    return wanted.reports / f"{fault.name}-{datetime.now():%Y%m%d-%H%M%S}.html"


def _logs_of(fault: Fault, wanted: Wanted, number: int) -> Path | None:
    """Where the logs of the processes go: into the history, if one is wanted."""
    return None if wanted.history is None else wanted.history / f"{fault.name}-{number + 1}" / "logs"


def _keep_history(ran: Ran, fault: Fault, wanted: Wanted, number: int) -> None:
    if wanted.history is not None:
        folder = wanted.history / f"{fault.name}-{number + 1}"
        write_history(folder, ran.history, msgspec.json.encode(ran.read_models))
