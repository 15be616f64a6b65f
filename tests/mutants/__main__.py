"""`python -m tests.mutants`: faults in the code of real processes, each of which some checker must find."""

from typing import Annotated

import msgspec
import typer

from scenarios.nemesis.result import FaultResult, not_injected, result_of
from scenarios.nemesis.running import Terms, run_fault
from scenarios.nemesis.scene import NemesisFailed
from scenarios.stack.failure import StackFailure
from tests.mutants.table import MUTANTS, Mutant


class Caught(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `--json`: `found_by` is what was violated of what the mutant must violate."""

    mutant: str
    fault: str
    caught: bool
    found_by: tuple[str, ...]
    findings: tuple[str, ...]
    commands: int


def meet(name: str, mutant: Mutant, seed: int = 1) -> Caught:
    """Run it once. Raises NemesisFailed and StackFailure."""
    result = result_of(mutant.fault, run_fault(mutant.fault, Terms(None, None, seed)))
    return caught(name, mutant, result)


def caught(name: str, mutant: Mutant, result: FaultResult) -> Caught:
    """Whether the right checkers complained."""
    found_by = tuple(sorted(mutant.caught_by & set(result.violated)))
    return Caught(
        mutant=name,
        fault=mutant.fault.name,
        caught=bool(found_by),
        found_by=found_by,
        findings=result.findings[:3],
        commands=result.commands,
    )


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"One of: {', '.join(MUTANTS)}; may be given again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a mutant.")] = False,
) -> None:
    """Meet every mutant on real processes. Exit code 1 when one was not found."""
    all_caught = True
    for name, mutant in MUTANTS.items():
        if only and name not in only:
            continue
        try:
            met = meet(name, mutant)
        except (NemesisFailed, StackFailure) as failure:
            met = caught(name, mutant, not_injected(mutant.fault, str(failure)))
        all_caught &= met.caught
        if as_json:
            typer.echo(msgspec.json.encode(met).decode())
        else:
            mark = "✓" if met.caught else "✗"
            typer.echo(f"{mark} {name:<22} under {met.fault:<20} found by {', '.join(met.found_by) or 'nobody'}")
            for sentence in met.findings:
                typer.echo(f"      {sentence}")
    if not all_caught:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
