"""What every read model can do. A model folds in memory and writes in bulk; it holds no connection."""

from collections.abc import Collection
from typing import Protocol

from projections.documents import Documents, Writes
from projections.entry import Entry


class ReadModel(Protocol):
    """A read model: `load` what the next entries touch, `fold` them one by one, `take` what is to be written."""

    async def load(self, documents: Documents, show_ids: Collection[str]) -> None:
        """Have in memory what entries of these shows change, as far as it is stored."""

    def fold(self, entry: Entry) -> None:
        """Take one event in; one at or below a document's version changes that document no more."""

    def take(self) -> Writes:
        """What has changed since the last call."""
