"""I6: each document equals the fold at the version it carries, and a checkpoint is no higher than its documents.

The documents as any client of MongoDB sees them, and the checkers' own fold of the log. What an event only hands on
(titles, prices, plans, times, the data of an outcome and whose it was) is not looked at. The simulator compares whole
documents, but with what the projector's own fold makes of the log.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from contracts.read_models import section_id
from contracts.records import place_text
from contracts.seat_plans import BOOKED, FREE, HELD
from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import Event, RecordedLog, by_show
from scenarios.checkers.seats import Occupancy


class ShowRow(Struct, frozen=True, kw_only=True):
    """A show's own document, as far as it is checked."""

    id: str
    version: int
    capacity: int
    free: int
    held: int
    booked: int


class SectionRow(Struct, frozen=True, kw_only=True):
    """One section's seat map: one byte a seat, in the order of the plan."""

    show_id: str
    section: str
    version: int
    statuses: bytes


class HoldRow(Struct, frozen=True, kw_only=True):
    """A hold: `status` is held, released, expired, lapsed or booked."""

    id: str
    version: int
    show_id: str
    buyer_id: str
    status: str
    seats: tuple[str, ...]


class BookingRow(Struct, frozen=True, kw_only=True):
    """A booking."""

    id: str
    version: int
    show_id: str
    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]
    receipt: str


class OutcomeRow(Struct, frozen=True, kw_only=True):
    """What became of the command at a place, `partition.offset.index`."""

    place: str
    version: int
    show_id: str
    command_id: str
    type: str
    receipt: str


class CheckpointRow(Struct, frozen=True, kw_only=True):
    """How far a partition is projected: offset and SHA-256 of the last record that is."""

    partition: int
    offset: int
    hash: str


class ReadModels(Struct, frozen=True, kw_only=True):
    """The documents of the generation in force."""

    shows: tuple[ShowRow, ...] = ()
    sections: tuple[SectionRow, ...] = ()
    holds: tuple[HoldRow, ...] = ()
    bookings: tuple[BookingRow, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    checkpoints: tuple[CheckpointRow, ...] = ()


class _Shown(NamedTuple):
    """What the documents of one show must say right after one of its events."""

    counts: tuple[int, int, int]
    sections: Mapping[str, bytes]


class _Story:
    """One show's events, as the documents must show them at every version."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.at: dict[int, _Shown] = {}
        self.touched: dict[str, list[int]] = defaultdict(list)
        """Section to the versions that changed a seat of it."""
        self.holds: dict[str, list[tuple[int, str]]] = defaultdict(list)
        """Hold to (version, status from then on)."""
        self.offsets: dict[int, int] = {}
        self.bookings: dict[str, Event] = {}
        occupancy = Occupancy()
        for event in events:
            for _ in occupancy.apply(event):
                pass
            self.offsets[event.version] = event.offset
            self._holds(event)
            if occupancy.house is not None:
                self.at[event.version] = self._shown(occupancy)
                for section in self._sections_of(event, occupancy):
                    self.touched[section].append(event.version)

    def _holds(self, event: Event) -> None:
        hold_id, version = event.data.hold_id or "", event.version
        match event.type:
            case "seats-held":
                for ended in event.data.lapsed_holds:
                    self.holds[ended.hold_id].append((version, "lapsed"))
                self.holds[hold_id].append((version, "held"))
            case "seats-released":
                self.holds[hold_id].append((version, "released"))
            case "hold-expired":
                self.holds[hold_id].append((version, "expired"))
            case "seats-booked":
                self.holds[hold_id].append((version, "booked"))
                self.bookings[event.data.booking_id or ""] = event

    def _shown(self, occupancy: Occupancy) -> _Shown:
        assert occupancy.house is not None
        sections: dict[str, bytearray] = defaultdict(bytearray)
        for row in occupancy.house.rows:
            sections[row.section] += bytes(_status(occupancy, label) for label in row.labels)
        every = b"".join(sections.values())
        counts = (every.count(FREE), every.count(HELD), every.count(BOOKED))
        return _Shown(counts, {name: bytes(statuses) for name, statuses in sections.items()})

    def _sections_of(self, event: Event, occupancy: Occupancy) -> set[str]:
        assert occupancy.house is not None
        if event.type == "show-scheduled":
            return {row.section for row in occupancy.house.rows}
        if event.type not in ("seats-held", "seats-released", "hold-expired", "seats-booked"):
            return set()
        seats = [*event.data.seats, *(seat for ended in event.data.lapsed_holds for seat in ended.seats)]
        return {occupancy.house.row_of[seat].section for seat in seats if seat in occupancy.house.row_of}


def _status(occupancy: Occupancy, label: str) -> int:
    grant = occupancy.grant_of(label)
    if grant is None:
        return FREE
    return BOOKED if grant.expires_at is None else HELD


def check_documents(read_models: ReadModels, log: RecordedLog) -> list[Finding]:
    """Every document against the log. Documents ahead of their checkpoint are allowed, documents behind it are not."""
    stories = {show_id: _Story(events) for show_id, events in by_show(log.valid).items()}
    reached = {row.partition: row.offset for row in read_models.checkpoints}
    partition = {event.show_id: event.partition for event in log.valid}
    judge = _Judge(stories, {show: reached.get(number, -1) for show, number in partition.items()})
    findings = [*_checkpoints(read_models, log), *_outcomes(read_models, log)]
    for show in read_models.shows:
        findings += judge.show(show)
    for section in read_models.sections:
        findings += judge.section(section)
    for hold in read_models.holds:
        findings += judge.hold(hold)
    for booking in read_models.bookings:
        findings += judge.booking(booking)
    return [*findings, *judge.absent(read_models)]


class _Judge:
    def __init__(self, stories: Mapping[str, _Story], reached: Mapping[str, int]) -> None:
        self._stories = stories
        self._reached = reached

    def _covered(self, show_id: str, version: int) -> bool:
        """Whether the checkpoint says that this version is projected."""
        return self._stories[show_id].offsets[version] <= self._reached.get(show_id, -1)

    def show(self, row: ShowRow) -> Iterator[Finding]:
        story, where = self._stories.get(row.id), f"document of show {row.id}, version {row.version}"
        if story is None or row.version not in story.at:
            yield Finding("I6", "the log has no such version of the show", where)
            return
        shown, said = story.at[row.version].counts, (row.free, row.held, row.booked)
        if shown != said or sum(said) != row.capacity:
            yield Finding("I6", f"free, held, booked are {said} of {row.capacity}, the log says {shown}", where)
        if any(self._covered(row.id, version) for version in story.offsets if version > row.version):
            yield Finding("I6", "the checkpoint covers later versions", where)

    def section(self, row: SectionRow) -> Iterator[Finding]:
        story, where = self._stories.get(row.show_id), f"section {row.show_id}/{row.section}, version {row.version}"
        shown = None if story is None or row.version not in story.at else story.at[row.version].sections
        if story is None or shown is None:
            yield Finding("I6", "the log has no such version of the show", where)
            return
        if shown.get(row.section) != row.statuses:
            yield Finding("I6", "its seats are not those of the log at this version", where)
        later = [version for version in story.touched[row.section] if version > row.version]
        if any(self._covered(row.show_id, version) for version in later):
            yield Finding("I6", "the checkpoint covers later changes of its seats", where)

    def hold(self, row: HoldRow) -> Iterator[Finding]:
        where = f"document of hold {row.id}, version {row.version}"
        story = self._stories.get(row.show_id)
        told = [] if story is None else story.holds.get(row.id, [])
        if story is None or (row.version, row.status) not in told:
            yield Finding("I6", f"it is {row.status}, the log says {told}", where)
            return
        if any(self._covered(row.show_id, version) for version, _ in told if version > row.version):
            yield Finding("I6", "the checkpoint covers a later change of it", where)

    def booking(self, row: BookingRow) -> Iterator[Finding]:
        where = f"document of booking {row.id}"
        story = self._stories.get(row.show_id)
        event = None if story is None else story.bookings.get(row.id)
        if event is None:
            yield Finding("I6", "the log has no such booking", where)
            return
        said = (row.version, row.hold_id, row.buyer_id, row.seats, row.receipt)
        if said != (event.version, event.data.hold_id, event.data.buyer_id, event.data.seats, event.receipt):
            yield Finding("I6", "it is not what the log says", where)

    def absent(self, read_models: ReadModels) -> Iterator[Finding]:
        """Documents that must be there, as the checkpoint has passed the event that made them."""
        there = {row.id for row in read_models.shows} | {row.id for row in read_models.holds}
        there |= {row.id for row in read_models.bookings}
        there |= {section_id(row.show_id, row.section) for row in read_models.sections}
        for show_id, story in self._stories.items():
            first = min(story.at, default=None)
            made = [] if first is None else [(show_id, first)]
            made += [(section_id(show_id, section), versions[0]) for section, versions in story.touched.items()]
            made += [(hold_id, told[0][0]) for hold_id, told in story.holds.items()]
            made += [(booking_id, event.version) for booking_id, event in story.bookings.items()]
            for name, version in made:
                if name not in there and self._covered(show_id, version):
                    yield Finding("I6", f"{name} has no document, but the checkpoint is beyond it", f"show {show_id}")


def _outcomes(read_models: ReadModels, log: RecordedLog) -> Iterator[Finding]:
    """Every decided command has one that says what its event says, as soon as the checkpoint has passed that."""
    reached = {row.partition: row.offset for row in read_models.checkpoints}
    events = {place_text(event.partition, *event.source[:2]): event for event in log.valid}
    there = {row.place for row in read_models.outcomes}
    for row in read_models.outcomes:
        event, said = events.get(row.place), (row.version, row.show_id, row.command_id, row.type, row.receipt)
        if event is None or said != (event.version, event.show_id, event.command_id, event.type, event.receipt):
            yield Finding("I6", "it is not what the log says", f"outcome {row.place}")
    for place, event in events.items():
        if place not in there and event.offset <= reached.get(event.partition, -1):
            yield Finding("I6", "it has no outcome, but the checkpoint is beyond its event", f"command at {place}")


def _checkpoints(read_models: ReadModels, log: RecordedLog) -> Iterator[Finding]:
    """A checkpoint names a record of the log by its hash; claims are not looked at."""
    hashes = {(event.partition, event.offset): event.hash for event in log.events}
    for row in read_models.checkpoints:
        known = hashes.get((row.partition, row.offset))
        if known is not None and known != row.hash:
            where = f"checkpoint of partition {row.partition}, offset {row.offset}"
            yield Finding("I6", "the record there has another hash", where)
