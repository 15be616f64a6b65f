"""What the checkers find when the code of the protocol, of the command API or of the projector is at fault."""

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.mutants_of_readers import MUTANTS_OF_READERS
from tests.simulation.run import simulate

STEPS = 200
MOST_SEEDS = 10
EVERY = {**MUTANTS, **MUTANTS_OF_READERS}


@pytest.mark.parametrize("mutant", EVERY.values(), ids=EVERY)
def test_a_mutant_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch):
    """Within MOST_SEEDS * STEPS steps, by everything that it names."""
    mutant.change(monkeypatch)
    missed = set(mutant.found_by)
    for seed in range(1, 1 + MOST_SEEDS):
        missed -= {finding.invariant for finding in simulate(seed, STEPS).findings}
        if not missed:
            return
    pytest.fail(f"{mutant.change.__name__} was not found by {', '.join(missed)}")
