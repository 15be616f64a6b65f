"""Which commands a show has answered, so that the same one again is told so and changes nothing."""

from typing import assert_never

from msgspec import Struct

from contracts.commands import Command, ExpireHold
from contracts.events import (
    BookingRefused,
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    Event,
    ExpiryRefused,
    HoldExpired,
    HoldRefused,
    ReleaseRefused,
    ScheduleRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
    ShowScheduled,
)
from contracts.limits import REMEMBERED_REFUSALS, REMEMBERED_REFUSALS_MS
from contracts.records import Instant
from write_side.domain.journal import Journal


class Answer(Struct, frozen=True, gc=False):
    """The event that answered a command: its version and log offset, and the digest of the command's content."""

    digest: str
    version: int
    offset: int


class RefusedCommand(Struct, frozen=True, gc=False):
    """The refusal that answered a command at `time`; unlike a fact, it is forgotten one day."""

    command_id: str
    answer: Answer
    time: Instant


class Memory:
    """Answers by command id: those that were facts for ever, refusals for a day and up to a fixed number.

    `queue` has the refusals in the order in which they came, under the numbers `first` to `next` (exclusive).
    """

    __slots__ = ("facts", "first", "journal", "next", "queue", "refusals")

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.facts: dict[str, Answer] = {}
        self.refusals: dict[str, RefusedCommand] = {}
        self.queue: dict[int, RefusedCommand] = {}
        self.first = 0
        self.next = 0

    def answer_to(self, command_id: str, at: Instant) -> Answer | None:
        """What answered this command id before, if that is still remembered."""
        answer = self.facts.get(command_id)
        if answer is None:
            refusal = self.refusals.get(command_id)
            if refusal is not None and at < refusal.time + REMEMBERED_REFUSALS_MS:
                return refusal.answer
        return answer

    def keep_refusal(self, refusal: RefusedCommand) -> None:
        """Remember a refusal, the newest; forget those that are too old or too many."""
        journal = self.journal
        journal.put(self.refusals, refusal.command_id, refusal)
        journal.put(self.queue, self.next, refusal)
        journal.assign(self, "next", self.next + 1)
        while True:
            oldest = self.queue[self.first]
            crowded = self.next - self.first > REMEMBERED_REFUSALS
            if not crowded and refusal.time < oldest.time + REMEMBERED_REFUSALS_MS:
                return
            if self.refusals[oldest.command_id] is oldest:
                journal.drop(self.refusals, oldest.command_id)
            journal.drop(self.queue, self.first)
            journal.assign(self, "first", self.first + 1)


def repeated(
    memory: Memory, command: Command, command_id: str, digest: str, at: Instant
) -> CommandRepeated | CommandIdReused | None:
    """What to tell a command whose id was answered before. ExpireHold never is: the clock asks until it has worked."""
    if isinstance(command, ExpireHold):
        return None
    first = memory.answer_to(command_id, at)
    if first is None:
        return None
    notice = CommandRepeated if first.digest == digest else CommandIdReused
    return notice(version=first.version, offset=first.offset)


def remember(memory: Memory, event: Event, command_id: str, answer: Answer, time: Instant) -> None:
    """Keep the id of the command that `event` has answered at `time`."""
    match event:
        case SeatsHeld() | SeatsBooked() | SeatsReleased() | ShowScheduled():
            memory.journal.put(memory.facts, command_id, answer)
        case HoldRefused() | BookingRefused() | ReleaseRefused() | ScheduleRefused():
            memory.keep_refusal(RefusedCommand(command_id, answer, time))
        case HoldExpired() | ExpiryRefused():
            pass  # the clock asks again until it has worked
        case CommandRepeated() | CommandIdReused() | CommandUnreadable() | CommandFailed():
            pass  # these answer for other events, or for no command at all
        case _:
            assert_never(event)
