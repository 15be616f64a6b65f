"""The table of mutants, and when one counts as found."""

import pytest

from scenarios.nemesis.result import FaultResult
from tests.mutants.__main__ import caught
from tests.mutants.mutations import WhereExpected
from tests.mutants.table import MUTANTS, NAME, WRAPPER
from write_side.domain.partition import Partition


def found(*violated: str) -> FaultResult:
    return FaultResult(
        fault="f", row=1, runs=1, violated=violated, evidence={}, recover_seconds=None, commands=1, findings=()
    )


def test_a_mutant_counts_as_found_by_its_own_checkers_only():
    mutant = MUTANTS["wall_clock"]
    assert not caught("wall_clock", mutant, found()).caught
    assert not caught("wall_clock", mutant, found("I6", "evidence")).caught
    assert caught("wall_clock", mutant, found("I4", "I6")).found_by == ("I4",)


def test_each_mutant_is_run_in_some_process_and_told_its_name():
    for name, mutant in MUTANTS.items():
        wrapped = [extra for extra in mutant.fault.wishes.extra if extra.module == WRAPPER]
        assert wrapped, name
        assert all(extra.environment[NAME] == name for extra in wrapped)


def test_an_offset_that_is_always_the_one_expected():
    assert WhereExpected(3) == 7
    assert not WhereExpected(3) != 7  # noqa: SIM202 - both are asked


def test_what_is_mutated_is_there(monkeypatch: pytest.MonkeyPatch):
    """A mutation of something that has another name by now would show nothing."""
    decide = Partition.decide
    for mutant in MUTANTS.values():
        mutant.mutate(monkeypatch)
    assert Partition.decide is not decide
    monkeypatch.undo()
    assert Partition.decide is decide
