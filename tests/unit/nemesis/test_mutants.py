"""The table of mutants, and when one counts as found."""

import re
from pathlib import Path

import pytest

from scenarios.nemesis.result import FaultResult
from scenarios.nemesis.running import command_apis
from tests.mutants.__main__ import caught, kept_quiet
from tests.mutants.mutations import WhereExpected
from tests.mutants.table import MUTANTS, NAME, UNMUTATED, WRAPPER, unmutated
from write_side.domain.partition import Partition


def found(*violated: str, findings: tuple[str, ...] = ("a sentence",)) -> FaultResult:
    return FaultResult(
        fault="f", row=1, runs=1, violated=violated, evidence={}, recover_seconds=None, commands=1, findings=findings
    )


def test_a_mutant_counts_as_found_by_its_own_checkers_only():
    mutant = MUTANTS["wall_clock"]
    assert not caught("wall_clock", mutant, found()).caught
    assert not caught("wall_clock", mutant, found("I6", "evidence")).caught
    assert caught("wall_clock", mutant, found("I4", "I6")).caught


def test_a_mutant_counts_as_found_by_all_of_its_checkers_only():
    mutant = MUTANTS["seat_keyed_deduplication"]
    assert not caught("m", mutant, found("I4")).caught
    assert caught("m", mutant, found("I3", "I4")).found_by == ("I3", "I4")


def test_where_chance_decides_either_harm_counts():
    mutant = MUTANTS["no_claim"]
    assert caught("no_claim", mutant, found("I3", "log", "replay")).caught
    assert caught("no_claim", mutant, found("I11", "I12", "unanswered")).caught
    assert not caught("no_claim", mutant, found("I11", "I3", "log")).caught


def test_a_mutant_counts_as_found_by_what_is_said_of_it_only():
    mutant = MUTANTS["answer_before_append"]
    assert not caught("m", mutant, found("answers", findings=("answers: without a receipt",))).caught
    assert caught("m", mutant, found("answers", findings=("answers: names no event (I2)",))).caught


def test_without_its_fault_nothing_may_be_found_and_it_must_have_bitten():
    mutant = unmutated(MUTANTS["wall_clock"])
    assert kept_quiet("wall_clock", mutant, found()).caught
    assert not kept_quiet("wall_clock", mutant, found("I6")).caught
    assert not kept_quiet("wall_clock", mutant, found("evidence")).caught
    wrapped = [extra for extra in mutant.fault.wishes.extra if extra.module == WRAPPER]
    assert all(extra.environment == {NAME: "wall_clock", UNMUTATED: "1"} for extra in wrapped)


def test_each_mutant_takes_the_place_of_its_kind_or_stands_beside_it():
    for name, mutant in MUTANTS.items():
        wishes = mutant.fault.wishes
        running = [*wishes.services, *(extra.name for extra in wishes.extra)]
        assert {"decider", "projector", "command-api", "command-api-2", "query-api"} <= set(running), name
        assert len(set(running)) == len(running), name
        assert {extra.kind for extra in wishes.extra if extra.module == WRAPPER} == {mutant.kind}
        assert len(command_apis(mutant.fault)) == 2, name


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


def test_the_table_in_the_documents_has_every_mutant_and_who_finds_it():
    text = (Path(__file__).parents[3] / "docs" / "simulation.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` .* \| (.*) \|$", text, re.MULTILINE))
    assert rows.keys() == MUTANTS.keys()
    for name, found_by in rows.items():
        first, _, other = found_by.partition("; or nobody decides any more: ")
        named = {each.partition(":")[0] for each in first.split(", ")}
        assert named == MUTANTS[name].caught_by, name
        assert (set(other.split(", ")) if other else None) == MUTANTS[name].or_by, name
