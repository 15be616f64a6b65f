"""What one append carries. Deciding it does not give way, so the state is ahead of the log by one batch at most."""

import time
from collections.abc import Sequence

from msgspec import Struct

from contracts.event_log import LogFault
from contracts.limits import CLOCK_AHEAD_MS, EVENT_BATCH_BYTES, SECOND_MS
from write_side.domain.partition import Decision, Partition
from write_side.processor.expiry import ExpiryClock
from write_side.processor.ports import CommandMessage


class Batch(Struct):
    """Decisions for one append, those among them whose command goes to the dead letters too, and what ended it."""

    decisions: list[Decision]
    faults: list[tuple[CommandMessage, Decision]]
    clock_fault: LogFault | None = None
    """Set if the next command was appended at a time that cannot be."""


def decide_ahead(partition: Partition, messages: Sequence[CommandMessage], expiry: ExpiryClock) -> Batch:
    """Decide as much of these command records as one batch may carry; none of them if the next one is missing."""
    batch = Batch([], [])
    size, next_offset = 0, partition.cursor.offset + 1
    latest = int(time.time() * SECOND_MS) + CLOCK_AHEAD_MS
    for message in messages:
        wanted = partition.next_command[0]
        if message.offset < wanted:
            continue  # the log holds its events already
        if message.offset > wanted:
            break
        if message.appended_at > latest:
            batch.clock_fault = _clock_fault(partition, message)
            break
        decisions = partition.decide(
            message.offset, message.appended_at, message.value, next_offset + len(batch.decisions)
        )
        expiry.observe(partition.number, message.appended_at)
        for decision in decisions:
            size += len(decision.value)
            if decision.fault is not None:
                batch.faults.append((message, decision))
        batch.decisions.extend(decisions)
        if size >= EVENT_BATCH_BYTES or partition.next_command[0] == message.offset:
            break  # large enough, or the rest of the record repeats what this batch has to confirm first
    return batch


def _clock_fault(partition: Partition, message: CommandMessage) -> LogFault:
    """Rule 13: a clock that jumped must not lapse every hold."""
    what = (
        f"the command at offset {message.offset} was appended at {message.appended_at} ms, more than "
        f"{CLOCK_AHEAD_MS} ms ahead of this worker's clock; set the clocks right and start it again, which helps once "
        "its own clock has come near that time"
    )
    return LogFault(partition.number, partition.cursor.offset, what)
