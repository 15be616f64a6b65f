"""From a failing run to a short story: the fewest faults that are found with which it still fails."""

import time
from collections.abc import Callable, Collection, Sequence
from typing import Final

from tests.simulation.chaos import Place
from tests.simulation.judging import Outcome
from tests.simulation.run import simulate

MOST_RUNS: Final = 300
PATIENCE_SECONDS: Final = 120.0
_PARTS: Final = (12, 6, 3, 2)
FINDINGS_TOLD: Final = 10


def shrunk(failing: Outcome, patience_seconds: float = PATIENCE_SECONDS) -> Outcome:
    """A run of the same seed with findings, shorter and with as few faults as can be found in this time.

    First fewer steps, then delta debugging (Zeller and Hildebrandt, 2002): leave out halves of the faults, then
    quarters, and so on. Only what was found before counts as failing, so that it stays one story.
    """
    deadline = time.monotonic() + patience_seconds
    wanted = {finding.invariant for finding in failing.findings}
    best, runs = failing, 0

    def try_run(steps: int, only: Collection[Place] | None) -> bool:
        nonlocal best, runs
        runs += 1
        outcome = simulate(failing.seed, steps, only)
        fails = any(finding.invariant in wanted for finding in outcome.findings)
        if fails and len(outcome.strikes) < len(best.strikes):
            best = outcome
        return fails

    def tired() -> bool:
        return runs >= MOST_RUNS or time.monotonic() > deadline

    for parts in _PARTS:
        if failing.steps >= parts and not tired() and try_run(failing.steps // parts, None):
            break
    steps = best.steps
    _minimise([strike.place for strike in best.strikes], lambda only: try_run(steps, set(only)), tired)
    return best


def _minimise(
    places: Sequence[Place], fails: Callable[[Collection[Place]], bool], tired: Callable[[], bool]
) -> Sequence[Place]:
    pieces = 2
    while places and not tired():
        size = max(1, -(-len(places) // pieces))
        without = ([*places[:start], *places[start + size :]] for start in range(0, len(places), size))
        smaller = next((rest for rest in without if not tired() and fails(rest)), None)
        if smaller is not None:
            places, pieces = smaller, max(2, pieces - 1)
        elif size == 1:
            break
        else:
            pieces = min(len(places), pieces * 2)
    return places


def story(outcome: Outcome) -> str:
    """The faults in their order, and what came of them."""
    findings = outcome.findings[:FINDINGS_TOLD]
    told = [f"Seed {outcome.seed}, {outcome.steps} steps:", *map(str, outcome.strikes), "Then:", *map(str, findings)]
    return "\n".join(told)
