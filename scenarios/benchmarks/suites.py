"""The benchmarks by name: which rows each measures, and how it is run."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from scenarios.benchmarks import deciding, domain_speed, piping, recovering
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row

Measure = Callable[[Pace], Iterator[Row]]


class Suite(NamedTuple):
    """What is measured together; any of `names` runs all of it."""

    names: tuple[str, ...]
    measure: Measure


def all_suites() -> tuple[Suite, ...]:
    """In the order in which they run: the quick ones first."""
    return (
        Suite(("decide_hold", "decide_and_record"), domain_speed.measure_deciding),
        Suite(("best_available",), domain_speed.measure_seating),
        Suite(("decider_1",), lambda pace: deciding.measure_decider(pace, 1)),
        Suite(("decider_8",), lambda pace: deciding.measure_decider(pace, 8)),
        Suite(("recovery", "recovery_cold_start"), recovering.measure_recovery),
        Suite(("command_to_event_p99", "command_to_event_p50"), piping.measure_piping),
    )


class NoSuchBenchmark(LookupError):
    """The message lists those that there are."""


def chosen(names: list[str]) -> tuple[Suite, ...]:
    """The suites that measure any of these rows; all for none. Raises NoSuchBenchmark."""
    suites = all_suites()
    known = [name for suite in suites for name in suite.names]
    for name in names:
        if name not in known:
            raise NoSuchBenchmark(f"no benchmark is called {name}: there are {', '.join(known)}")
    return tuple(suite for suite in suites if not names or set(names) & set(suite.names))
