"""Faults in the deciders' protocol that the simulation must find. Each replaces one thing until the test is over."""

import asyncio
from collections.abc import Callable, Sequence, Set
from typing import Any, Final, NamedTuple

import pytest

from contracts.event_log import LogCursor
from contracts.records import EventRecord, LogRecord
from tests.simulation.processes import this_process
from tests.simulation.seen import SeenEvents
from tests.simulation.simulated_loop import EPOCH_SECONDS
from tests.simulation.worker import DeciderWorker
from write_side.domain import decide, identity, partition
from write_side.domain.partition import Partition
from write_side.processor import decider
from write_side.processor.batch import Batch, decide_ahead
from write_side.processor.decider import Decider
from write_side.processor.expiry import ExpiryClock
from write_side.processor.ports import CommandMessage
from write_side.processor.watchdog import Watchdog


class Mutant(NamedTuple):
    """What it changes, and the invariants all of which it must be seen to violate."""

    change: Callable[[pytest.MonkeyPatch], None]
    found_by: Set[str]


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

    async def append_blindly(events: SeenEvents, number: int, records: Sequence[tuple[str, bytes]]) -> int:
        await append(events, number, records)
        return _expected_offset(number)

    patch.setattr(SeenEvents, "append", append_blindly)


def unawaited_send(patch: pytest.MonkeyPatch) -> None:
    """Rule 6: a batch counts as appended as soon as it is sent."""
    append = SeenEvents.append

    async def send(events: SeenEvents, number: int, records: Sequence[tuple[str, bytes]]) -> int:
        if not records[0][0]:
            return await append(events, number, records)  # a claim: without its offset there is nothing to go on with
        sending = asyncio.ensure_future(append(events, number, records))
        sending.add_done_callback(lambda sent: sent.cancelled() or sent.exception())
        return _expected_offset(number)

    patch.setattr(SeenEvents, "append", send)


def _expected_offset(number: int) -> int:
    worker = this_process()
    assert isinstance(worker, DeciderWorker)
    return worker.decider.partition(number).cursor.offset + 1


def acknowledge_before_append(patch: pytest.MonkeyPatch) -> None:
    """Rule 6: the group's offset moves when a batch is decided, not when the log holds it."""
    append = Decider._append

    async def acknowledge_and_append(self: Decider, taken: Partition, batch: Batch, generation: int) -> bool:
        self.settled[taken.number] = taken.next_command[0]
        return await append(self, taken, batch, generation)

    patch.setattr(Decider, "_append", acknowledge_and_append)


def no_memory_of_commands(patch: pytest.MonkeyPatch) -> None:
    """Rule 8: what was answered before is decided again."""
    patch.setattr(decide, "repeated", lambda *_: None)


def seat_keyed_deduplication(patch: pytest.MonkeyPatch) -> None:
    """Rule 8: a command counts as repeated if its seats were asked for before, whoever asks."""

    def key(command_id: str, about: Any) -> str:
        return "+".join(getattr(about, "seats", ())) or command_id

    def remember(memory: Any, event: Any, command_id: str, answer: Any, time: int) -> None:
        identity.remember(memory, event, key(command_id, event), answer, time)

    def repeated(memory: Any, command: Any, command_id: str, digest: str, at: int) -> Any:
        return identity.repeated(memory, command, key(command_id, command), digest, at)

    patch.setattr(partition, "remember", remember)
    patch.setattr(partition, "repeated", repeated)
    patch.setattr(decide, "repeated", repeated)


def no_command_contiguity(patch: pytest.MonkeyPatch) -> None:
    """Rule 5: what comes is decided, whatever was lost before it."""

    def decide_what_comes(taken: Partition, messages: Sequence[CommandMessage], expiry: ExpiryClock) -> Batch:
        if messages[0].offset > taken.next_command[0]:
            taken.cursor.next_command = (messages[0].offset, 0)
        return decide_ahead(taken, messages, expiry)

    patch.setattr(decider, "decide_ahead", decide_what_comes)


def wall_clock_in_decide(patch: pytest.MonkeyPatch) -> None:
    """Rule 4: what time it is, is what the decider's own clock says."""
    deciding = Partition.decide

    def decide_now(self: Partition, offset: int, time: int, value: bytes | None, log_offset: int) -> Any:
        return deciding(self, offset, _own_time_ms(), value, log_offset)

    patch.setattr(Partition, "decide", decide_now)


def expiry_by_its_own_clock(patch: pytest.MonkeyPatch) -> None:
    """Rule 13: the end of holds is asked for when the decider's own clock says that they are over."""
    patch.setattr(ExpiryClock, "log_time", lambda self, number: _own_time_ms())


def _own_time_ms() -> int:
    now = EPOCH_SECONDS + asyncio.get_running_loop().time() + this_process().skew_seconds
    return round(now * 1000)


def no_watchdog(patch: pytest.MonkeyPatch) -> None:
    """Rule 10: nobody sees a stream processor that died without a word."""

    async def look_away(self: Watchdog) -> None:
        pass

    patch.setattr(Watchdog, "look", look_away)


MUTANTS: Final[dict[str, Mutant]] = {
    mutant.change.__name__: mutant
    for mutant in (
        Mutant(no_undo_on_rebalance, {"log", "rule 6"}),
        Mutant(no_claim, {"log", "I1", "I3", "I10"}),
        Mutant(no_contiguity_check, {"log", "I3"}),
        Mutant(unawaited_send, {"log", "I3"}),
        Mutant(acknowledge_before_append, {"rule 6"}),
        Mutant(no_memory_of_commands, {"I3", "I4", "I9"}),
        Mutant(seat_keyed_deduplication, {"I3", "I4"}),
        Mutant(no_command_contiguity, {"I3", "I4"}),
        Mutant(wall_clock_in_decide, {"I4"}),
        Mutant(expiry_by_its_own_clock, {"expiry"}),
        Mutant(no_watchdog, {"I11"}),
    )
}
