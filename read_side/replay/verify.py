"""Both topics from the first record to the end, everything judged again, and a certificate of it."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Final

from contracts.records import RULES, receipt
from contracts.topics import COMMANDS, EVENTS
from read_side.replay.audit import PartitionAudit, Receipts
from read_side.replay.certificate import Certificate, PartitionReport, ShowHead, count_seats, hash_of_heads
from read_side.replay.faults import LOG, Broken, Fault
from read_side.replay.log_reader import Damaged, Log, Stored
from read_side.replay.receipts import ReceiptsByPlace

_STEP: Final = 1_000
"""Events judged between two looks at the progress."""
Progress = Callable[[int], None]
"""Called with the number of records of the event log that were judged since the last call."""


async def verify(
    log: Log,
    numbers: Sequence[int],
    receipts: ReceiptsByPlace,
    progress: Progress,
    repair_key: bytes | None = None,
) -> Certificate:
    """Judge these partitions one after the other; with a key, the notes of repairs too.

    Raises Unreadable when Kafka goes away.
    """
    started = time.perf_counter()
    faults: list[Fault] = []
    reports: list[PartitionReport] = []
    shows: list[ShowHead] = []
    for number in numbers:
        begin = partial(PartitionAudit, number, log.partitions, receipts.get(number, {}), repair_key)
        try:
            audit = await _audited(log, begin(), progress)
        except Damaged as damage:
            faults.append(damage.fault)
            async with log.without_checksums():  # judged as it stands, the very record can be named
                audit = await _audited(log, begin(), progress)
        faults += audit.faults
        reports.append(_report(log, number, audit))
        shows += _heads(number, audit)
    faults += _receipts_from_nowhere(log, receipts)
    seconds = time.perf_counter() - started
    events = sum(report.valid + report.void + report.claims for report in reports)
    checked = sum(len(receipts.get(number, {})) for number in numbers)
    heads = tuple(sorted(shows, key=lambda show: show.show_id))
    return Certificate(
        verified=not faults,
        faults=tuple(faults),
        heads_sha256=hash_of_heads(heads),
        software_rules=RULES,
        kafka=log.bootstrap,
        partitions=tuple(reports),
        shows=heads,
        receipts_checked=checked,
        receipts_skipped=sum(map(len, receipts.values())) - checked,
        events=events,
        seconds=round(seconds, 3),
        events_per_second=round(events / seconds, 1),
    )


async def _audited(log: Log, audit: PartitionAudit, progress: Progress) -> PartitionAudit:
    """A partition judged as far as that goes. Raises Damaged."""
    try:
        await _judge(log, audit.partition.number, audit, progress)
    except Damaged:
        raise
    except Broken as error:
        audit.settle()
        audit.faults.append(error.fault)
    return audit


async def _judge(log: Log, number: int, audit: PartitionAudit, progress: Progress) -> None:
    for topic in (COMMANDS, EVENTS):
        first = log.extent(topic, number).first
        if first:
            what = f"the topic begins at offset {first}: the records before it were deleted"
            raise Broken(Fault(topic=topic, partition=number, offset=first, breaks=LOG, what=what))
    log.turn_to(number, COMMANDS, EVENTS)
    commands = log.batches(COMMANDS, number)
    async for batch in log.batches(EVENTS, number):
        for start in range(0, len(batch), _STEP):
            events = batch[start : start + _STEP]
            await _have_commands(audit, commands, audit.commands_wanted(len(events)))
            audit.add_events(events)
            progress(len(events))
    await _have_commands(audit, commands, log.extent(COMMANDS, number).end)
    audit.finish()


async def _have_commands(audit: PartitionAudit, commands: AsyncIterator[list[Stored]], wanted: int) -> None:
    while audit.commands_end < wanted:
        batch = await anext(commands, None)
        if batch is None:
            return
        audit.add_commands(batch)


def _report(log: Log, number: int, audit: PartitionAudit) -> PartitionReport:
    cursor = audit.partition.cursor
    return PartitionReport(
        partition=number,
        events_end=log.extent(EVENTS, number).end,
        commands_end=log.extent(COMMANDS, number).end,
        claims=audit.claims,
        valid=cursor.valid,
        void=cursor.void,
        pending=audit.pending,
        rules=tuple(sorted(audit.rules)),
        repair=None if audit.repaired is None else audit.repaired.report(),
    )


def _heads(number: int, audit: PartitionAudit) -> list[ShowHead]:
    heads = []
    for show in audit.partition.shows.values():
        if show.id in audit.newest:
            free, held, booked, blocked = count_seats(show.statuses)
            heads.append(
                ShowHead(
                    show_id=show.id,
                    partition=number,
                    version=show.version,
                    head=show.head,
                    receipt=receipt(number, audit.newest[show.id], show.head),
                    capacity=show.index.capacity,
                    free=free,
                    held=held,
                    booked=booked,
                    blocked=blocked,
                )
            )
    return heads


def _receipts_from_nowhere(log: Log, receipts: Mapping[int, Receipts]) -> list[Fault]:
    what = f"a receipt names it, but the log has {log.partitions} partitions"
    return [
        Fault(topic=EVENTS, partition=partition, offset=offset, breaks="I2", what=what)
        for partition, places in sorted(receipts.items())
        if partition >= log.partitions
        for offset in sorted(places)
    ]
