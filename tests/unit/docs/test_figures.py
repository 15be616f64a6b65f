"""README's table of benchmarks has every bar of the code, and documents name benchmarks that there are."""

import re

import pytest

from scenarios.benchmarks.rows import BARS
from scenarios.benchmarks.suites import all_suites
from tests.documents import DOCUMENTS, PROJECT, chapter, rows

README = (PROJECT / "README.md").read_text(encoding="utf-8")
_ONLY = re.compile(r"(?<!stack up )--only ([a-z]\w*)")


def wrong_bars(text: str) -> list[str]:
    told = {cells[0].strip("`"): cells[2] for cells in rows(chapter(text, "Benchmarks"))}
    wanted = {name: bar.text() for name, bar in BARS.items()} | {"rebuild": "none"}
    return sorted(name for name in told.keys() | wanted.keys() if told.get(name) != wanted.get(name))


def unknown_benchmarks(text: str) -> list[str]:
    known = {name for suite in all_suites() for name in suite.names}
    return sorted(set(_ONLY.findall(text)) - known)


def test_the_bars_are_those_of_the_code():
    assert wrong_bars(README) == []


def test_a_bar_that_is_not_so_is_found():
    assert wrong_bars(README.replace("ratio ≥ 2.5", "ratio ≥ 2")) == ["decider_8"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_benchmarks_that_are_named_can_be_run(document):
    assert unknown_benchmarks(document.read_text(encoding="utf-8")) == []


def test_a_benchmark_that_is_not_there_is_found():
    assert unknown_benchmarks("`python -m scenarios bench --only decider_1 --only guess`") == ["guess"]
