"""I8: replaying the same log twice gives the same bytes; a replay that depends on anything else is found."""

from itertools import count

import pytest

from contracts.limits import HOUR_MS
from read_side.replay import state
from scenarios.nemesis.aftermath import replay_twice
from tests.commands import hold_seats, schedule_show
from tests.log_in_memory import LogInMemory
from tests.log_writer import LogWriter


@pytest.fixture
def log() -> LogInMemory:
    """A show with seats that are held."""
    written = LogWriter()
    written.do(("show-1", schedule_show()))
    written.do(("h1", hold_seats("A-1-1", "A-1-2")))
    return LogInMemory(written)


async def test_a_replay_gives_the_same_bytes_each_time(log: LogInMemory):
    replayed = await replay_twice(log)
    assert (replayed.faults, replayed.first) == ((), replayed.second)


async def test_a_replay_that_looks_at_the_clock_is_found(log: LogInMemory, monkeypatch: pytest.MonkeyPatch):
    picture, clock = state.picture, count(1_000, HOUR_MS)
    monkeypatch.setattr(state, "picture", lambda show, _: picture(show, next(clock)))
    replayed = await replay_twice(log)
    assert replayed.first != replayed.second
