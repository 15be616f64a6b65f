"""The holds and what became of them."""

from collections.abc import Collection, Iterable
from typing import cast

from contracts.events import HoldExpired, SeatsBooked, SeatsHeld, SeatsReleased
from contracts.read_models import HOLDS, HoldDocument
from projections.documents import Change, Document, Documents, Writes
from projections.entry import Entry


class Holds:
    """One document a hold. A hold's end changes its status alone, so nothing has to be in memory."""

    def __init__(self) -> None:
        self._new: dict[str, HoldDocument] = {}
        self._ended: dict[str, Change] = {}

    async def load(self, documents: Documents, show_ids: Collection[str]) -> None:
        """Nothing."""

    def fold(self, entry: Entry) -> None:
        """A hold begins or ends; a new one may end lapsed ones."""
        event, version = entry.event, entry.record.version
        if type(event) is SeatsHeld:
            self._end((lapsed.hold_id for lapsed in event.lapsed_holds), version, "lapsed")
            self._new[event.hold_id] = HoldDocument(
                _id=event.hold_id,
                version=version,
                show_id=entry.record.show_id,
                buyer_id=event.buyer_id,
                status="held",
                seats=list(event.seats),
                prices_minor=list(event.prices_minor),
                currency=event.currency,
                expires_at=event.expires_at,
            )
        elif type(event) is SeatsReleased:
            self._end((event.hold_id,), version, "released")
        elif type(event) is HoldExpired:
            self._end((event.hold_id,), version, "expired")
        elif type(event) is SeatsBooked:
            self._end((event.hold_id,), version, "booked")

    def take(self) -> Writes:
        """New holds whole, the ends of the others."""
        new, ended = self._new, self._ended
        self._new, self._ended = {}, {}
        return Writes(HOLDS, cast(list[Document], list(new.values())), list(ended.values()))

    def _end(self, hold_ids: Iterable[str], version: int, status: str) -> None:
        for hold_id in hold_ids:
            hold = self._new.get(hold_id)
            if hold is None:
                self._ended[hold_id] = Change(hold_id, version, {"status": status})
            else:
                hold["status"], hold["version"] = status, version
