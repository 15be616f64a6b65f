"""`python -m tests.mutants`: faults in the code of real processes, each of which its checkers must find."""

from typing import Annotated

import msgspec
import typer

from scenarios.nemesis.result import FaultResult, not_injected, result_of
from scenarios.nemesis.running import Terms, run_fault
from scenarios.nemesis.scene import NemesisFailed
from scenarios.stack.failure import StackFailure
from tests.mutants.table import MUTANTS, Mutant, unmutated


class Caught(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `--json`: `found_by` is whatever was violated. `caught` is true if that is what must be: everything
    that the mutant names, or with `--unmutated` nothing."""

    mutant: str
    fault: str
    mutated: bool
    caught: bool
    found_by: tuple[str, ...]
    findings: tuple[str, ...]
    commands: int


def meet(name: str, mutant: Mutant, seed: int, *, mutated: bool) -> Caught:
    """Run it once. A run that could not take place is a finding of the nemesis, which no mutant must violate."""
    met = mutant if mutated else unmutated(mutant)
    try:
        result = result_of(met.fault, run_fault(met.fault, Terms(None, None, seed)))
    except (NemesisFailed, StackFailure) as failure:
        result = not_injected(met.fault, str(failure))
    return caught(name, met, result) if mutated else kept_quiet(name, met, result)


def caught(name: str, mutant: Mutant, result: FaultResult) -> Caught:
    """Whether all the right checkers complained, and of the right thing."""
    complaints = [each for each in result.findings if mutant.says in each]
    wanted = [each for each in (mutant.caught_by, mutant.or_by) if each is not None]
    well = bool(complaints) and any(each <= set(result.violated) for each in wanted)
    return _line(name, mutant, result, well, complaints)


def kept_quiet(name: str, mutant: Mutant, result: FaultResult) -> Caught:
    """Whether nobody complained, as the same run without the fault in the code must have it; and that it did bite."""
    return _line(name, mutant, result, not result.violated, result.findings, mutated=False)


def _line(
    name: str,
    mutant: Mutant,
    result: FaultResult,
    well: bool,
    findings: "list[str] | tuple[str, ...]",
    *,
    mutated: bool = True,
) -> Caught:
    return Caught(
        mutant=name,
        fault=mutant.fault.name,
        mutated=mutated,
        caught=well,
        found_by=result.violated,
        findings=tuple(findings[:3]),
        commands=result.commands,
    )


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"One of: {', '.join(MUTANTS)}; may be given again.")] = None,
    without: Annotated[
        bool, typer.Option("--unmutated", help="The same runs without the fault in the code: nothing may be found.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the load.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a mutant.")] = False,
) -> None:
    """Meet every mutant on real processes. Exit code 1 when one was not found, or something was without it."""
    well = True
    for name, mutant in MUTANTS.items():
        if only and name not in only:
            continue
        met = meet(name, mutant, seed, mutated=not without)
        well &= met.caught
        if as_json:
            typer.echo(msgspec.json.encode(met).decode())
        else:
            mark = "✓" if met.caught else "✗"
            what = f"{name} left out" if without else name
            typer.echo(f"{mark} {what:<28} under {met.fault:<20} found by {', '.join(met.found_by) or 'nobody'}")
            for sentence in met.findings:
                typer.echo(f"      {sentence}")
    if not well:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
