"""Commands that are gone: which they are, and what is put in their places.

The events know how many commands each record had, and of each its id and digest, but not what it asked for. In the
place of a lost record stands one with as many commands, that nobody can decide: so that the offsets behind it stay, new
commands come after it, and what was never decided of it gets an answer (`command-unreadable`). Where a changed
event has another number the largest counts: with fewer than some event says, a partition could wait for the next one
for ever.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from msgspec import Raw

from contracts.codec import DecodeError, decode_commands, digest_of, encode_commands
from contracts.limits import COMMANDS_PER_RECORD
from contracts.records import CommandRecord, EventRecord, Instant, PostedCommand, Source
from read_side.replay.backup.records import KeptRecord
from write_side.domain.partition import unreadable_id

LOST: Final = b'{"type":"command-lost"}'


class LostCommands:
    """The commands of one partition of which offsets `first` up to `end` are stored; the events tell of the others.

    Show it every stored command, then every event. What is stored from `end` on all the same was recorded in a topic
    that was made anew: those commands are new ones, and come behind all others. A stored record that is not what was
    sent counts as lost too: one whose body does not have its digest, or one that is no command record though its event
    says that it was.
    """

    def __init__(self, number: int, first: int, end: int) -> None:
        self._number = number
        self._first = first
        self._end = end
        self._wanted = end
        self._damaged: set[int] = set()
        self._undecodable: set[int] = set()
        self._known: dict[int, dict[int, EventRecord]] = {}
        self._counts: dict[int, int] = {}

    def __contains__(self, offset: int) -> bool:
        return offset < self._first or self._end <= offset < self._wanted or offset in self._damaged

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """What is gone: (first, end) of offsets."""
        damaged = ((offset, offset + 1) for offset in sorted(self._damaged))
        return tuple(one for one in ((0, self._first), *damaged, (self._end, self._wanted)) if one[0] < one[1])

    def look_at(self, stored: KeptRecord) -> None:
        """Whether a stored command is what was sent."""
        if stored.offset >= self._end:
            return
        try:
            posted = decode_commands(stored.value).commands
        except DecodeError:
            self._undecodable.add(stored.offset)
            return
        if any(digest_of(bytes(each.body)) != each.digest for each in posted):
            self._damaged.add(stored.offset)

    def see(self, record: EventRecord) -> None:
        """Take in what an event knows of its command."""
        offset, index, count = record.source
        if offset < 0:
            return
        if offset in self._undecodable and record.command_id != unreadable_id(self._number, offset):
            self._damaged.add(offset)
        if offset < self._first or offset >= self._end or offset in self._damaged:
            self._known.setdefault(offset, {})[index] = record
            self._counts[offset] = max(self._counts.get(offset, 1), min(count, COMMANDS_PER_RECORD))
            self._wanted = max(self._wanted, offset + 1)

    def filled(self, stored: Iterator[KeptRecord]) -> Iterator[KeptRecord]:
        """The commands with something in every place from offset 0 on."""
        yield from (self._placeholder(offset) for offset in range(self._first))
        strangers: KeptRecord | None = None
        for record in stored:
            if record.offset >= self._end:
                strangers = record
                break
            yield self._placeholder(record.offset) if record.offset in self._damaged else record
        yield from (self._placeholder(offset) for offset in range(self._end, self._wanted))
        for new, record in enumerate(chain([strangers], stored) if strangers else (), self._wanted):
            yield record._replace(offset=new)

    def end(self, stored_end: int) -> int:
        """Where the filled commands end, if the stored ones do at `stored_end`."""
        return self._wanted + stored_end - self._end

    def _placeholder(self, offset: int) -> KeptRecord:
        known, count = self._known.get(offset, {}), self._counts.get(offset, 1)
        show_id = next((record.show_id for record in known.values() if not record.show_id.startswith("~")), "")
        commands = tuple(self._command((offset, index, count), known.get(index)) for index in range(count))
        value = encode_commands(CommandRecord(show_id=show_id, commands=commands))
        return KeptRecord(offset, self._time(offset), show_id.encode(), value)

    def _command(self, source: Source, event: EventRecord | None) -> PostedCommand:
        if event is None:
            offset, index, _ = source
            return PostedCommand(id=f"lost-{self._number}-{offset}-{index}", digest="", schema=1, body=Raw(LOST))
        return PostedCommand(id=event.command_id, digest=event.digest, schema=1, body=Raw(LOST))

    def _time(self, offset: int) -> Instant:
        """The time of its events; that of a neighbour's if it has none."""
        for known in (self._known.get(offset), *(self._known[other] for other in sorted(self._known)[:1])):
            if known:
                return max(record.time for record in known.values())
        return 0
