"""The plans of the shows, which never change."""

from collections.abc import Collection
from typing import cast

import msgspec

from contracts.events import ShowScheduled
from contracts.read_models import SEAT_PLANS, SeatPlanDocument
from projections.documents import Document, Documents, Writes
from projections.entry import Entry


class SeatPlans:
    """One document a show."""

    def __init__(self) -> None:
        self._new: list[Document] = []

    async def load(self, documents: Documents, show_ids: Collection[str]) -> None:
        """Nothing: a plan is written once."""

    def fold(self, entry: Entry) -> None:
        """A scheduled show brings its plan."""
        if type(entry.event) is ShowScheduled:
            record = entry.record
            plan = SeatPlanDocument(
                _id=record.show_id, version=record.version, plan=msgspec.json.encode(entry.event.plan)
            )
            self._new.append(cast(Document, plan))

    def take(self) -> Writes:
        """The new plans."""
        new, self._new = self._new, []
        return Writes(SEAT_PLANS, new)
