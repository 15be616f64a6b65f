"""What became of each command, for callers that got a 202."""

from collections.abc import Collection

import msgspec
from bson.datetime_ms import DatetimeMS

from contracts.events import Event, ShowScheduled
from contracts.read_models import COMMAND_OUTCOMES
from contracts.records import place_text, receipt
from projections.documents import Document, Documents, Writes
from projections.entry import Entry


class CommandOutcomes:
    """One document a command, pseudo-shows included. Written once, so that doing it twice is harmless."""

    def __init__(self) -> None:
        self._new: list[Document] = []

    async def load(self, documents: Documents, show_ids: Collection[str]) -> None:
        """Nothing."""

    def fold(self, entry: Entry) -> None:
        """Every event is the outcome of one command."""
        record, event = entry.record, entry.event
        offset, index, _ = record.source
        self._new.append(
            {
                "_id": place_text(entry.partition, offset, index),
                "version": record.version,
                "command_id": record.command_id,
                "show_id": record.show_id,
                "caller_id": _caller(event),
                "type": record.type,
                "data": _without_plan(event) if type(event) is ShowScheduled else bytes(record.data),
                "receipt": receipt(entry.partition, entry.offset, entry.hash),
                "time": DatetimeMS(record.time),
            }
        )

    def take(self) -> Writes:
        """The new outcomes."""
        new, self._new = self._new, []
        return Writes(COMMAND_OUTCOMES, new, replace=False)


def _caller(event: Event) -> str | None:
    return getattr(event, "buyer_id", None) or getattr(event, "organiser_id", None)


def _without_plan(event: ShowScheduled) -> bytes:
    """The plan has a document of its own, and may be large."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "plan"}
    return msgspec.json.encode(fields)
