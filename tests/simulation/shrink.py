"""From a failing run to a short story: the fewest faults that are found with which it still fails."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

from tests.simulation.run import Outcome, simulate

MOST_RUNS: Final = 300


def shrunk(failing: Outcome, records: int) -> Outcome:
    """A run of the same seed with findings and as few faults as can be found in MOST_RUNS runs.

    Delta debugging (Zeller and Hildebrandt, 2002): leave out halves, then quarters, and so on.
    """
    best = failing
    runs = 0

    def fails(only: Collection[int]) -> bool:
        nonlocal best, runs
        runs += 1
        outcome = simulate(failing.seed, records, set(only))
        if outcome.findings and len(outcome.strikes) < len(best.strikes):
            best = outcome
        return bool(outcome.findings)

    _minimise([strike.number for strike in failing.strikes], fails, lambda: runs >= MOST_RUNS)
    return best


def _minimise(
    numbers: Sequence[int], fails: Callable[[Collection[int]], bool], tired: Callable[[], bool]
) -> Sequence[int]:
    pieces = 2
    while numbers and not tired():
        size = max(1, -(-len(numbers) // pieces))
        without = ([*numbers[:start], *numbers[start + size :]] for start in range(0, len(numbers), size))
        smaller = next((rest for rest in without if not tired() and fails(rest)), None)
        if smaller is not None:
            numbers, pieces = smaller, max(2, pieces - 1)
        elif size == 1:
            break
        else:
            pieces = min(len(numbers), pieces * 2)
    return numbers


def story(outcome: Outcome) -> str:
    """The faults in their order, and what came of them."""
    told = [f"Seed {outcome.seed}:", *map(str, outcome.strikes), "Then:", *map(str, outcome.findings[:10])]
    return "\n".join(told)
