"""The next command decided again before the log is seen to hold its events, and held against what the log holds."""

from typing import NamedTuple

from contracts.codec import decode_event, decode_log
from contracts.records import EventRecord, Instant
from read_side.replay.faults import LOG, SEQUENTIAL
from write_side.domain.partition import Decision, Partition


class DecidedAhead:
    """At most one command record at a time. Until it is matched as a whole the partition is ahead of the log; nothing
    may be folded then: `settle` first."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._decisions: list[Decision] = []
        self._matched = 0
        self.next: Decision | None = None
        """What the log must hold next; None if nothing is decided that it does not hold."""

    def decide(self, offset: int, time: Instant, value: bytes | None, log_offset: int) -> Decision | None:
        """Decide the rest of a command record, as Partition.decide does, while `next` is None; gives the new `next`.

        That is None if the record has no command left, as when an event says that it had more.
        """
        assert self.next is None, "one command record at a time"
        self._decisions = self._partition.decide(offset, time, value, log_offset)
        if self._decisions:
            self.next = self._decisions[0]
        else:
            self._partition.undo()
        return self.next

    def match(self) -> None:
        """The log holds `next` where it was decided to stand."""
        self._matched += 1
        if self._matched < len(self._decisions):
            self.next = self._decisions[self._matched]
        else:
            self._partition.confirm(self._matched)
            self._forget()

    def settle(self) -> None:
        """Something else comes where `next` should stand: the partition is the fold of the log again."""
        self._partition.undo()
        first = self._partition.cursor.offset + 1
        for number, decision in enumerate(self._decisions[: self._matched]):
            self._partition.fold(first + number, decision.value)
        self._forget()

    def _forget(self) -> None:
        self._decisions, self._matched, self.next = [], 0, None


class Difference(NamedTuple):
    """A field in which a record is not what was decided again, and the invariant that this breaks."""

    breaks: str
    name: str
    found: object
    decided: object


def first_difference(record: EventRecord, decision: Decision) -> Difference | None:
    """In what the meaning of a record differs from a decision; None if only their bytes do. Raises DecodeError if the
    record's event is none."""
    decided = decode_log(decision.value)
    assert isinstance(decided, EventRecord)
    for breaks, names in (
        (SEQUENTIAL, ("show_id",)),
        (LOG, ("version", "prev")),
        (SEQUENTIAL, ("type", "command_id", "digest", "source", "time")),
    ):
        for name in names:
            if getattr(record, name) != getattr(decided, name):
                return Difference(breaks, name, getattr(record, name), getattr(decided, name))
    event, wanted = decode_event(record), decode_event(decided)
    for name in event.__struct_fields__:
        if getattr(event, name) != getattr(wanted, name):
            return Difference(SEQUENTIAL, name, getattr(event, name), getattr(wanted, name))
    return None
