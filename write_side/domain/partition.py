"""One partition of the log as state: the fold at full depth, and deciding ahead of it.

Integrity is validity (contracts/event_log.py) plus versions, hash chains and the shows themselves. Deciders, the
replay tool and every checker of a log use this one fold.
"""

from msgspec import Raw, Struct

from contracts.codec import (
    DecodeError,
    command_name,
    decode_command,
    decode_commands,
    decode_event,
    decode_log,
    encode_event,
)
from contracts.commands import Command, ScheduleShow
from contracts.event_log import LogCursor, LogFault
from contracts.events import (
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    Event,
    ShowScheduled,
)
from contracts.identifiers import is_show_id
from contracts.limits import EVENT_RECORD_BYTES, FORGOTTEN_AFTER_MS
from contracts.records import EventRecord, Instant, LogRecord, Place, PostedCommand, Source, next_place, record_hash
from contracts.refusals import Reason
from contracts.topics import partition_of, pseudo_show
from write_side.domain.decide import decide
from write_side.domain.identity import Answer, remember, repeated
from write_side.domain.journal import Journal
from write_side.domain.refusing import refused
from write_side.domain.show import Show, evolve


class ShowForgotten(Exception):
    """A show's state was dropped, and then time was set back to before its end. A new fold of the log has the state."""


class Decision(Struct, frozen=True, gc=False):
    """An event on its way into the log: `value` is its record as bytes, `fault` why its command was no good."""

    show_id: str
    command_id: str
    source: Source
    event: Event
    value: bytes
    fault: str | None = None


class Partition:
    """The shows of a partition, exactly as the log up to `cursor.offset` makes them, plus what is not confirmed yet."""

    __slots__ = ("cursor", "journal", "number", "partitions", "pseudo_id", "shows")

    def __init__(self, number: int, partitions: int) -> None:
        self.number = number
        self.partitions = partitions
        self.cursor = LogCursor(number)
        self.journal = Journal()
        self.shows: dict[str, Show] = {}
        self.pseudo_id = pseudo_show(number)

    @property
    def next_command(self) -> Place:
        """The place of the first command that has no event yet."""
        place = self.cursor.next_command
        assert place is not None
        return place

    def fold(self, offset: int, value: bytes) -> tuple[LogRecord, Event | None]:
        """Take the log's next record in; gives it with its event, or with None if it is a claim or void.

        Raises LogFault if the record contradicts the log before it; nothing may be folded after that. Raises
        ShowForgotten.
        """
        try:
            record = decode_log(value)
        except DecodeError as error:
            raise LogFault(self.number, offset, str(error)) from error
        if not self.cursor.accept(offset, record):
            return record, None
        assert type(record) is EventRecord
        show = self.shows.get(record.show_id) or self._show(record.show_id)
        if record.version != show.version + 1:
            raise LogFault(self.number, offset, f"{show.id}: version {record.version} after {show.version}")
        if record.prev != show.head:
            raise LogFault(self.number, offset, f"{show.id}: prev is not the hash of version {show.version}")
        try:
            event = decode_event(record)
        except DecodeError as error:
            raise LogFault(self.number, offset, str(error)) from error
        if show.forgotten:
            self._check_over(show, record.time)
        try:
            self._apply(show, event, record.command_id, record.digest, offset, record.time, value)
        except LookupError as error:
            what = f"{show.id}: {record.type} does not follow from version {record.version - 1}: {error!r}"
            raise LogFault(self.number, offset, what) from error
        return record, event

    def decide(self, offset: int, time: Instant, value: bytes | None, log_offset: int) -> list[Decision]:
        """Decide what is not decided yet of the command record at `offset`, appended at `time`.

        The state moves ahead of the log, as if the events stood there from `log_offset` on; `confirm` or `undo` ends
        that. The record must be the next one: nothing may have been lost before it. Stops before a command that
        repeats one whose event is not confirmed: where that event will stand is not certain. Raises ShowForgotten.
        """
        assert offset == self.next_command[0], (offset, self.next_command)
        assert self.cursor.claim >= 0, "a partition is claimed before anything is decided for it"
        self.journal.open()
        try:
            record = decode_commands(value)
        except DecodeError as error:
            unreadable = PostedCommand(id=unreadable_id(self.number, offset), digest="", schema=1, body=Raw(b""))
            event = CommandUnreadable(reason=str(error))
            return [self._record(self._show(self.pseudo_id), event, unreadable, (offset, 0, 1), time, log_offset)]
        first, count = self.next_command[1], len(record.commands)
        decisions: list[Decision] = []
        for index in range(first, count):
            place = log_offset + index - first
            decision = self._decide(record.show_id, record.commands[index], (offset, index, count), time, place)
            if decision is None:
                break
            decisions.append(decision)
        return decisions

    def confirm(self, events: int) -> None:
        """The log holds the events decided since the last confirmation, contiguously."""
        self.journal.close()
        self.cursor.offset += events
        self.cursor.valid += events

    def undo(self) -> None:
        """Take back what is not confirmed: the state is the fold of the log again."""
        self.journal.undo()

    def forget_over(self, at: Instant) -> int:
        """Drop what nobody can ask for any more of the shows that are over at log time `at`; gives how many.

        To be called on confirmed state. Nobody sees it, neither in decisions nor in the fold: a show that is over only
        answers that it is. Log time may go back by less than FORGOTTEN_AFTER_MS; beyond that, ShowForgotten is raised
        when the show is next asked for.
        """
        assert not self.journal.is_open, "what is not confirmed may have to be taken back"
        over = [
            show
            for show in self.shows.values()
            if not show.forgotten and show.over(max(show.time, at - FORGOTTEN_AFTER_MS))
        ]
        for show in over:
            show.forget()
        return len(over)

    def _decide(
        self, show_id: str, posted: PostedCommand, source: Source, time: Instant, log_offset: int
    ) -> Decision | None:
        """Decide one command; None if it must wait for the confirmation of the event that it would point at."""
        try:
            command = decode_command(posted)
        except DecodeError as error:
            event: Event = CommandUnreadable(reason=str(error))
            return self._record(self._show(self.pseudo_id), event, posted, source, time, log_offset)
        show, stray = self._addressed(show_id, command)
        at = max(time, show.time)
        if show.forgotten:
            self._check_over(show, at)
        fault = None
        try:
            event = self._answer(show, stray, command, posted, at)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one bad command is one answer, not the end of the stream
            event = CommandFailed(error=type(error).__name__)
            fault = f"{command_name(command)}: {error!r}"
        if isinstance(event, CommandRepeated | CommandIdReused) and event.offset > self.cursor.offset:
            return None
        return self._record(show, event, posted, source, at, log_offset, fault)

    def _answer(self, show: Show, stray: bool, command: Command, posted: PostedCommand, at: Instant) -> Event:
        """What the command becomes. The pseudo-show remembers what was refused while there was no such show."""
        earlier = self.shows.get(self.pseudo_id)
        if earlier is not None:
            notice = repeated(earlier.memory, command, posted.id, posted.digest, at)
            if notice is not None:
                return notice
        if stray:
            return refused(command, Reason.WRONG_PARTITION)
        return decide(show, command, at, command_id=posted.id, digest=posted.digest)

    def _addressed(self, show_id: str, command: Command) -> tuple[Show, bool]:
        """The show that a command is for (the pseudo-show if there is none), and whether it does not belong here."""
        show = self.shows.get(show_id)
        if show is not None and show.id != self.pseudo_id:
            return show, False
        if not is_show_id(show_id) or partition_of(show_id, self.partitions) != self.number:
            return self._show(self.pseudo_id), True
        if isinstance(command, ScheduleShow):
            return Show(show_id, self.journal), False
        return self._show(self.pseudo_id), False

    def _record(
        self,
        show: Show,
        event: Event,
        posted: PostedCommand,
        source: Source,
        at: Instant,
        log_offset: int,
        fault: str | None = None,
    ) -> Decision:
        """Take the event into the state, as the next version of its show: the pseudo-show if that has no history."""
        if show.over_at is None and not isinstance(event, ShowScheduled):
            show = self._show(self.pseudo_id)
        at = max(at, show.time)
        value = encode_event(
            event,
            show_id=show.id,
            version=show.version + 1,
            command_id=posted.id,
            digest=posted.digest,
            source=source,
            claim=self.cursor.claim,
            time=at,
            prev=show.head,
        )
        if len(value) > EVENT_RECORD_BYTES:
            fault = f"{type(event).__name__} would have {len(value)} bytes"
            return self._record(show, CommandFailed(error="EventTooLarge"), posted, source, at, log_offset, fault)
        if show.id not in self.shows:
            self.journal.put(self.shows, show.id, show)
        self.journal.assign(self.cursor, "next_command", next_place(source))
        self._apply(show, event, posted.id, posted.digest, log_offset, at, value)
        if isinstance(event, CommandUnreadable):
            fault = event.reason
        return Decision(show.id, posted.id, source, event, value, fault)

    def _show(self, show_id: str) -> Show:
        show = self.shows.get(show_id)
        if show is None:
            show = Show(show_id, self.journal)
            self.journal.put(self.shows, show_id, show)
        return show

    def _apply(
        self, show: Show, event: Event, command_id: str, digest: str, offset: int, time: Instant, value: bytes
    ) -> None:
        """The only place where an event changes state: its show's head, its seats, the command ids it has answered."""
        if self.journal.is_open:
            self.journal.note(_restore_head, show, None, (show.version, show.head, show.time))
        show.version += 1
        show.head = record_hash(value)
        show.time = time
        evolve(show, event)
        if show.over_at is None or time < show.over_at:  # later on nobody asks any more what was answered
            remember(show.memory, event, command_id, Answer(digest, show.version, offset), time)

    def _check_over(self, show: Show, at: Instant) -> None:
        if not show.over(at):
            raise ShowForgotten(f"{show.id} was over and is asked for at {at}, before {show.over_at}")


def unreadable_id(partition: int, offset: int) -> str:
    """The id of the one command that stands for a record which is no command record."""
    return f"unreadable-{partition}-{offset}"


def _restore_head(show: Show, _: None, head: tuple[int, str, Instant]) -> None:
    """Undo for the three attributes that every event changes, as one entry of the journal because there are so many."""
    show.version, show.head, show.time = head
