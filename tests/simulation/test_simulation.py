"""Sales in which everything goes wrong, and what the checkers find when the protocol's code is at fault."""

import pytest

from tests.simulation.mutants import MUTANTS
from tests.simulation.run import Outcome, simulate
from tests.simulation.shrink import shrunk, story

RECORDS = 300
SEEDS = range(1, 21)


def first_failing(seeds: range) -> Outcome | None:
    return next((outcome for seed in seeds if (outcome := simulate(seed, RECORDS)).findings), None)


def test_nothing_is_found_whatever_goes_wrong():
    outcomes = [simulate(seed, RECORDS) for seed in SEEDS]
    assert [str(finding) for outcome in outcomes for finding in outcome.findings] == []
    struck = {strike.what for outcome in outcomes for strike in outcome.strikes}
    assert struck == {
        "crash",
        "pause",
        "lost confirmation",
        "delayed append",
        "delivered again",
        "dropped on the way",
        "rebalance",
    }
    assert sum(outcome.void for outcome in outcomes) > 100, "zombies must have written, or nothing was tried"


def test_a_seed_is_one_run():
    assert simulate(7, RECORDS) == simulate(7, RECORDS)
    assert simulate(7, RECORDS).log != simulate(8, RECORDS).log


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_the_protocol_is_found(mutant: str, monkeypatch: pytest.MonkeyPatch):
    MUTANTS[mutant](monkeypatch)
    assert first_failing(SEEDS) is not None


def test_a_failing_run_becomes_a_short_story(monkeypatch: pytest.MonkeyPatch):
    MUTANTS["no_contiguity_check"](monkeypatch)
    failing = first_failing(SEEDS)
    assert failing is not None
    short = shrunk(failing, RECORDS)
    assert short.findings
    assert len(short.strikes) <= 5 < len(failing.strikes)
    assert short.strikes[0].what in story(short)
