"""One partition judged record by record: the fold, the decisions made again, the seats' holders, the receipts.

I3 follows from the fold (each place of a command has at most one valid event, in order, without gaps) together with
`pending`. I4 is induction: the state is the fold of the log so far; the next command is decided on it again, as of
the claim and offset that the log has; the record must be byte for byte what came out, or at least mean the same.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Final, NoReturn

from contracts.codec import DecodeError, commands_in, decode_event, decode_log
from contracts.event_log import LogFault
from contracts.events import Event, ShowScheduled
from contracts.records import RULES, EventRecord, Instant, PartitionClaim, RepairNote, record_hash
from contracts.topics import COMMANDS, EVENTS
from read_side.replay.decided_ahead import DecidedAhead, first_difference
from read_side.replay.faults import ACKNOWLEDGED, LOG, ONE_HOLDER, SEATS_ADD_UP, SEQUENTIAL, Broken, Fault
from read_side.replay.log_reader import Stored
from read_side.replay.repaired import RepairedPart
from read_side.replay.seat_holders import DoublyHeld, SeatHolders
from write_side.domain.partition import Decision, Partition

KNOWN_RULES: Final = frozenset({RULES})
"""The versions of the rules that this software can decide by."""
Receipts = Mapping[int, frozenset[str]]
"""The hashes that receipts claim for the records of one partition, by offset."""


class PartitionAudit:
    """Feed it commands and events in the order of their offsets, commands first; then `finish`."""

    def __init__(self, number: int, partitions: int, receipts: Receipts, repair_key: bytes | None = None) -> None:
        self.partition = Partition(number, partitions)
        self.repaired: RepairedPart | None = None
        """Set if the partition begins with the note of a repair."""
        self.faults: list[Fault] = []
        self.claims = 0
        self.rules: set[str] = set()
        self.pending = 0
        self.commands_end = 0
        self.newest: dict[str, int] = {}
        """Where the newest record of each show lies."""
        self._receipts = receipts
        self._repair_key = repair_key
        self._commands: deque[Stored] = deque()
        self._holders: dict[str, SeatHolders] = {}
        self._ahead = DecidedAhead(self.partition)
        self._next_offset = 0

    def commands_wanted(self, events: int) -> int:
        """Up to which offset the commands must be there before this many more events can be judged."""
        return self.partition.next_command[0] + events + 1

    def add_commands(self, batch: Iterable[Stored]) -> None:
        """Take the next command records in. Raises Broken at a gap."""
        for stored in batch:
            if stored.offset != self.commands_end:
                self._break(LOG, stored.offset, f"offset {self.commands_end} was expected", COMMANDS)
            self.commands_end += 1
            self._commands.append(stored)

    def add_events(self, batch: Iterable[Stored]) -> None:
        """Judge the next records of the event log. Raises Broken at the first that must not be there."""
        for offset, _, value in batch:
            if offset != self._next_offset:
                self._break(LOG, offset, f"offset {self._next_offset} was expected")
            self._next_offset = offset + 1
            if self.repaired is not None:
                self._note_all(LOG, self.repaired.see(offset, value))
            if self._ahead.next is not None and self._ahead.next.value != value:
                self.settle()
            self._judge(offset, value)

    def finish(self) -> None:
        """Both topics were read to their ends: count what is pending, check what only the end shows."""
        self.settle()
        offset, index = self.partition.next_command
        for stored in self._commands:
            if stored.offset >= offset:
                self.pending += commands_in(stored.value) - (index if stored.offset == offset else 0)
        if self.repaired is not None:
            self._note_all(LOG, self.repaired.finish())
        for offset in sorted(self._receipts):
            if offset >= self._next_offset:
                self._note(ACKNOWLEDGED, offset, f"a receipt names it, but the log ends at {self._next_offset}")
        for show_id, holders in self._holders.items():
            if holders.statuses() != self.partition.shows[show_id].statuses:
                self._note(SEATS_ADD_UP, self.newest[show_id], f"{show_id}: the seats held and booked do not add up")

    def _judge(self, offset: int, value: bytes) -> None:
        wanted = self._ahead.next or self._decide(offset)
        if wanted is not None and wanted.value == value:
            self._match(offset, wanted)
            return
        self.settle()
        try:
            record = decode_log(value)
            accepted = copy(self.partition.cursor).accept(offset, record)
            if accepted:
                assert isinstance(record, EventRecord)
                self._compare(offset, record, wanted)
            _, event = self.partition.fold(offset, value)
        except DecodeError as error:
            self._break(LOG, offset, str(error))
        except LogFault as fault:
            self._break(LOG, offset, fault.what)
        if isinstance(record, PartitionClaim):
            self._claimed(offset, record)
        elif event is not None:
            self._drop_decided()
            self._record(offset, value, record.show_id, event, record.time)
        if event is None and offset in self._receipts:
            self._note(ACKNOWLEDGED, offset, "a receipt names it, but it is no valid event")

    def _decide(self, log_offset: int) -> Decision | None:
        """What the next command becomes if its event stands at `log_offset`; None if it cannot be decided."""
        offset = self.partition.next_command[0]
        if self.partition.cursor.claim < 0 or not self._commands or self._commands[0].offset != offset:
            return None
        if self.repaired is not None and self.repaired.is_lost(offset):
            return None
        return self._ahead.decide(offset, self._commands[0].timestamp, self._commands[0].value, log_offset)

    def _match(self, offset: int, wanted: Decision) -> None:
        self._ahead.match()
        if self._ahead.next is None:
            self._drop_decided()
            time = self.partition.shows[wanted.show_id].time
        else:
            record = decode_log(wanted.value)
            assert isinstance(record, EventRecord)
            time = record.time
        self._record(offset, wanted.value, wanted.show_id, wanted.event, time)

    def settle(self) -> None:
        """Nothing that was decided ahead comes any more: the state is the fold of the log again."""
        self._ahead.settle()

    def _drop_decided(self) -> None:
        while self._commands and self._commands[0].offset < self.partition.next_command[0]:
            self._commands.popleft()

    def _claimed(self, offset: int, claim: PartitionClaim) -> None:
        self.claims += 1
        self.rules.add(claim.rules)
        if isinstance(claim.repair, RepairNote):
            if offset:
                self._break(LOG, offset, "it carries the note of a repair, which only a first record can")
            self.repaired = RepairedPart(claim, self.partition.number, self._repair_key)
            self._note_all(LOG, self.repaired.faults)
        if claim.rules not in KNOWN_RULES:
            known = ", ".join(sorted(KNOWN_RULES))
            self._break(SEQUENTIAL, offset, f"its worker decides by rules {claim.rules}; this software knows {known}")

    def _compare(self, offset: int, record: EventRecord, wanted: Decision | None) -> None:
        """A valid record whose bytes are not those decided again: its meaning must be the same. Raises DecodeError."""
        if self.repaired is not None and self.repaired.is_lost(record.source[0]):
            self.repaired.undecidable += 1
            decode_event(record)
            return
        if wanted is None:
            self._break(LOG, offset, f"its command {record.source} is not in {COMMANDS}")
        other = first_difference(record, wanted)
        if other is not None:
            what = f"{other.name} is {_short(other.found)}, but deciding again gives {_short(other.decided)}"
            self._break(other.breaks, offset, what)

    def _record(self, offset: int, value: bytes, show_id: str, event: Event, time: Instant) -> None:
        """A valid event: keep the second account, look at the receipts."""
        self.newest[show_id] = offset
        hashes = self._receipts.get(offset)
        if hashes is not None and hashes != {record_hash(value)}:
            self._note(ACKNOWLEDGED, offset, "a receipt for it has another hash")
        if isinstance(event, ShowScheduled):
            self._holders[show_id] = SeatHolders(event)
            return
        holders = self._holders.get(show_id)
        if holders is not None:
            try:
                holders.apply(event, time)
            except DoublyHeld as error:
                self._break(ONE_HOLDER, offset, f"{show_id}: {error}")

    def _note_all(self, breaks: str, findings: Iterable[str]) -> None:
        for what in findings:
            self._note(breaks, 0, what)

    def _note(self, breaks: str, offset: int, what: str) -> None:
        number = self.partition.number
        self.faults.append(Fault(topic=EVENTS, partition=number, offset=offset, breaks=breaks, what=what))

    def _break(self, breaks: str, offset: int, what: str, topic: str = EVENTS) -> NoReturn:
        number = self.partition.number
        raise Broken(Fault(topic=topic, partition=number, offset=offset, breaks=breaks, what=what))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
