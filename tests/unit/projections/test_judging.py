"""Which records the projections take, and what they say of a log that is not the one they knew."""

import pytest

from contracts.event_log import LogFault
from projections.entry import Entry, Position
from projections.judging import Judge
from tests.log_writer import LogWriter, Stored, a_sale


def read(log: list[Stored], position: Position) -> tuple[Position | None, list[Entry]]:
    entries: list[Entry] = []
    judge = Judge(0, position)
    return judge.take(log[judge.next_offset :], entries), entries


def after(log: LogWriter, count: int) -> Position:
    position, _ = read(log.events[:count], Position())
    assert position is not None
    return position


def test_reading_goes_on_after_the_checkpoint():
    log = a_sale()
    position, entries = read(log.events, after(log, 5))
    whole, all_entries = read(log.events, Position())
    assert position == whole
    assert [entry.offset for entry in entries] == [entry.offset for entry in all_entries if entry.offset >= 5]


def test_nothing_new_is_no_new_position():
    log = a_sale()
    assert read(log.events, after(log, len(log.events))) == (None, [])


def test_void_records_move_the_position_only():
    log = LogWriter()
    log.claim("another")
    log.stray(a_sale().events[1].value)
    position, entries = read(log.events, Position())
    assert entries == []
    assert position is not None
    assert (position.offset, position.claim, position.next_command) == (2, 1, (0, 0))


@pytest.mark.parametrize("offset", [3, 4])
def test_another_record_at_the_checkpoint_is_a_log_fault(offset: int):
    log = a_sale()
    position = after(log, offset + 1)
    log.events[offset] = log.events[offset]._replace(value=log.events[offset].value + b" ")
    with pytest.raises(LogFault, match=f"partition 0 at offset {offset}: this record is not the one"):
        read(log.events, position)


def test_bytes_that_are_no_record_are_a_log_fault():
    log = a_sale()
    log.events[3] = log.events[3]._replace(value=b"\xff")
    with pytest.raises(LogFault, match="partition 0 at offset 3: no event record"):
        read(log.events, Position())


def test_a_gap_is_a_log_fault():
    log = a_sale()
    del log.events[3]
    with pytest.raises(LogFault, match="partition 0 at offset 4: offset 3 was expected"):
        read(log.events, Position())
