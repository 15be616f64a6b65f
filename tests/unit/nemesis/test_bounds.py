"""I12: a backlog while nothing is broken is found, and so is one at the end; one during the fault is none."""

from dataclasses import replace

from scenarios.nemesis.bounds import LAG_AT_REST, LAG_MOST, RECOVERY_SECONDS, check_bounds
from scenarios.nemesis.judging import judge_progress
from scenarios.nemesis.ran import Ran
from tests.commands import hold_seats, schedule_show
from tests.log_writer import LogWriter
from tests.told_history import told_history
from tests.unit.nemesis.runs import ran

WAIT_SECONDS = 3.0


def backlog(commands: int, *, decided: bool = True) -> Ran:
    """So many commands are sent at one moment, and decided WAIT_SECONDS later or never. The fault is long over."""
    log = LogWriter()
    log.do(("s", schedule_show(1)))
    sent = log.time / 1000
    for number in range(commands):
        log.send((f"h{number}", hold_seats("A-1-1")))
    log.time += int(WAIT_SECONDS * 1000)
    if decided:
        log.decide()
    over = log.time / 1000 + 1
    return ran(told_history(log), began=sent - 1, ended=sent - RECOVERY_SECONDS - 1, over=over)


def found(run: Ran) -> list[str]:
    return [finding.what for finding in check_bounds(run)]


def test_an_honest_run_keeps_within_its_bounds():
    assert found(ran()) == []
    assert found(backlog(LAG_MOST - 10)) == []


def test_too_many_that_wait_while_nothing_is_broken_are_found():
    run = backlog(LAG_MOST + 1)
    assert found(run) == [f"{LAG_MOST + 1} commands waited while nothing was broken"]
    assert [finding.invariant for finding in judge_progress(run)] == ["I12"]


def test_they_may_wait_during_the_fault_and_its_recovery():
    run = backlog(LAG_MOST + 1)
    assert found(replace(run, ended=run.over)) == []
    assert found(replace(run, ended=run.over - RECOVERY_SECONDS + 1)) == []


def test_whoever_waits_still_at_the_end_is_found():
    run = backlog(LAG_AT_REST + 1, decided=False)
    assert found(run) == [f"{LAG_AT_REST + 1} commands waited still at the end"]


def test_a_process_that_has_grown_too_large_is_found():
    assert found(ran(memory={"decider": 2 * 1024**3, "kafka": 2 * 1024**3})) == ["2,048 MiB of memory"]
