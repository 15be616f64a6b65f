"""Faults in the protocol's code that the simulation must find. Each replaces one thing until the test is over."""

from collections.abc import Callable, Sequence
from typing import Final

import pytest

from contracts.event_log import LogCursor
from contracts.records import EventRecord, LogRecord
from tests.simulation.topics import SeenEvents
from tests.simulation.worker import DeciderWorker
from write_side.domain import decide
from write_side.domain.partition import Partition
from write_side.processor import decider
from write_side.processor.batch import Batch, decide_ahead
from write_side.processor.decider import Decider
from write_side.processor.expiry import ExpiryClock
from write_side.processor.ports import CommandMessage

Mutant = Callable[[pytest.MonkeyPatch], None]


def no_undo_on_rebalance(patch: pytest.MonkeyPatch) -> None:
    """Rule 1: what the log has not confirmed stays in the state."""

    def stop_deciding(stopped: Decider) -> None:
        stopped.owned.clear()
        stopped.expiry.clear()
        for number in stopped._flights:
            stopped.partitions[number].confirm(0)
        stopped._flights.clear()

    patch.setattr(Decider, "stop_deciding", stop_deciding)


def no_claim(patch: pytest.MonkeyPatch) -> None:
    """Rule 3: whoever wrote an event, it counts."""
    accept = LogCursor.accept

    def accept_anybody(cursor: LogCursor, offset: int, record: LogRecord) -> bool:
        if isinstance(record, EventRecord):
            cursor.claim = record.claim
        return accept(cursor, offset, record)

    patch.setattr(LogCursor, "accept", accept_anybody)


def no_contiguity_check(patch: pytest.MonkeyPatch) -> None:
    """Rule 7: the batch is taken to stand where it was expected."""
    append = SeenEvents.append

    async def append_blindly(events: SeenEvents, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        await append(events, partition, records)
        worker = events._process
        assert isinstance(worker, DeciderWorker)
        return worker.decider.partition(partition).cursor.offset + 1

    patch.setattr(SeenEvents, "append", append_blindly)


def no_memory_of_commands(patch: pytest.MonkeyPatch) -> None:
    """Rule 8: what was answered before is decided again."""
    patch.setattr(decide, "repeated", lambda *_: None)


def no_command_contiguity(patch: pytest.MonkeyPatch) -> None:
    """Rule 5: what comes is decided, whatever was lost before it."""

    def decide_what_comes(partition: Partition, messages: Sequence[CommandMessage], expiry: ExpiryClock) -> Batch:
        if messages[0].offset > partition.next_command[0]:
            partition.cursor.next_command = (messages[0].offset, 0)
        return decide_ahead(partition, messages, expiry)

    patch.setattr(decider, "decide_ahead", decide_what_comes)


MUTANTS: Final[dict[str, Mutant]] = {
    mutant.__name__: mutant
    for mutant in (
        no_undo_on_rebalance,
        no_claim,
        no_contiguity_check,
        no_memory_of_commands,
        no_command_contiguity,
    )
}
