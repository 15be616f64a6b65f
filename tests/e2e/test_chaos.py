"""Some of the faults of `python -m scenarios resilience`, shortly: real processes hurt under load over HTTP, then every
checker. And a decider with a fault in its code, which they must find.

All faults, longer and five times each, are met by that command; all mutants by `python -m tests.mutants`.
"""

import pytest

from scenarios.faults import FAULTS
from scenarios.nemesis.result import FaultResult, result_of
from scenarios.nemesis.running import Terms, run_fault
from tests.mutants.__main__ import meet
from tests.mutants.table import MUTANTS


def met(name: str, seconds: float) -> FaultResult:
    return result_of(FAULTS[name], run_fault(FAULTS[name], Terms(None, seconds, seed=1)))


@pytest.mark.parametrize(("name", "seconds"), [("kill-decider", 5.0), ("pause-decider", 1.0), ("kill-broker", 1.0)])
def test_nothing_is_lost_and_everything_holds(name: str, seconds: float):
    result = met(name, seconds)
    assert result.findings == ()
    assert result.passed
    assert result.recover_seconds is not None


def test_a_mutant_is_found():
    assert meet("forgets_seats", MUTANTS["forgets_seats"], 1, mutated=True).caught
