"""What `timeline` tells of a show."""

import pytest
from rich.console import Console

from read_side.replay.faults import Broken
from read_side.replay.log_reader import Unreadable
from read_side.replay.timeline import print_timeline, timeline
from tests.commands import ORGANISER, hold_seats, schedule_show
from tests.log_in_memory import log_in_memory
from tests.log_writer import LogWriter, a_sale, rewritten


async def test_it_tells_every_valid_event_of_the_show_in_order():
    told = await timeline(log_in_memory(a_sale()), "hamlet", None, with_void=False)
    assert [event.version for event in told.events] == list(range(1, 16))
    assert [(event.who, event.type, event.seats, event.reason) for event in told.events[:5]] == [
        (ORGANISER, "show-scheduled", (), None),
        ("ann", "seats-held", ("A-1-1", "A-1-2"), None),
        ("bob", "hold-refused", ("A-1-2",), "seats_taken"),
        ("ann", "command-repeated", ("A-1-1", "A-1-2"), None),
        ("bob", "seats-held", ("A-1-3", "A-1-4"), None),
    ]
    assert told.events[2].detail == "A-1-2 held since 2"


async def test_a_seat_has_its_own_story():
    told = await timeline(log_in_memory(a_sale()), "hamlet", "A-1-3", with_void=False)
    assert [(event.type, event.who) for event in told.events] == [
        ("seats-held", "bob"),
        ("hold-expired", "the clock"),
        ("booking-refused", "bob"),
    ]


async def test_a_seat_that_nobody_wanted_has_no_story_and_one_that_is_not_there_is_said():
    log = log_in_memory(a_sale())
    assert (await timeline(log, "hamlet", "A-2-4", with_void=False)).events == ()
    with pytest.raises(Unreadable, match="hamlet has no seat Z-9"):
        await timeline(log, "hamlet", "Z-9", with_void=False)


async def test_a_lapsed_hold_that_another_ended_belongs_to_the_story_of_all_its_seats():
    log = LogWriter()
    log.do(("show-1", schedule_show()))
    log.do(("h1", hold_seats("A-1-1", "A-1-2", by="ann")))
    log.do(("h2", hold_seats("A-1-2", by="bob")), later_ms=700_000)
    told = await timeline(log_in_memory(log), "hamlet", "A-1-1", with_void=False)
    assert [event.version for event in told.events] == [2, 3]
    assert told.events[1].detail.endswith("ended the lapsed hold of ann")


async def test_void_records_are_told_on_request_only():
    log = a_sale()
    log.stray(log.events[2].value)
    assert len((await timeline(log_in_memory(log), "hamlet", None, with_void=False)).events) == 15
    told = await timeline(log_in_memory(log), "hamlet", None, with_void=True)
    assert [(event.offset, event.void) for event in told.events][-1] == (19, True)


async def test_the_pseudo_show_has_a_story_too():
    told = await timeline(log_in_memory(a_sale()), "~0", None, with_void=False)
    assert [event.type for event in told.events] == ["command-unreadable", "hold-refused"]


async def test_an_unknown_show_names_those_that_exist():
    with pytest.raises(Unreadable, match=r"no show othello in the log; there are hamlet\."):
        await timeline(log_in_memory(a_sale()), "othello", None, with_void=False)


async def test_of_many_shows_ten_are_named():
    log = LogWriter()
    for number in range(12):
        log.do((f"s{number}", schedule_show()), show_id=f"show-{number:02}")
    with pytest.raises(Unreadable, match=r"show-09 and 2 more\."):
        await timeline(log_in_memory(log), "othello", None, with_void=False)


async def test_a_log_fault_is_named():
    log = a_sale()
    log.events = rewritten(log.events, 4, b"{")
    with pytest.raises(Broken, match="offset 4"):
        await timeline(log_in_memory(log), "hamlet", None, with_void=False)


async def test_people_get_a_line_an_event(capsys: pytest.CaptureFixture[str]):
    log = a_sale()
    log.stray(log.events[2].value)
    print_timeline(await timeline(log_in_memory(log), "hamlet", "A-1-1", with_void=True), Console())
    lines = capsys.readouterr().out.splitlines()
    assert "v2" in lines[0]
    assert "ann  A-1-1, A-1-2" in lines[0]
    assert "VOID seats-held" in lines[-2]
    assert lines[-1].endswith("records of seat A-1-1 of hamlet, partition 0")
