"""A hold that ended before its time by a right clock is found, whoever's clock was wrong."""

import pytest
from msgspec.structs import replace

from scenarios.checkers.recorded import read_log
from scenarios.history import History
from scenarios.nemesis.clocks import TrueTimes, by_the_broker, by_the_decider, early_lapses
from tests.histories import HONEST, data, with_forged
from tests.unit.nemesis.test_judged_runs import ran

VALID = read_log(HONEST.events).valid
LAPSED = next(event for event in VALID if event.type == "hold-expired")
HELD = next(event for event in VALID if event.type == "seats-held" and event.data.hold_id == LAPSED.data.hold_id)


def told_by(history: History, clock: TrueTimes) -> list[str]:
    return [finding.where for finding in early_lapses(ran(history), clock)]


@pytest.mark.parametrize("clock", [by_the_broker, by_the_decider])
def test_holds_that_ended_in_time_are_no_finding(clock: TrueTimes) -> None:
    assert told_by(HONEST, clock) == []


@pytest.mark.parametrize("clock", [by_the_broker, by_the_decider])
def test_a_hold_that_was_to_last_longer_is_found(clock: TrueTimes) -> None:
    forged = with_forged(HONEST, HELD.offset, data(expires_at=HELD.time + 7_200_000))
    assert LAPSED.where in told_by(forged, clock)


def test_a_command_that_came_before_its_time_is_found_by_the_clock_that_was_right() -> None:
    """The broker's clock said that the hold was over; the decider's, that it was not."""
    early = [replace(each, timestamp=HELD.time + 1) if each.offset == LAPSED.offset else each for each in HONEST.events]
    assert told_by(replace(HONEST, events=tuple(early)), by_the_decider) == [LAPSED.where]
