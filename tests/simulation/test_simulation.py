"""Sales in which everything goes wrong: nothing is found, a seed is one run, and a failing one becomes a story."""

import os
import subprocess
import sys

import pytest

from tests.simulation import chaos
from tests.simulation.judging import Outcome
from tests.simulation.mutants import MUTANTS
from tests.simulation.run import simulate
from tests.simulation.shrink import shrunk, story

STEPS = 300
SEEDS = range(1, 7)
KINDS = {*chaos.RATES, *(what for what, _ in chaos.STEP_RATES)}


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [simulate(seed, STEPS) for seed in SEEDS]


def test_nothing_is_found_whatever_goes_wrong(outcomes: list[Outcome]):
    assert [f"seed {each.seed}: {finding}" for each in outcomes for finding in each.findings] == []


def test_everything_goes_wrong(outcomes: list[Outcome]):
    """Otherwise the test above says little."""
    assert {strike.what for outcome in outcomes for strike in outcome.strikes} == KINDS
    assert sum(outcome.void for outcome in outcomes) > 100, "zombies must have written"
    assert sum(outcome.answered for outcome in outcomes) > 500, "callers must have been told"


def test_a_seed_is_one_run_also_in_another_process(outcomes: list[Outcome]):
    seed = SEEDS[-1]
    code = f"from tests.simulation.run import simulate; print(simulate({seed}, {STEPS}).digest)"
    for hash_seed in ("1", "2"):  # sets of strings have another order in each process
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = [sys.executable, "-c", code]
        done = subprocess.run(run, env=environment, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.splitlines()[-1] == outcomes[-1].digest
    assert simulate(seed, STEPS) == outcomes[-1]
    assert outcomes[-1].digest != outcomes[0].digest


def test_a_failing_run_becomes_a_short_story(monkeypatch: pytest.MonkeyPatch):
    MUTANTS["no_claim"].change(monkeypatch)
    failing = next(outcome for seed in SEEDS if (outcome := simulate(seed, 200)).findings)
    short = shrunk(failing)
    assert short.findings
    assert len(short.strikes) <= 5 < len(failing.strikes)
    assert str(short.findings[0]) in story(short)
