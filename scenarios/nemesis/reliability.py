"""The faults' results as tables: row by row on a terminal, and as docs/reliability.md."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from scenarios.nemesis.outage import OutageResult
from scenarios.nemesis.result import FaultResult, seconds_for_people

FINDINGS_SHOWN: Final = 5
EVIDENCE_SHOWN: Final = 6
_HEAD: Final = """\
# Reliability

Every fault was injected into real processes while buyers bought over HTTP, and everything was checked afterwards: every
answer, both logs, the read models, two replays. This page is made by a command; its figures are of one machine:

```sh
python -m scenarios resilience --fault all --runs {runs} --json > faults.jsonl
python -m scenarios reliability faults.jsonl > docs/reliability.md
```

"Lasts" is from the first to the last harm. "Goes on" is the time from the last harm to the first new decision in every
partition and the first good read; it is "never" where partitions are meant to halt, until somebody has looked. The
evidence shows that the fault has bitten, with the least that each run showed; commands are of all runs together, times
the worst of them.

| # | fault | what is done | runs | lasts | commands | violated | evidence | goes on | longest wait |
|---:|---|---|---:|---:|---:|---|---|---:|---:|
"""


def print_result(result: FaultResult, console: Console) -> None:
    """One row as it ends, with what was found wrong below it."""
    mark = "[green]✓[/]" if result.passed else "[bold red]✗[/]"
    waited = f"longest wait {seconds_for_people(result.longest_pause_seconds):>8}"
    console.print(
        f"{mark} {result.row:>2}  {result.fault:<20} runs {result.runs}, commands {result.commands:>8,}"
        f"  goes on after {seconds_for_people(result.recover_seconds):>8}, {waited}  {_evidence(result)}",
        soft_wrap=True,
        highlight=False,
    )
    for sentence in result.findings[:FINDINGS_SHOWN]:
        console.print(f"        {sentence}", markup=False, highlight=False, soft_wrap=True)


def print_table(results: Sequence[FaultResult], console: Console) -> None:
    """All rows at the end."""
    table = Table("#", "fault", "runs", "commands", "violated", "goes on", "longest wait", "most waiting")
    for each in results:
        table.add_row(
            str(each.row),
            each.fault,
            str(each.runs),
            f"{each.commands:,}",
            ", ".join(each.violated) or "nothing",
            seconds_for_people(each.recover_seconds),
            seconds_for_people(each.longest_pause_seconds),
            f"{each.most_lag_commands:,}",
        )
    console.print(table)


def print_outage(result: OutageResult, console: Console) -> None:
    """Scenario 2 for people on a terminal."""
    table = Table("the deciders were away", f"{result.away_seconds:.1f} s")
    table.columns[1].justify = "right"
    at_once = "" if result.answered_at_once is None else f"{100 * result.answered_at_once:.1f} %"
    for name, figure in (
        *((f"uptime of {api}", f"{100 * share:.2f} %") for api, share in result.uptime.items()),
        ("commands answered within 1 s meanwhile, 202 included", at_once),
        ("202 told, p99 in ms", f"{result.told_202:,}, {result.queued_p99_ms}"),
        ("time to detect: every circuit open", seconds_for_people(result.detect_seconds)),
        ("first decision in every partition", seconds_for_people(result.first_decision_seconds)),
        ("time to recover: backlog worked off", seconds_for_people(result.recover_seconds)),
        ("every circuit closed", seconds_for_people(result.circuits_closed_seconds)),
        ("commands that waited in Kafka", f"{result.queued:,}"),
        ("lost", f"{result.lost:,}"),
        ("seats sold twice", f"{result.double:,}"),
        ("commands", f"{result.commands:,}"),
    ):
        table.add_row(name, figure)
    console.print(table)
    for sentence in result.findings:
        console.print(f"[bold red]✗[/] {sentence}", highlight=False, soft_wrap=True)
    console.print("[green]✓ everything held[/]" if result.passed else "[bold red]✗ something did not hold[/]")
    console.print(f"Report:  {result.report}", soft_wrap=True)


def as_document(results: Iterable[FaultResult], what: Mapping[str, str], evidence: Mapping[str, Sequence[str]]) -> str:
    """docs/reliability.md. `what` says what each fault does, `evidence` which counts show that it has bitten."""
    rows = sorted(results, key=lambda each: each.row)
    lines = [
        f"| {each.row} | {each.fault} | {what.get(each.fault, '')} | {each.runs} | {each.fault_seconds:.0f} s "
        f"| {each.commands:,} | {', '.join(each.violated) or 'nothing'} | {_told(each, evidence.get(each.fault, ()))} "
        f"| {seconds_for_people(each.recover_seconds)} | {seconds_for_people(each.longest_pause_seconds)} |"
        for each in rows
    ]
    return _HEAD.format(runs=max((each.runs for each in rows), default=1)) + "\n".join(lines) + "\n"


def _told(result: FaultResult, wanted: Sequence[str]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {result.evidence.get(name, 0):,}" for name in wanted)


def _evidence(result: FaultResult) -> str:
    shown = sorted(result.evidence.items(), key=lambda each: each[0])
    return ", ".join(f"{name} {count:,}" for name, count in shown[:EVIDENCE_SHOWN])
