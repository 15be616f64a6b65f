"""The replay tool's audit of one partition, from lists."""

from collections.abc import Iterable

from read_side.replay.audit import PartitionAudit, Receipts
from read_side.replay.faults import Broken, Fault
from read_side.replay.log_reader import Stored


def audited(
    commands: Iterable[Stored], events: Iterable[Stored], receipts: Receipts | None = None
) -> tuple[PartitionAudit, list[Fault]]:
    """The audit of these records, and all it found."""
    audit = PartitionAudit(0, 1, receipts or {})
    faults: list[Fault] = []
    try:
        audit.add_commands(commands)
        audit.add_events(events)
        audit.finish()
    except Broken as broken:
        audit.settle()
        faults.append(broken.fault)
    return audit, [*faults, *audit.faults]
