"""A show as it was: its seats at a version, or at a moment of log time."""

from copy import copy
from datetime import datetime
from typing import NamedTuple

import msgspec

from contracts.codec import DecodeError, decode_log
from contracts.event_log import LogCursor, LogFault
from contracts.limits import SECOND_MS
from contracts.records import EventRecord, Instant, rfc3339
from contracts.topics import EVENTS
from read_side.replay.certificate import count_seats
from read_side.replay.faults import LOG, Broken, Fault
from read_side.replay.log_reader import Log, Unreadable
from read_side.replay.shows import no_such_show, partition_of_show
from write_side.domain.partition import Partition
from write_side.domain.show import Show, open_statuses

SIGNS = ".hBx"
"""One character a status, in the order of contracts/seat_plans.py: free, held, booked, blocked."""


class RowPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A row: `seats` has one character of SIGNS a seat, from number `first` on."""

    name: str
    first: int
    category: str
    seats: str


class SectionPicture(msgspec.Struct, frozen=True, kw_only=True):
    """Rows from the stage backwards."""

    name: str
    rows: tuple[RowPicture, ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """The whole house at one version; `lapsed` counts seats shown as free whose hold nothing has ended yet."""

    show_id: str
    title: str
    version: int
    at: str
    capacity: int
    free: int
    held: int
    booked: int
    blocked: int
    lapsed: int
    signs: str
    sections: tuple[SectionPicture, ...]


class Moment(NamedTuple):
    """Up to which version, or up to which time (milliseconds); one of the two, or neither for the newest."""

    version: int | None = None
    time: Instant | None = None


def read_moment(text: str) -> Moment:
    """A version number, or an RFC 3339 time with its offset. Raises Unreadable."""
    if text.isdecimal():
        if int(text) < 1:
            raise Unreadable("Versions begin at 1.")
        return Moment(version=int(text))
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"{text!r} is neither a version number nor a time such as 2026-11-22T20:15:00Z.") from error
    if time.tzinfo is None:
        raise Unreadable(f"{text!r} does not say its offset from UTC: add Z, or one such as +01:00.")
    return Moment(time=round(time.timestamp() * SECOND_MS))


async def state(log: Log, show_id: str, moment: Moment, now: Instant) -> Picture:
    """The show at that moment; `now` counts for holds where the newest is asked for. Raises Unreadable and Broken."""
    partition = Partition(partition_of_show(log, show_id), log.partitions)
    found = await _fold(log, partition, show_id, moment)
    show = partition.shows.get(show_id)
    if not found:
        raise await no_such_show(log, show_id)
    if show is None or show.terms is None:
        when = f" at {rfc3339(moment.time)}" if moment.time is not None else ""
        raise Unreadable(f"{show_id} was no show on sale{when}.")
    if moment.version is not None and show.version < moment.version:
        raise Unreadable(f"The show {show_id} has {show.version} versions, not {moment.version}.")
    at = show.time if moment.version is not None else moment.time
    return picture(show, max(now, show.time) if at is None else at)


async def _fold(log: Log, partition: Partition, show_id: str, moment: Moment) -> bool:
    """Fold the show's partition up to the moment; gives whether the show has any valid record at all."""
    found = False
    log.turn_to(partition.number, EVENTS)
    async for batch in log.batches(EVENTS, partition.number):
        for offset, _, value in batch:
            show = partition.shows.get(show_id)
            if show is not None and show.version == moment.version:
                return True
            try:
                if moment.time is not None and _is_later(partition.cursor, offset, value, show_id, moment.time):
                    return True
                record, event = partition.fold(offset, value)
            except (LogFault, DecodeError) as error:
                what = error.what if isinstance(error, LogFault) else str(error)
                where = Fault(topic=EVENTS, partition=partition.number, offset=offset, breaks=LOG, what=what)
                raise Broken(where) from error
            if isinstance(record, EventRecord) and record.show_id == show_id and event is not None:
                found = True
    return found


def _is_later(cursor: LogCursor, offset: int, value: bytes, show_id: str, time: Instant) -> bool:
    """Whether this record is the show's first valid one after a time. Raises LogFault and DecodeError."""
    record = decode_log(value)
    if not isinstance(record, EventRecord) or record.show_id != show_id or record.time <= time:
        return False
    return copy(cursor).accept(offset, record)


def picture(show: Show, at: Instant) -> Picture:
    """The seats as a buyer could count on them at this time: those of lapsed holds are free."""
    assert show.terms is not None
    statuses = open_statuses(show, at)
    free, held, booked, blocked = count_seats(statuses)
    return Picture(
        show_id=show.id,
        title=show.terms.title,
        version=show.version,
        at=rfc3339(at),
        capacity=show.index.capacity,
        free=free,
        held=held,
        booked=booked,
        blocked=blocked,
        lapsed=free - count_seats(show.statuses)[0],
        signs=SIGNS,
        sections=tuple(
            SectionPicture(
                name=section.name,
                rows=tuple(
                    RowPicture(
                        name=row.row.name,
                        first=row.row.first,
                        category=row.row.category,
                        seats="".join(SIGNS[status] for status in statuses[row.start : row.stop]),
                    )
                    for row in section.rows
                ),
            )
            for section in show.index.sections
        ),
    )
