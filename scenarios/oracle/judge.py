"""The oracle: decides every recorded command in its order by rules of its own, and compares with what the log says.

I4, and with it identity, expiry, prices, versions and times. It takes nothing from the log but the offsets of events,
to which repeats point. After a difference it goes on by its own account.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final
from zlib import crc32

from msgspec import Raw

from contracts.topics import COMMANDS
from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import Event, Posted, RecordedLog, read_envelope, read_log
from scenarios.checkers.sales import check_ids, check_one_event_each
from scenarios.checkers.seats import check_refusals, check_seats
from scenarios.checkers.shapes import EventData
from scenarios.history import StoredRecord
from scenarios.oracle.bodies import Body, Expire, Schedule, read_body
from scenarios.oracle.plans import is_sellable
from scenarios.oracle.sale import Answered, Memory, Outcome, Sale, refusal, scheduled

_SHOW_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_FREE_TEXT: Final = frozenset({"command-unreadable", "command-failed"})
Place = tuple[int, int]


class _Story:
    """What one stream of versions remembers: a show, or the pseudo-show of a partition (whose `sale` stays None)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sale: Sale | None = None
        self.version = 0
        self.time = 0
        self.memory = Memory()


class _Judge:
    """One partition."""

    def __init__(self, number: int, partitions: int, events: Sequence[Event]) -> None:
        self.number = number
        self.partitions = partitions
        self.events: Mapping[Place, Event] = {event.source[:2]: event for event in events}
        self.stories: dict[str, _Story] = {}
        self.nobody = _Story(f"~{number}")
        self.findings: list[Finding] = []

    def record(self, record: StoredRecord) -> None:
        """Decide all commands of a record."""
        envelope = read_envelope(record.stored())
        if envelope is None:
            posted = Posted(f"unreadable-{self.number}-{record.offset}", "", 1, Raw(b""))
            self._command("", posted, (record.offset, 0, 1), record.timestamp, None)
            return
        for index, posted in enumerate(envelope.commands):
            source = (record.offset, index, len(envelope.commands))
            self._command(envelope.show_id, posted, source, record.timestamp, read_body(posted))

    def _command(
        self, show_id: str, posted: Posted, source: tuple[int, int, int], appended: int, body: Body | None
    ) -> None:
        found = self.events.get((source[0], source[1]))
        offset = -1 if found is None else found.offset
        story, outcome, time = self._decide(show_id, posted, appended, body)
        story.version += 1
        story.time = time
        if story.sale is not None:
            story.sale.apply(outcome, story.version)
        if story.sale is None or not story.sale.over(time):
            story.memory.keep(outcome.type, posted.id, Answered(posted.digest, story.version, offset, time))
        if found is not None:
            where = f"{found.where}, answering {COMMANDS} {self.number}:{source[0]}, command {source[1]}"
            wanted = (story.name, story.version, posted.id, posted.digest, source, time)
            was = (found.show_id, found.version, found.command_id, found.digest, found.source, found.time)
            self._compare(where, "show, version, command, digest, source, time", was, wanted)
            self._compare(where, "type", found.type, outcome.type)
            if found.type == outcome.type and found.type not in _FREE_TEXT:
                self._compare_data(where, found, outcome.data)

    def _decide(self, show_id: str, posted: Posted, appended: int, body: Body | None) -> tuple[_Story, Outcome, int]:
        """Whose version it is, what it must be, and its time."""
        if body is None:
            return self.nobody, Outcome("command-unreadable", EventData()), max(appended, self.nobody.time)
        story = self.stories.get(show_id)
        stray = story is None and (not _SHOW_ID.fullmatch(show_id) or self._partition_of(show_id) != self.number)
        is_new = story is None and not stray and isinstance(body, Schedule)
        at = max(appended, 0 if is_new else (story or self.nobody).time)
        notice = self._notice(self.nobody, posted, at, body)
        if notice is None and story is not None and story.sale is not None:
            if story.sale.over(at):
                return story, refusal(body, "show_over"), at
            notice = self._notice(story, posted, at, body)
            return story, notice or story.sale.answer(body, at, posted.id), at
        if story is not None and notice is not None:
            return story, notice, at
        if is_new and notice is None and isinstance(body, Schedule):
            return self._schedule(show_id, body, at)
        outcome = notice or refusal(body, "wrong_partition" if stray else "unknown_show")
        return self.nobody, outcome, max(at, self.nobody.time)

    def _schedule(self, show_id: str, body: Schedule, at: int) -> tuple[_Story, Outcome, int]:
        if not is_sellable(body):
            return self.nobody, refusal(body, "invalid_plan"), max(at, self.nobody.time)
        story = self.stories[show_id] = _Story(show_id)
        story.sale = Sale(body)
        return story, scheduled(body), at

    def _notice(self, story: _Story, posted: Posted, at: int, body: Body) -> Outcome | None:
        first = None if isinstance(body, Expire) else story.memory.find(posted.id, at)
        if first is None:
            return None
        kind = "command-repeated" if first.digest == posted.digest else "command-id-reused"
        return Outcome(kind, EventData(version=first.version, offset=first.offset))

    def _partition_of(self, show_id: str) -> int:
        return crc32(show_id.encode()) % self.partitions

    def _compare_data(self, where: str, found: Event, wanted: EventData) -> None:
        for name in EventData.__struct_fields__:
            self._compare(where, f"data.{name}", getattr(found.data, name), getattr(wanted, name))

    def _compare(self, where: str, what: str, was: object, wanted: object) -> None:
        if was != wanted:
            self.findings.append(Finding("I4", f"{what} is {was}, the oracle says {wanted}", where))


def check_sequence(commands: Iterable[StoredRecord], log: RecordedLog, partitions: int | None = None) -> list[Finding]:
    """I4: the valid events are what deciding the commands one after the other gives. `commands` in offset order.

    Without `partitions` there are as many as have records in the log, where every partition begins with a claim.
    """
    count = log.partitions if partitions is None else partitions
    valid, findings = log.valid, list[Finding]()
    for number, records in groupby(commands, key=lambda record: record.partition):
        judge = _Judge(number, count, [event for event in valid if event.partition == number])
        for record in records:
            judge.record(record)
        findings += judge.findings
    return findings


def judge_log(
    commands: Sequence[StoredRecord], events: Iterable[StoredRecord], *, drained: bool = True
) -> list[Finding]:
    """Everything that both topics alone can show; `drained`: no command may be pending. In offset order."""
    log = read_log(events)
    return [
        *log.findings,
        *check_seats(log),
        *check_refusals(log),
        *check_ids(log),
        *check_one_event_each(commands, log, drained=drained),
        *check_sequence(commands, log),
    ]
