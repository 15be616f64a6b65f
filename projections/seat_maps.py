"""The seat maps: one byte a seat, and when the held ones lapse."""

from array import array
from collections.abc import Collection, Iterable, Sequence
from itertools import compress
from typing import Final, cast

import msgspec

from contracts.event_log import LogFault
from contracts.events import HoldExpired, SeatsBooked, SeatsHeld, SeatsReleased, ShowScheduled
from contracts.read_models import SEAT_MAPS, SEAT_PLANS, SeatMapDocument, section_id
from contracts.seat_plans import BOOKED, FREE, HELD, SeatIndex, SeatPlan
from projections.documents import Change, Document, Documents, Writes
from projections.entry import Entry
from projections.recently_used import RecentlyUsed

HOUSES_IN_MEMORY: Final = 500
"""A house costs 9 bytes a seat and some hundred a row."""
_ONLY_HELD: Final = bytes(int(status == HELD) for status in range(256))


class SectionMap:
    """One section in memory; `expires` has an entry for every seat, which counts only while the seat is held.

    An array's bytes are little-endian because x86-64 is.
    """

    __slots__ = ("expires", "id", "name", "start", "statuses", "version")

    def __init__(self, show_id: str, name: str, start: int, seats: int) -> None:
        self.id = section_id(show_id, name)
        self.name = name
        self.start = start
        self.version = 0
        self.statuses = bytearray(seats)
        self.expires = array("q", bytes(8 * seats))

    def adopt(self, stored: SeatMapDocument) -> None:
        """Take over what is stored."""
        self.version = stored["version"]
        self.statuses = bytearray(stored["statuses"])
        held = array("q", stored["expires"])
        for position, expires_at in zip(compress(range(len(self.statuses)), self._held()), held, strict=True):
            self.expires[position] = expires_at

    def fields(self) -> dict[str, object]:
        """What changes in the section's document."""
        expires = array("q", compress(self.expires, self._held()))
        return {"statuses": bytes(self.statuses), "expires": expires.tobytes()}

    def document(self) -> Document:
        """The whole document."""
        return {
            "_id": self.id,
            "version": self.version,
            "section": self.name,
            "start": self.start,
            **self.fields(),
        }

    def _held(self) -> bytearray:
        return self.statuses.translate(_ONLY_HELD)


class House:
    """A show's seats."""

    __slots__ = ("index", "sections")

    def __init__(self, show_id: str, plan: SeatPlan) -> None:
        self.index = SeatIndex(plan)
        self.sections = {
            span.name: SectionMap(show_id, span.name, span.start, span.stop - span.start)
            for span in self.index.sections
        }

    def adopt(self, stored: Iterable[Document]) -> None:
        """Take over the stored sections."""
        for document in cast(Iterable[SeatMapDocument], stored):
            self.sections[document["section"]].adopt(document)


class SeatMaps:
    """One document a section. A section's version is that of the last event that touched one of its seats."""

    def __init__(self) -> None:
        self._houses: RecentlyUsed[House | None] = RecentlyUsed(HOUSES_IN_MEMORY)
        self._new: dict[str, SectionMap] = {}
        self._changed: dict[str, SectionMap] = {}

    async def load(self, documents: Documents, show_ids: Collection[str]) -> None:
        """Bring the houses into memory; a show that has no plan yet is remembered as None."""
        absent = self._houses.absent(show_ids)
        if absent:
            plans = {document["_id"]: document["plan"] for document in await documents.named(SEAT_PLANS, absent)}
            for show_id in absent:
                plan = plans.get(show_id)
                house = None if plan is None else House(show_id, msgspec.json.decode(cast(bytes, plan), type=SeatPlan))
                if house is not None:
                    house.adopt(await documents.under(SEAT_MAPS, show_id))
                self._houses.put(show_id, house)
        self._houses.shrink(keep=show_ids)

    def fold(self, entry: Entry) -> None:
        """Seats change hands."""
        event = entry.event
        if type(event) is SeatsHeld:
            house = self._house(entry)
            touched: list[SectionMap] = []
            for lapsed in event.lapsed_holds:
                touched += self._set(house, entry, lapsed.seats, FREE)
            touched += self._set(house, entry, event.seats, HELD, event.expires_at)
            self._touch(touched, entry.record.version)
        elif type(event) is SeatsReleased or type(event) is HoldExpired:
            self._touch(self._set(self._house(entry), entry, event.seats, FREE), entry.record.version)
        elif type(event) is SeatsBooked:
            self._touch(self._set(self._house(entry), entry, event.seats, BOOKED), entry.record.version)
        elif type(event) is ShowScheduled:
            self._open(entry, event)

    def take(self) -> Writes:
        """New sections whole, the statuses and times of the others."""
        new, changed = self._new, self._changed
        self._new, self._changed = {}, {}
        changes = [Change(id_, section.version, section.fields()) for id_, section in changed.items() if id_ not in new]
        return Writes(SEAT_MAPS, [section.document() for section in new.values()], changes)

    def _open(self, entry: Entry, event: ShowScheduled) -> None:
        """A new house. One that a crash has left half written is in memory already, or at least its plan is."""
        house = self._houses.get(entry.record.show_id)
        if house is None:
            house = House(entry.record.show_id, event.plan)
            self._houses.put(entry.record.show_id, house)
        for section in house.sections.values():
            if section.version == 0:
                section.version = entry.record.version
                self._new[section.id] = section

    def _house(self, entry: Entry) -> House:
        house = self._houses.get(entry.record.show_id)
        if house is None:
            raise LogFault(entry.partition, entry.offset, f"seats of {entry.record.show_id}, which was never scheduled")
        return house

    def _set(
        self, house: House, entry: Entry, seats: Sequence[str], status: int, expires_at: int = 0
    ) -> list[SectionMap]:
        touched = []
        for label in seats:
            position = house.index.position(label)
            if position is None:
                raise LogFault(entry.partition, entry.offset, f"no seat {label} in {entry.record.show_id}")
            section = house.sections[label[: label.index("-")]]
            if section.version < entry.record.version:
                section.statuses[position - section.start] = status
                section.expires[position - section.start] = expires_at
                touched.append(section)
        return touched

    def _touch(self, sections: Iterable[SectionMap], version: int) -> None:
        """Only after the whole event is in, since an event may touch a section more than once."""
        for section in sections:
            section.version = version
            self._changed[section.id] = section
