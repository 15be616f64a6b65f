"""The benchmarks by name: which rows each measures, and how it is run."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from scenarios.benchmarks import (
    coming_back,
    deciding,
    domain_speed,
    over_http,
    overload,
    piping,
    rebuilding,
    recovering,
)
from scenarios.benchmarks.pace import Pace
from scenarios.benchmarks.rows import Row
from scenarios.benchmarks.whole_stack import WholeStack

Measure = Callable[[Pace, WholeStack], Iterator[Row]]


class Suite(NamedTuple):
    """What is measured together; any of `names` runs all of it."""

    names: tuple[str, ...]
    measure: Measure


def all_suites() -> tuple[Suite, ...]:
    """In the order in which they run: the quick ones first."""
    return (
        Suite(("decide_hold", "decide_and_record"), _alone(domain_speed.measure_deciding)),
        Suite(("best_available",), _alone(domain_speed.measure_seating)),
        Suite(("decider_1",), _alone(partial(deciding.measure_decider, per_record=1))),
        Suite(("decider_8",), _alone(partial(deciding.measure_decider, per_record=8))),
        Suite(("recovery", "recovery_cold_start"), _alone(recovering.measure_recovery)),
        Suite(
            ("restart_after_kill", "restart_after_stop", "planned_restart", "graceful_stop", "standby_takeover"),
            _alone(coming_back.measure_coming_back),
        ),
        Suite(("command_to_event_p99", "command_to_event_p50"), _alone(piping.measure_piping)),
        Suite(
            ("http_hold_peak", "http_hold_peak_p50", "http_hold_peak_p99", "projection_lag_p99", "projection_drained"),
            over_http.measure_peak,
        ),
        Suite(("http_hold_paced_p99", "http_hold_paced_p50"), over_http.measure_paced),
        Suite(("seat_map", "seat_map_p99"), over_http.measure_seat_map),
        Suite(("overload", "overload_wrong_answers", "overload_back_to_normal"), overload.measure_overload),
        Suite(("rebuild",), _alone(rebuilding.measure_rebuild)),
    )


def _alone(measure: Callable[[Pace], Iterator[Row]]) -> Measure:
    """For a benchmark that starts what it needs itself."""
    return lambda pace, _: measure(pace)


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
