"""Whatever befalls the events of a partition: what a repair leaves is a log that all judges take."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import DecodeError, decode_log
from contracts.records import EventRecord
from read_side.replay.log_reader import Stored
from read_side.replay.repair.rebuilding import Unrepairable
from scenarios.history import stored_record
from scenarios.oracle.judge import judge_log
from tests.commands import hold_seats
from tests.log_writer import LogWriter, a_sale, rewritten
from tests.repairs import judged, repaired


def a_long_sale() -> LogWriter:
    """With void records of two kinds, and three claims."""
    log = a_sale()
    log.stray(log.events[10].value)
    log.do(("h7", hold_seats("A-2-4")))
    log.claim("decider-3")
    log.stray(log.events[-2].value)
    log.do(("h7", hold_seats("A-2-4")), ("h8", hold_seats("A-2-3")))
    return log


SALE = a_long_sale()
PLACES = st.integers(0, len(SALE.events) - 1)


@st.composite
def damages(draw: st.DrawFn) -> list[Stored]:
    """The events with bytes gone or changed in some records, and perhaps cut."""
    events = list(SALE.events)
    for place in draw(st.sets(PLACES, max_size=4)):
        value = bytearray(events[place].value)
        if draw(st.booleans()):
            value[draw(st.integers(0, len(value) - 1))] ^= draw(st.sampled_from([1, 2, 4, 8]))
        else:
            value = bytearray(b"gone")
        events[place] = events[place]._replace(value=bytes(value))
    end = draw(st.integers(1, len(events)) | st.just(len(events)))
    first = draw(st.just(0) | st.integers(0, end))
    return events[first:end]


@given(damages(), st.integers(0, len(SALE.commands)), st.data())
@settings(max_examples=150, deadline=None)
def test_a_repaired_log_is_whole(events: list[Stored], commands: int, data: st.DataObject):
    log = a_long_sale()
    log.events = events
    log.commands = log.commands[:commands]
    whole = commands == len(SALE.commands)
    if commands and data.draw(st.booleans()):
        place = data.draw(st.integers(0, commands - 1))
        value = bytearray(log.commands[place].value)
        value[data.draw(st.integers(0, len(value) - 1))] ^= 1
        log.commands = rewritten(log.commands, place, bytes(value))
        whole = False
    with TemporaryDirectory() as folder:
        try:
            plan, mended = asyncio.run(repaired(Path(folder), log))
        except Unrepairable as error:
            assert "of rules" in str(error)  # noqa: PT017 - a claim that says so is left alone
            return
    certificate = asyncio.run(judged(mended))
    assert certificate.verified, certificate.faults
    assert certificate.partitions[0].pending == 0
    answered = [one.source for one in map(_event, mended.events) if one is not None]
    assert len(answered) >= plan.restored
    if whole:
        stored_commands = [stored_record(0, *one) for one in mended.commands]
        assert judge_log(stored_commands, [stored_record(0, *one) for one in mended.events]) == []


def _event(stored: Stored) -> EventRecord | None:
    try:
        record = decode_log(stored.value)
    except DecodeError:
        return None
    return record if isinstance(record, EventRecord) else None
