import msgspec
import pytest
import typer
from typer.testing import CliRunner

from scenarios.benchmarks import console, suites
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.rows import BARS, row


@pytest.fixture
def call(monkeypatch):
    """Runs `bench` with these benchmarks instead of the real ones."""
    app = typer.Typer()
    app.command()(console.bench)

    def run(measured, *arguments):
        found = tuple(suites.Suite((name,), lambda pace, whole, rows=rows: rows()) for name, rows in measured.items())
        monkeypatch.setattr(suites, "all_suites", lambda: found)
        return CliRunner().invoke(app, arguments)

    return run


def fast():
    yield row("decide_hold", 200_000, "/s")


def slow():
    yield row("decide_hold", 50_000, "/s")


def broken():
    raise BenchmarkFailure("a hold was refused")
    yield


def test_json_is_one_object_a_line(call):
    done = call({"decide_hold": fast, "decider_1": slow}, "--json")
    assert done.exit_code == 0
    assert [msgspec.json.decode(line)["value"] for line in done.stdout.splitlines()] == [200_000, 50_000]


def test_a_table_says_which_bar_is_short(call):
    done = call({"decide_hold": slow})
    assert done.exit_code == 0
    assert "short" in done.stdout


def test_a_missed_bar_is_an_error_when_that_is_asked_for(call):
    assert call({"decide_hold": slow}, "--strict").exit_code == 1
    assert call({"decide_hold": fast}, "--strict").exit_code == 0


def test_only_what_is_named_is_measured(call):
    done = call({"decide_hold": fast, "decider_1": broken}, "--only", "decide_hold", "--json")
    assert done.exit_code == 0


def test_an_unknown_name_is_told_what_there_is(call):
    done = call({"decide_hold": fast}, "--only", "decide_everything")
    assert done.exit_code == 2
    assert "decide_hold" in done.output


def test_what_cannot_be_measured_ends_with_a_sentence(call):
    done = call({"decide_hold": broken})
    assert done.exit_code == 2
    assert "a hold was refused" in done.output


def test_a_quick_run_is_labelled(call):
    assert "no results" in call({"decide_hold": fast}, "--quick").stdout
    assert '"quick":true' in call({"decide_hold": fast}, "--quick", "--json").stdout


def test_every_bar_of_the_issue_has_a_benchmark_that_measures_it():
    measured = {name for suite in suites.all_suites() for name in suite.names}
    of_the_soak = {name for name in BARS if "memory" in name or "growth" in name}
    assert set(BARS) - of_the_soak <= measured
