"""A damaged partition made again: every record that still counts where it stood, the others from the commands.

Deciding is deterministic, so what is decided again at its old place, under its old claim, is byte for byte what stood
there, and its receipt holds. Only where a claim or a void record was lost that nothing behind it tells of, or where the
log was cut behind such a one, do records come to stand elsewhere.
"""

from collections import deque
from collections.abc import Collection, Iterator
from copy import copy
from enum import StrEnum
from typing import Final, NamedTuple

from contracts.codec import DecodeError, decode_log, encode_claim, encode_event, event_name
from contracts.event_log import LogFault
from contracts.events import CommandIdReused, CommandRepeated, CommandUnreadable, Event, ShowScheduled
from contracts.records import RULES, EventRecord, LogRecord, PartitionClaim, Place
from read_side.replay.audit import KNOWN_RULES
from read_side.replay.backup.records import KeptRecord
from read_side.replay.decided_ahead import DecidedAhead, first_difference
from read_side.replay.repair.lost_commands import LostCommands
from read_side.replay.repair.old_events import OldEvent, OldEvents
from read_side.replay.seat_holders import DoublyHeld, SeatHolders
from write_side.domain.partition import Decision, Partition

OWNER: Final = "repair"
_POINTING: Final = frozenset(event_name(kind(version=1, offset=0)) for kind in (CommandRepeated, CommandIdReused))
"""Events that say where the first answer stands, which may be elsewhere now."""


class Unrepairable(Exception):
    """A partition that cannot be made whole; the message is one sentence."""


class Fate(StrEnum):
    """What became of a record."""

    KEPT = "kept"
    RESTORED = "restored"
    """Decided again: there was nothing, or nothing that counts."""
    FILLED = "filled"
    """A void record or a claim, so that what stands behind it keeps its offset."""


class Made(NamedTuple):
    """A record of the repaired partition."""

    fate: Fate
    stored: KeptRecord
    record: LogRecord


class Rebuilding:
    """One partition on its way through. `claims` are offsets at which claims are known to have stood."""

    def __init__(
        self,
        number: int,
        partitions: int,
        old: OldEvents,
        commands: Iterator[KeptRecord],
        lost: LostCommands,
        claims: Collection[int],
    ) -> None:
        self.partition = Partition(number, partitions)
        self._old = old
        self._commands = commands
        self._next_commands: deque[KeptRecord] = deque()
        self._lost = lost
        self._claims = claims
        self._ahead = DecidedAhead(self.partition)
        self._replaced: list[OldEvent] = []
        self._holders: dict[str, SeatHolders] = {}
        """Who has which seat, if commands are lost: what cannot be decided again must at least be possible."""

    def records(self) -> Iterator[Made]:
        """Every record from offset 0 on. Raises Unrepairable."""
        offset = 0
        while (made := self._next(offset)) is not None:
            yield made
            offset += 1

    def take_replaced(self) -> list[OldEvent]:
        """Old records that do not stand there any more, since this was last asked."""
        replaced, self._replaced = self._replaced, []
        return replaced

    def rest(self) -> list[OldEvent]:
        """The old records behind the last new one, once there are no more."""
        found = []
        while (old := self._old.take(max(self._old.first, self.partition.cursor.offset + 1))) is not None:
            found.append(old)
        return found

    def _next(self, offset: int) -> Made | None:
        old = self._old.take(offset)
        wanted = self._wanted(offset)
        if old is not None and wanted is not None and old.stored.value == wanted.value:
            return Made(Fate.KEPT, old.stored, self._match(wanted))
        if old is not None and old.record is not None and self._counts(offset, old.record, old.stored.value, wanted):
            assert old.stored.value is not None
            self._ahead.settle()
            record, event = self.partition.fold(offset, old.stored.value)
            self._account(record, event)
            return Made(Fate.KEPT, old.stored, record)
        if old is not None:
            self._replaced.append(old)
        return self._restored(offset)

    def _wanted(self, offset: int) -> Decision | None:
        """What the next command becomes if its event stands at this offset; None if there is no command left."""
        if self._ahead.next is not None:
            return self._ahead.next
        place = self.partition.next_command[0]
        while self._next_commands and self._next_commands[0].offset < place:
            self._next_commands.popleft()
        while not self._next_commands and (command := next(self._commands, None)) is not None:
            if command.offset >= place:
                self._next_commands.append(command)
        if self.partition.cursor.claim < 0 or not self._next_commands:
            return None
        command = self._next_commands[0]
        return self._ahead.decide(command.offset, command.timestamp, command.value, offset)

    def _match(self, wanted: Decision) -> LogRecord:
        """What was decided stands in the new log; gives its record."""
        record = decode_log(wanted.value)
        self._account(record, wanted.event)
        self._ahead.match()
        return record

    def _account(self, record: LogRecord, event: Event | None) -> None:
        if event is None or not self._lost.ranges:
            return
        assert isinstance(record, EventRecord)
        if isinstance(event, ShowScheduled):
            self._holders[record.show_id] = SeatHolders(event)
        elif record.show_id in self._holders:
            self._holders[record.show_id].apply(event, record.time)

    def _next_place(self) -> Place:
        """Where the commands stand, without what is decided ahead."""
        wanted = self._ahead.next
        return self.partition.next_command if wanted is None else wanted.source[:2]

    def _counts(self, offset: int, record: LogRecord, value: bytes | None, wanted: Decision | None) -> bool:
        """Whether an old record may stand as it is: a claim, a void record, or an event that means what it must."""
        place = self._next_place()
        if isinstance(record, PartitionClaim):
            if record.rules not in KNOWN_RULES:
                raise Unrepairable(f"the claim at offset {offset} is of rules {record.rules}, which are not known here")
            return True
        cursor = copy(self.partition.cursor)
        cursor.offset, cursor.next_command = offset - 1, place
        try:
            accepted = cursor.accept(offset, record)
        except LogFault:
            return False
        if accepted and record.source[0] in self._lost:
            return self._follows(offset, value)
        if accepted:
            return wanted is not None and _means_the_same(record, wanted)
        anchor = self._old.anchor(offset, self.partition.cursor.claim, place)
        return anchor is None or anchor.place == place  # else events are missing here, and this may be one of them

    def _follows(self, offset: int, value: bytes | None) -> bool:
        """Whether an event whose command is lost follows from the state, which is all that can be asked of it."""
        self._ahead.settle()
        partition, cursor = self.partition, copy(self.partition.cursor)
        partition.journal.open()
        try:
            record, event = partition.fold(offset, value or b"")
            assert isinstance(record, EventRecord)
            assert event is not None
            if record.show_id in self._holders:
                self._holders[record.show_id].copy().apply(event, record.time)
        except (LogFault, DoublyHeld):
            return False
        finally:
            partition.journal.undo()
            partition.cursor = cursor
        return True

    def _restored(self, offset: int) -> Made | None:
        wanted = self._wanted(offset)
        claim, place = self.partition.cursor.claim, self._next_place()
        anchor = self._old.anchor(offset, claim, place)
        if claim < 0 or offset in self._claims or (anchor is not None and anchor.claim == offset):
            return self._filled(offset, encode_claim(PartitionClaim(owner=OWNER, generation=0, rules=RULES)))
        if wanted is not None and (anchor is None or place < anchor.place):
            return _made(Fate.RESTORED, offset, wanted.value, self._match(wanted))
        if anchor is None:
            return None  # nothing counts from here on
        return self._filled(offset, _void(self.partition))

    def _filled(self, offset: int, value: bytes) -> Made:
        """A record of which the fold takes nothing but its offset, or a claim."""
        self._ahead.settle()
        return _made(Fate.FILLED, offset, value, self.partition.fold(offset, value)[0])


def outcome(record: EventRecord) -> tuple[str, str, bytes]:
    """What an event says and to whom, wherever it stands and whatever it points at."""
    return record.type, record.command_id, b"" if record.type in _POINTING else bytes(record.data)


def _means_the_same(record: EventRecord, wanted: Decision) -> bool:
    try:
        return first_difference(record, wanted) is None
    except DecodeError:
        return False


def _void(partition: Partition) -> bytes:
    """A record that no reader takes: by its claim, which is not the current one if there was one before, and by its
    source, which is before all commands."""
    return encode_event(
        CommandUnreadable(reason="what stood here was void, and is lost"),
        show_id=partition.pseudo_id,
        version=0,
        command_id=OWNER,
        digest="",
        source=(-1, 0, 1),
        claim=max(0, partition.cursor.claim - 1),
        time=0,
        prev="",
    )


def _made(fate: Fate, offset: int, value: bytes, record: LogRecord) -> Made:
    if isinstance(record, EventRecord):
        return Made(fate, KeptRecord(offset, record.time, record.show_id.encode(), value), record)
    return Made(fate, KeptRecord(offset, 0, b"", value), record)
