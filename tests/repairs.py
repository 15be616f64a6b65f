"""Damaged logs, exported, repaired and judged, without Kafka."""

from collections.abc import Callable, Collection
from pathlib import Path

from contracts.records import record_hash
from read_side.replay.backup.exporting import ends_of, export_topics
from read_side.replay.backup.folder import EVERY_TOPIC, Export
from read_side.replay.backup.records import KeptRecord
from read_side.replay.certificate import Certificate
from read_side.replay.log_reader import Stored
from read_side.replay.receipts import ReceiptsByPlace
from read_side.replay.repair.repairing import PartitionPlan, Repair, Statement
from read_side.replay.verify import verify
from tests.log_in_memory import log_in_memory
from tests.log_writer import LogWriter, rewritten
from tests.topics_in_memory import recorded

KEY = b"k" * 32
STATEMENT = Statement("olga", "a disk lied", KEY)


Damage = Callable[[LogWriter], None]


def quietly(records: int) -> None:
    """No bar."""


async def exported(folder: Path, *logs: LogWriter) -> Export:
    """These partitions as an export."""
    topics = recorded(*logs)
    await export_topics(topics, await ends_of(topics, EVERY_TOPIC, None), folder, quietly)
    return Export(folder)


async def planned(folder: Path, log: LogWriter, receipts: ReceiptsByPlace | None = None) -> PartitionPlan:
    """What a repair would make of a log of one partition."""
    return Repair(await exported(folder, log), receipts or {}, {}, {}).plan(0, quietly)


async def repaired(
    folder: Path,
    log: LogWriter,
    strangers: dict[int, int] | None = None,
    statement: Statement = STATEMENT,
    claims: Collection[int] = (),
) -> tuple[PartitionPlan, LogWriter]:
    """The plan for a log of one partition, and the log that it makes."""
    repair = Repair(await exported(folder / "export", log), {}, strangers or {}, {0: claims})
    plan = repair.plan(0, quietly)
    repair.write(folder / "repaired", {0: plan}, statement, quietly)
    return plan, read_back(Export(folder / "repaired"))


def read_back(export: Export) -> LogWriter:
    """An export of one partition as the lists of a writer; its state is that of an empty log."""
    log = LogWriter()
    commands, events = (
        [_stored(record) for record in export.records(export.file(topic, 0))]
        for topic in ("booking.commands", "booking.events")
    )
    log.commands, log.events = commands, events
    return log


async def judged(log: LogWriter, key: bytes | None = KEY, receipts: ReceiptsByPlace | None = None) -> Certificate:
    """What `verify` says."""
    return await verify(log_in_memory(log), [0], receipts or {}, lambda _: None, key)


def receipts_of(log: LogWriter, counts: Callable[[Stored], bool] = lambda one: True) -> ReceiptsByPlace:
    """A receipt for every event record."""
    return {
        0: {
            one.offset: frozenset({record_hash(one.value)})
            for one in log.events
            if b'"claim":' in one.value and counts(one)
        }
    }


def _stored(record: KeptRecord) -> Stored:
    return Stored(record.offset, record.timestamp, record.value or b"")


def unreadable(*offsets: int) -> Damage:
    """The bytes of these event records are gone."""

    def damage(log: LogWriter) -> None:
        for offset in offsets:
            log.events = rewritten(log.events, offset, b"\x00 gone")

    return damage
