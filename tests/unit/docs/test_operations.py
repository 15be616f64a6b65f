"""What docs/operations.md quotes is what the processes say: /readyz, logs, metrics, exit codes."""

import re
from importlib import import_module

import pytest
from prometheus_client import REGISTRY, CollectorRegistry

from projections.metrics import ProjectorMetrics
from read_side.api.metrics import QueryMetrics
from tests.documents import PROJECT, chapter, rows
from write_side.api.metrics import Metrics
from write_side.processor.process_end import EXIT_FAULT

OPERATIONS = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
ROOMS = {
    "decider": ("write_side/processor", "write_side/domain", "contracts"),
    "projector": ("projections", "contracts"),
    "command API": ("write_side/api", "contracts"),
    "query API": ("read_side/api", "read_side/queries"),
    "gateway": ("scenarios/stack",),
}


def source_of(process: str) -> str:
    rooms = ROOMS[process]
    text = "\n".join(path.read_text(encoding="utf-8") for room in rooms for path in (PROJECT / room).rglob("*.py"))
    return re.sub(r'"\s*\n\s*f?"', "", text)


def unsaid(text: str, heading: str) -> list[str]:
    """Quoted sentences that the code of their process does not contain."""
    findings = []
    for processes, sentences, *_ in rows(chapter(text, heading)):
        for process in processes.split(", "):
            source = source_of(process)
            for sentence in re.findall(r"`([^`]+)`", sentences):
                parts = [part for part in re.split(r"\bN\b", sentence) if part.strip(" :")]
                if not all(part.strip() in source for part in parts):
                    findings.append(f"{process} does not say: {sentence}")
    return findings


def metrics_of_the_code() -> set[str]:
    registry = CollectorRegistry()
    for kind in (Metrics, ProjectorMetrics, QueryMetrics):
        kind(registry)
    for module in ("write_side.processor.metrics", "scenarios.stack.gateway"):
        import_module(module)
    collected = [*registry.collect(), *REGISTRY.collect()]
    counters = {f"{each.name}_total" for each in collected if each.type == "counter"}
    return {
        name for name in {each.name for each in collected if each.type != "counter"} | counters if "seatlog_" in name
    }


def metrics_of(text: str) -> set[str]:
    return {cells[0].strip("`") for cells in rows(chapter(text, "Metrics worth a panel"))}


@pytest.mark.parametrize("heading", ["What `/readyz` says, and what to do", "Logs"])
def test_what_is_quoted_is_said(heading):
    assert unsaid(OPERATIONS, heading) == []


def test_what_a_halted_partition_says_is_said():
    source = source_of("decider")
    quotes = [
        quote
        for cells in rows(chapter(OPERATIONS, "A halted partition"))
        for quote in re.findall(r"`([^`]+)`", cells[0])
    ]
    assert len(quotes) == 7
    assert [quote for quote in quotes if quote not in source] == []


def test_every_metric_is_told_and_no_other():
    assert metrics_of(OPERATIONS) == metrics_of_the_code()


def test_the_exit_codes_are_those_of_the_code():
    codes = {(cells[0], int(cells[1])) for cells in rows(chapter(OPERATIONS, "Exit codes"))}
    projector = import_module("projections.__main__")._EXIT_CODES
    replay = import_module("read_side.replay.console")
    assert ("decider", EXIT_FAULT) in codes
    assert {code for who, code in codes if who in ("projector", "rebuild")} == set(dict(projector).values())
    assert {code for who, code in codes if who == "replay tool"} == {replay.FAULTY, replay.UNANSWERED}


@pytest.mark.parametrize(
    ("true", "false"),
    [("is not claimed yet", "is not yet claimed"), ("catching up: N records", "catching up with N records")],
)
def test_a_sentence_that_nobody_says_is_found(true, false):
    assert unsaid(OPERATIONS.replace(true, false), "What `/readyz` says, and what to do") != []


def test_a_metric_that_is_not_told_is_found():
    assert metrics_of(OPERATIONS.replace("`seatlog_claims_total`", "`seatlog_claims`")) != metrics_of_the_code()
