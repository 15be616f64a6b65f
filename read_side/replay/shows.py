"""One show's records out of the log, and what to say when there is no such show."""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from contracts.codec import DecodeError, decode_log
from contracts.event_log import LogCursor, LogFault
from contracts.records import EventRecord
from contracts.topics import EVENTS, partition_of
from read_side.replay.faults import LOG, Broken, Fault
from read_side.replay.log_reader import Log, Unreadable

_NAMES_TOLD: Final = 10


class Found(NamedTuple):
    """An event record of the show, and whether the fold takes it."""

    offset: int
    record: EventRecord
    valid: bool
    value: bytes


def partition_of_show(log: Log, show_id: str) -> int:
    """Where a show's records are; `~N` is the pseudo-show of partition N. Raises Unreadable for a partition too far."""
    if show_id.startswith("~") and show_id[1:].isdecimal():
        if int(show_id[1:]) >= log.partitions:
            raise Unreadable(f"There is no partition {show_id[1:]}: the log has 0 to {log.partitions - 1}.")
        return int(show_id[1:])
    return partition_of(show_id, log.partitions)


async def records_of_show(log: Log, show_id: str) -> AsyncIterator[Found]:
    """The event records of a show in log order, void ones too. Raises Broken at a log fault, and Unreadable."""
    number = partition_of_show(log, show_id)
    cursor = LogCursor(number)
    log.turn_to(number, EVENTS)
    async for batch in log.batches(EVENTS, number):
        for offset, _, value in batch:
            try:
                record = decode_log(value)
                valid = cursor.accept(offset, record)
            except (LogFault, DecodeError) as error:
                what = error.what if isinstance(error, LogFault) else str(error)
                raise Broken(Fault(topic=EVENTS, partition=number, offset=offset, breaks=LOG, what=what)) from error
            if isinstance(record, EventRecord) and record.show_id == show_id:
                yield Found(offset, record, valid, value)


async def no_such_show(log: Log, show_id: str) -> Unreadable:
    """The sentence for a show that has no records: it names up to ten that do."""
    names: set[str] = set()
    for number in range(log.partitions):
        log.turn_to(number, EVENTS)
        async for batch in log.batches(EVENTS, number):
            for _, _, value in batch:
                try:
                    record = decode_log(value)
                except DecodeError:
                    continue  # `verify` is the one to complain; here it is only about names
                if isinstance(record, EventRecord) and record.type == "show-scheduled":
                    names.add(record.show_id)
    told = ", ".join(sorted(names)[:_NAMES_TOLD])
    if not names:
        return Unreadable(f"There is no show {show_id} in the log, nor any other.")
    more = f" and {len(names) - _NAMES_TOLD} more" if len(names) > _NAMES_TOLD else ""
    return Unreadable(f"There is no show {show_id} in the log; there are {told}{more}.")
