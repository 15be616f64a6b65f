"""`python -m tests.simulation`: many simulated sales, a new seed each, until so many steps or seconds are over."""

import json
import logging
import time
from itertools import count
from secrets import randbelow
from typing import Annotated, Final

import structlog
import typer

from tests.simulation.run import simulate
from tests.simulation.shrink import shrunk, story

RECORDS_A_SALE: Final = 300
SEEDS: Final = 2**32


def main(
    seed: Annotated[
        int | None, typer.Option(help="Of the first sale; the next has the next. Drawn if left out.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Command records in all.")] = 30_000,
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Stop after this time instead of after the steps.")
    ] = None,
) -> None:
    """Simulate sales in which processes die, stand still and lose their answers, and judge what they leave.

    A sale with findings is told as a short story, and the exit code is 1. The last line is one JSON object.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), processors=[_drop])
    first = randbelow(SEEDS) if seed is None else seed
    typer.echo(f"First seed: {first}", err=True)
    began, faults, findings, simulated = time.monotonic(), 0, 0, 0
    for number in count():
        outcome = simulate(first + number, RECORDS_A_SALE)
        faults += len(outcome.strikes)
        findings += len(outcome.findings)
        simulated += RECORDS_A_SALE
        took = time.monotonic() - began
        if outcome.findings:
            typer.echo(story(shrunk(outcome, RECORDS_A_SALE)), err=True)
        if outcome.findings or (simulated >= steps if seconds is None else took >= seconds):
            break
    typer.echo(
        json.dumps(
            {"seed": first, "steps": simulated, "faults": faults, "seconds": round(took, 2), "findings": findings}
        )
    )
    raise typer.Exit(1 if findings else 0)


def _drop(*_: object) -> dict[str, object]:
    """What the deciders say about thousands of faults helps nobody; the story does."""
    raise structlog.DropEvent


if __name__ == "__main__":
    typer.run(main)
