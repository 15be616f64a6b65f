"""What `state` shows of a show."""

import pytest
from rich.console import Console

from read_side.replay.faults import Broken
from read_side.replay.log_reader import Unreadable
from read_side.replay.seat_picture import print_picture
from read_side.replay.state import Moment, Picture, read_moment, state
from tests.commands import hold_seats, schedule_show
from tests.log_in_memory import log_in_memory
from tests.log_writer import LogWriter, a_sale, rewritten

LONG_AFTER = 10**10


async def seen(log: LogWriter, moment: Moment, now: int = 0) -> Picture:
    return await state(log_in_memory(log), "hamlet", moment, now)


def rows(picture: Picture) -> list[str]:
    return [row.seats for section in picture.sections for row in section.rows]


@pytest.mark.parametrize(
    ("version", "drawn"),
    [
        (1, ["....", "...."]),
        (2, ["hh..", "...."]),
        (4, ["hh..", "...."]),
        (5, ["hhhh", "...."]),
        (6, ["BBhh", "...."]),
        (9, ["BB..", "h..."]),
        (15, ["BB..", "B..."]),
    ],
)
async def test_each_version_has_its_picture(version: int, drawn: list[str]):
    picture = await seen(a_sale(), Moment(version=version))
    assert (rows(picture), picture.version) == (drawn, version)


async def test_a_moment_of_log_time_shows_what_was_known_then():
    log = a_sale()
    assert (await seen(log, Moment(time=1003))).version == 5
    assert (await seen(log, Moment(time=1002))).version == 4


async def test_a_lapsed_hold_is_free_before_anything_records_it():
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("h1", hold_seats("A-1-1", "A-1-2")))
    expires_at = log.time + 600_000
    held = await seen(log, Moment(time=expires_at - 1))
    lapsed = await seen(log, Moment(time=expires_at))
    assert (held.held, held.lapsed, held.free) == (2, 0, 6)
    assert (lapsed.held, lapsed.lapsed, lapsed.free) == (0, 2, 8)
    assert rows(lapsed) == ["....", "...."]


async def test_the_newest_state_counts_holds_by_the_clock():
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("h1", hold_seats("A-1-1")))
    assert (await seen(log, Moment())).held == 1
    assert (await seen(log, Moment(), LONG_AFTER)).held == 0


async def test_what_cannot_be_shown_is_one_sentence():
    for moment, says in (
        (Moment(version=16), "has 15 versions, not 16"),
        (Moment(time=500), "no show on sale at 1970-01-01T00:00:00.500Z"),
    ):
        with pytest.raises(Unreadable, match=says):
            await seen(a_sale(), moment)
    with pytest.raises(Unreadable, match="there are hamlet"):
        await state(log_in_memory(a_sale()), "othello", Moment(), 0)
    with pytest.raises(Unreadable, match="no partition 5"):
        await state(log_in_memory(a_sale()), "~5", Moment(), 0)


async def test_a_log_fault_is_named():
    log = a_sale()
    log.events = rewritten(log.events, 4, b"{}")
    with pytest.raises(Broken, match="offset 4"):
        await seen(log, Moment())
    assert (await seen(log, Moment(version=2))).version == 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7", Moment(version=7)),
        ("1970-01-01T01:00:01.5+01:00", Moment(time=1500)),
        ("1970-01-01T00:00:01Z", Moment(time=1000)),
    ],
)
def test_a_moment_is_a_version_or_a_time(text: str, moment: Moment):
    assert read_moment(text) == moment


@pytest.mark.parametrize("text", ["", "0", "-1", "tomorrow", "2026-11-22T20:00:00", "1e3"])
def test_anything_else_is_no_moment(text: str):
    with pytest.raises(Unreadable):
        read_moment(text)


async def test_people_get_a_map_with_a_legend(capsys: pytest.CaptureFixture[str]):
    print_picture(await seen(a_sale(), Moment(version=6)), Console())
    out = capsys.readouterr().out
    assert "Hamlet (hamlet) at version 6" in out
    assert "1    1 BBhh  gold" in out
    assert "· free 4   h held 2   B booked 2   x blocked 0   of 8" in out
