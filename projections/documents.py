"""What a read model asks of the place where documents live: a few reads, and writes guarded by versions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

Document = Mapping[str, object]


class Change(NamedTuple):
    """New values for some fields of a document; they count only if the stored version is below `version`."""

    id: str
    version: int
    fields: Document


class Writes(NamedTuple):
    """What one read model has to write after a batch.

    `inserts` are whole documents, new as far as the model knows. One that exists already is replaced if the stored
    version is lower (`replace`), else left alone.
    """

    collection: str
    inserts: Sequence[Document]
    changes: Sequence[Change] = ()
    replace: bool = True


class Documents(Protocol):
    """One generation of the read models."""

    async def named(self, collection: str, ids: Iterable[str]) -> list[Document]:
        """The documents with these ids, as far as they exist, in any order."""

    async def under(self, collection: str, prefix: str) -> list[Document]:
        """The documents whose id is `prefix`, a slash and something more, in any order."""

    async def write(self, writes: Writes) -> None:
        """Do all of it, each document by itself and in any order; doing it twice is doing it once."""
