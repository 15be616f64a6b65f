"""`python -m tests.simulation`: many simulated sales, a new seed each, until so many steps or seconds are over."""

import gc
import json
import time
from itertools import count
from secrets import randbelow
from typing import Annotated, Final

import typer

from tests.simulation.quiet import be_quiet
from tests.simulation.run import simulate
from tests.simulation.shrink import FINDINGS_TOLD, shrunk, story

STEPS_A_SALE: Final = 300
STEPS_IN_ALL: Final = 30_000
SEEDS: Final = 2**32
GARBAGE: Final = 50_000
"""Collecting it as often as Python does by itself costs a tenth of the time."""
TOLD_EVERY_SECONDS: Final = 30.0


class _Tally:
    """What the runs so far came to."""

    def __init__(self, first_seed: int) -> None:
        self.first_seed = first_seed
        self.began = self._told = time.monotonic()
        self.steps = self.faults = self.findings = 0

    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.began

    def report(self) -> str:
        """One JSON object."""
        fields = {"seed": self.first_seed, "steps": self.steps, "faults": self.faults}
        return json.dumps({**fields, "seconds": round(self.seconds(), 2), "findings": self.findings})

    def tell_now_and_then(self) -> None:
        """Progress, on stderr."""
        if time.monotonic() - self._told >= TOLD_EVERY_SECONDS:
            self._told = time.monotonic()
            rate = self.faults / self.seconds()
            typer.echo(f"{self.seconds():.0f} s: {self.steps:,} steps, {self.faults:,} faults, {rate:,.0f}/s", err=True)


def main(
    seed: Annotated[
        int | None, typer.Option(help="Of the first sale; the next has the next. Drawn if left out.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help=f"Requests and command records in all, {STEPS_IN_ALL:,} if left out.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after this time, whatever the steps.")] = None,
) -> None:
    """Simulate sales in which processes die, stand still and lose their answers, and judge what they leave.

    A sale with findings is told as a short story, and the exit code is 1. The last line is one JSON object.
    """
    be_quiet()
    gc.set_threshold(GARBAGE)
    tally = _Tally(randbelow(SEEDS) if seed is None else seed)
    typer.echo(f"First seed: {tally.first_seed}", err=True)
    most_steps = steps or (STEPS_IN_ALL if seconds is None else None)
    for number in count():
        size = STEPS_A_SALE if most_steps is None else min(STEPS_A_SALE, most_steps - tally.steps)
        outcome = simulate(tally.first_seed + number, size)
        tally.steps += size
        tally.faults += len(outcome.strikes)
        tally.findings += len(outcome.findings)
        if outcome.findings:
            again = f"python -m tests.simulation --seed {outcome.seed} --steps {size}"
            found = "\n".join(map(str, outcome.findings[:FINDINGS_TOLD]))
            typer.echo(f"Seed {outcome.seed} fails ({again}):\n{found}\nLooking for a shorter story", err=True)
            typer.echo(story(shrunk(outcome)), err=True)
            break
        if (most_steps is not None and tally.steps >= most_steps) or (seconds and tally.seconds() >= seconds):
            break
        tally.tell_now_and_then()
    typer.echo(tally.report())
    raise typer.Exit(1 if tally.findings else 0)


if __name__ == "__main__":
    typer.run(main)
