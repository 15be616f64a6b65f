"""From a command to its answer: whoever waits is found by the command's place in the log, and by nothing else."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from contracts.limits import MIB
from contracts.records import EventRecord, Place, PostedCommand, place_text
from write_side.api.answers import Seen
from write_side.api.backlog import Mark
from write_side.api.deciding import Deciding, NotTaken

PLACE_SECONDS: Final = 2.0
"""How long, from its receipt, a command's place is waited for before a caller who is in a hurry is told 202."""
REMEMBERED_BYTES: Final = 16 * MIB
"""Accepted events that are remembered, of all partitions together; each counts EVENT_OVERHEAD_BYTES more."""
EVENT_OVERHEAD_BYTES: Final = 700

log: Final = structlog.get_logger()


class Undecided(NamedTuple):
    """Nothing is known yet; `place` is (partition, offset, index) once the log has confirmed the append."""

    place: tuple[int, int, int] | None


Outcome = Seen | Undecided | NotTaken


class Asked:
    """One command under way. `outcome` is set exactly once.

    `since` is its partition's mark from when it came; `handed` says whether it was given to the producer, `hurried`
    that its caller waits for the place only.
    """

    __slots__ = ("handed", "hurried", "outcome", "partition", "place", "posted", "show_id", "since", "timer")

    def __init__(
        self, show_id: str, partition: int, posted: PostedCommand, outcome: "asyncio.Future[Outcome]", since: Mark
    ) -> None:
        self.show_id = show_id
        self.partition = partition
        self.posted = posted
        self.outcome = outcome
        self.since = since
        self.place: tuple[int, int, int] | None = None
        self.handed = False
        self.hurried = False
        self.timer: asyncio.TimerHandle | None = None

    @property
    def answered(self) -> bool:
        """Whether the log's own word was the outcome."""
        return self.outcome.done() and not self.outcome.cancelled() and isinstance(self.outcome.result(), Seen)

    def resolve(self, outcome: Outcome) -> None:
        """Wake the caller; a second outcome is ignored, since the first has been told."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class RecentEvents:
    """The last accepted events of one partition, by offset and by the place of their command, bounded by bytes."""

    __slots__ = ("_by_offset", "_bytes", "_limit", "_offsets")

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._by_offset: OrderedDict[int, Seen] = OrderedDict()
        self._offsets: dict[Place, int] = {}

    def __len__(self) -> int:
        return len(self._by_offset)

    def add(self, seen: Seen) -> None:
        """Remember this one, which must be the newest; forget the oldest beyond the limit, but never this one."""
        source = seen.record.source
        self._by_offset[seen.offset] = seen
        self._offsets[source[0], source[1]] = seen.offset
        self._bytes += len(seen.value) + EVENT_OVERHEAD_BYTES
        while self._bytes > self._limit and len(self._by_offset) > 1:
            _, oldest = self._by_offset.popitem(last=False)
            del self._offsets[oldest.record.source[0], oldest.record.source[1]]
            self._bytes -= len(oldest.value) + EVENT_OVERHEAD_BYTES

    def at_place(self, place: Place) -> Seen | None:
        """The event that answered the command at this place, if it is still remembered."""
        offset = self._offsets.get(place)
        return None if offset is None else self._by_offset[offset]

    def at_offset(self, offset: int) -> Seen | None:
        """The event at this log offset, if it is still remembered."""
        return self._by_offset.get(offset)


class Waiting:
    """The commands that were appended and wait for their event, by partition and place."""

    def __init__(self, partitions: Sequence[Deciding]) -> None:
        self._partitions = partitions
        self._placed: list[dict[Place, Asked]] = [{} for _ in partitions]
        self.recent = [RecentEvents(REMEMBERED_BYTES // len(partitions)) for _ in partitions]
        self.under_way = 0
        """Commands whose caller has not been answered."""
        self._everyone: set[Asked] = set()
        self._hurrying = False

    async def outcome_of(self, asked: Asked, wait_seconds: float) -> Outcome:
        """Wait for the event of a command that was put into the outbox, at most `wait_seconds`.

        A command whose place is not known by then waits for that, up to PLACE_SECONDS in all; who may not wait for the
        event by the partition's circuit waits for the place only.
        """
        loop, circuit = asyncio.get_running_loop(), self._partitions[asked.partition].circuit
        self._everyone.add(asked)
        if wait_seconds and not self._hurrying and circuit.may_wait(asked):
            asked.timer = loop.call_later(wait_seconds, self._hurry, asked, wait_seconds)
        else:
            self._hurry(asked, 0.0)
        self.under_way += 1
        try:
            outcome = await asked.outcome
            if log.is_enabled_for(logging.DEBUG):
                _tell(asked, outcome)
            return outcome
        finally:
            self.under_way -= 1
            self._everyone.discard(asked)
            if circuit.probe is asked:
                circuit.probed(asked.answered)
            if asked.place is not None:
                partition, offset, index = asked.place
                self._placed[partition].pop((offset, index), None)

    def placed(self, partition: int, offset: int, group: list[Asked]) -> None:
        """The log has confirmed that this group's record is at this offset of the commands."""
        placed, recent = self._placed[partition], self.recent[partition]
        self._partitions[partition].backlog.placed(offset, len(group), group[0].since)
        for index, asked in enumerate(group):
            asked.place = (partition, offset, index)
            if asked.outcome.done():
                continue
            seen = recent.at_place((offset, index))
            if seen is not None and _answers(seen, asked):
                asked.resolve(seen)
            elif asked.hurried:
                asked.resolve(Undecided(asked.place))
            else:
                placed[offset, index] = asked

    def seen(self, partition: int, offset: int, record: EventRecord, value: bytes) -> None:
        """The log has this accepted event at this offset of the events; it may come before `placed`."""
        seen = Seen(partition, offset, record, value)
        self.recent[partition].add(seen)
        self._partitions[partition].heard(record.source)
        asked = self._placed[partition].pop((record.source[0], record.source[1]), None)
        if asked is not None and _answers(seen, asked):
            asked.resolve(seen)

    def unplaceable(self, group: list[Asked]) -> None:
        """The outcome of this group's append is unknown: it may be in the log, now or later, or not at all."""
        for asked in group:
            asked.resolve(Undecided(None))

    def hurry_all(self) -> None:
        """Answer what waits as soon as its place is known; and from now on whatever comes."""
        self._hurrying = True
        for asked in tuple(self._everyone):
            self._hurry(asked, 0.0)

    def _hurry(self, asked: Asked, waited_seconds: float) -> None:
        if asked.timer is not None:
            asked.timer.cancel()
        asked.hurried = True
        if asked.place is not None:
            asked.resolve(Undecided(asked.place))
            return
        rest = max(0.0, PLACE_SECONDS - waited_seconds)
        asked.timer = asyncio.get_running_loop().call_later(rest, self._unplaced, asked)

    def _unplaced(self, asked: Asked) -> None:
        why = "The log did not take the command in time."
        asked.resolve(Undecided(None) if asked.handed else NotTaken(why))


def _answers(seen: Seen, asked: Asked) -> bool:
    """Whether the event at a command's place is that command's. It is not when the topic of commands was created anew
    and gives old places to new commands, until the deciders have halted: nobody must be told another's event."""
    return seen.record.command_id == asked.posted.id


def _tell(asked: Asked, outcome: Outcome) -> None:
    log.debug(
        outcome.record.type if isinstance(outcome, Seen) else type(outcome).__name__,
        command_id=asked.posted.id,
        show_id=asked.show_id,
        source=None if asked.place is None else place_text(*asked.place),
    )
