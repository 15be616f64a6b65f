"""I6: each document equals the fold at the version it carries, and a checkpoint is no higher than its documents.

The documents as any client of MongoDB sees them, field by field, and the checkers' own fold of the log. The simulator
compares every document ever written, but with what the projector's own fold makes of the log.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from contracts.read_models import section_id
from scenarios.checkers.document_shapes import (
    BookingRow,
    HoldRow,
    PlanRow,
    ReadModels,
    SectionRow,
    ShowRow,
)
from scenarios.checkers.document_story import Story, outcome
from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import Event, RecordedLog, by_show
from scenarios.checkers.shapes import EventData, Plan
from scenarios.history import NULL

T = TypeVar("T")


def check_documents(read_models: ReadModels, log: RecordedLog) -> list[Finding]:
    """Every document against the log. Documents ahead of their checkpoint are allowed, documents behind it are not."""
    looked_at: dict[str, set[int]] = defaultdict(set)
    for show in read_models.shows:
        looked_at[show.id].add(show.version)
    for section in read_models.sections:
        looked_at[section.show_id].add(section.version)
    stories = {show_id: Story(events, looked_at[show_id]) for show_id, events in by_show(log.valid).items()}
    reached = {row.partition: row.offset for row in read_models.checkpoints}
    partition = {event.show_id: event.partition for event in log.valid}
    judge = _Judge(stories, {show: reached.get(number, -1) for show, number in partition.items()})
    findings = [*_checkpoints(read_models, log), *_outcomes(read_models, log, reached)]
    for show in read_models.shows:
        findings += judge.show(show)
    for plan in read_models.plans:
        findings += judge.plan(plan)
    for section in read_models.sections:
        findings += judge.section(section)
    for hold in read_models.holds:
        findings += judge.hold(hold)
    for booking in read_models.bookings:
        findings += judge.booking(booking)
    return [*findings, *judge.absent(read_models)]


class _Judge:
    def __init__(self, stories: Mapping[str, Story], reached: Mapping[str, int]) -> None:
        self._stories = stories
        self._reached = reached

    def _covered(self, show_id: str, version: int) -> bool:
        """Whether the checkpoint says that this version is projected."""
        return self._stories[show_id].offsets[version] <= self._reached.get(show_id, -1)

    def show(self, row: ShowRow) -> Iterator[Finding]:
        story, where = self._stories.get(row.id), f"document of show {row.id}, version {row.version}"
        if story is None or row.version not in story.shown:
            yield Finding("I6", "the log has no such version of the show", where)
            return
        yield from _differences(row, story.shown[row.version].show, where)
        if any(self._covered(row.id, version) for version in story.offsets if version > row.version):
            yield Finding("I6", "the checkpoint covers later versions", where)

    def plan(self, row: PlanRow) -> Iterator[Finding]:
        story, where = self._stories.get(row.id), f"plan of show {row.id}"
        scheduled = None if story is None else story.scheduled
        if scheduled is None or row.version != scheduled.version or _read(row.plan, Plan) != scheduled.data.plan:
            yield Finding("I6", "it is not the plan under which the log has the show scheduled", where)

    def section(self, row: SectionRow) -> Iterator[Finding]:
        story, where = self._stories.get(row.show_id), f"section {row.show_id}/{row.section}, version {row.version}"
        shown = None if story is None else story.shown.get(row.version)
        if story is None or shown is None or row.section not in shown.sections:
            yield Finding("I6", "the log has no such version of the show, or no such section", where)
            return
        yield from _differences(row, shown.sections[row.section], where)
        later = [version for version in story.touched[row.section] if version > row.version]
        if any(self._covered(row.show_id, version) for version in later):
            yield Finding("I6", "the checkpoint covers later changes of its seats", where)

    def hold(self, row: HoldRow) -> Iterator[Finding]:
        where = f"document of hold {row.id}, version {row.version}"
        story = self._stories.get(row.show_id)
        told = [] if story is None else story.holds.get(row.id, [])
        wanted = next((each for each in told if each.version == row.version), None)
        if wanted is None:
            yield Finding("I6", f"it is {row.status}, the log says {_lives(told)}", where)
            return
        yield from _differences(row, wanted, where)
        if any(self._covered(row.show_id, each.version) for each in told if each.version > row.version):
            yield Finding("I6", "the checkpoint covers a later change of it", where)

    def booking(self, row: BookingRow) -> Iterator[Finding]:
        where = f"document of booking {row.id}"
        story = self._stories.get(row.show_id)
        wanted = None if story is None else story.bookings.get(row.id)
        if wanted is None:
            yield Finding("I6", "the log has no such booking", where)
            return
        yield from _differences(row, wanted, where)

    def absent(self, read_models: ReadModels) -> Iterator[Finding]:
        """Documents that must be there, as the checkpoint has passed the event that made them."""
        there = {("show", row.id) for row in read_models.shows} | {("plan", row.id) for row in read_models.plans}
        there |= {("hold", row.id) for row in read_models.holds}
        there |= {("booking", row.id) for row in read_models.bookings}
        there |= {("section", section_id(row.show_id, row.section)) for row in read_models.sections}
        for show_id, story in self._stories.items():
            for kind, name, version in _made(show_id, story):
                if (kind, name) not in there and self._covered(show_id, version):
                    what = f"{kind} {name} has no document, but the checkpoint is beyond it"
                    yield Finding("I6", what, f"show {show_id}")


def _made(show_id: str, story: Story) -> Iterator[tuple[str, str, int]]:
    """Kind, id and first version of every document that the show must have by its last version."""
    if story.scheduled is not None:
        yield "show", show_id, story.scheduled.version
        yield "plan", show_id, story.scheduled.version
    for section, versions in story.touched.items():
        yield "section", section_id(show_id, section), versions[0]
    for hold_id, told in story.holds.items():
        yield "hold", hold_id, told[0].version
    for booking_id, booking in story.bookings.items():
        yield "booking", booking_id, booking.version


def _differences(row: Struct, wanted: Struct, where: str) -> Iterator[Finding]:
    """Field by field."""
    for name in row.__struct_fields__:
        said, told = getattr(row, name), getattr(wanted, name)
        if said != told:
            yield Finding("I6", f"{name} is {said}, the log says {told}", where)


def _lives(told: list[HoldRow]) -> str:
    return ", then ".join(f"{each.status} at version {each.version}" for each in told) or "nothing of it"


def _read(stored: Raw, type_: type[T]) -> T | None:
    """None for what is no such JSON."""
    try:
        return msgspec.json.decode(stored, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _outcomes(read_models: ReadModels, log: RecordedLog, reached: Mapping[int, int]) -> Iterator[Finding]:
    """Every decided command has one that says what its event says, as soon as the checkpoint has passed that."""
    wanted = {(row := outcome(event)).place: (row, event) for event in log.valid}
    there = {row.place for row in read_models.outcomes}
    for row in read_models.outcomes:
        where = f"outcome {row.place}"
        if row.place not in wanted:
            yield Finding("I6", "no event of the log answers this command", where)
            continue
        told, event = wanted[row.place]
        yield from _differences(replace(row, data=NULL), told, where)
        if _read(row.data, EventData) != _without_plan(event):
            yield Finding("I6", "its data is not the event's", where)
    for place, (_, event) in wanted.items():
        if place not in there and event.offset <= reached.get(event.partition, -1):
            yield Finding("I6", "it has no outcome, but the checkpoint is beyond its event", f"command at {place}")


def _without_plan(event: Event) -> EventData:
    """A plan has a document of its own."""
    return replace(event.data, plan=None)


def _checkpoints(read_models: ReadModels, log: RecordedLog) -> Iterator[Finding]:
    """A checkpoint names a record of the log by its hash; claims are not looked at."""
    hashes = {(event.partition, event.offset): event.hash for event in log.events}
    for row in read_models.checkpoints:
        known = hashes.get((row.partition, row.offset))
        if known is not None and known != row.hash:
            where = f"checkpoint of partition {row.partition}, offset {row.offset}"
            yield Finding("I6", "the record there has another hash", where)
