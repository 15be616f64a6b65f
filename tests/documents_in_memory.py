"""Documents and checkpoints without MongoDB, which may crash before any single write."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from contracts.read_models import CHECKPOINTS, SEAT_MAPS, SHOWS
from projections.checkpoints import Superseded
from projections.documents import Document, Writes
from projections.entry import Batch, Position
from projections.judging import Judge
from projections.patience import Patience
from projections.projector import Projector
from tests.log_writer import LogWriter


class Crash(Exception):
    """The process died here."""


class Store:
    """What survives a crash. `writes_left` counts down to it; None means never."""

    def __init__(self) -> None:
        self.collections: dict[str, dict[str, dict[str, Any]]] = {}
        self.positions: dict[int, Position] = {}
        self.writes_left: int | None = None

    def spend(self) -> None:
        """One single write is about to happen. Raises Crash, also ever after, until `writes_left` is set again."""
        if self.writes_left is not None:
            if self.writes_left == 0:
                raise Crash
            self.writes_left -= 1


class MemoryDocuments:
    """projections.documents.Documents over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def named(self, collection: str, ids: Iterable[str]) -> list[Document]:
        found = self._store.collections.get(collection, {})
        return [copy.deepcopy(found[id_]) for id_ in ids if id_ in found]

    async def under(self, collection: str, prefix: str) -> list[Document]:
        found = self._store.collections.get(collection, {})
        return [copy.deepcopy(document) for id_, document in found.items() if id_.startswith(f"{prefix}/")]

    async def write(self, writes: Writes) -> None:
        stored = self._store.collections.setdefault(writes.collection, {})
        for document in writes.inserts:
            self._store.spend()
            id_ = document["_id"]
            if id_ not in stored or (writes.replace and self._newer(stored[id_], document["version"])):
                self._keep(stored, id_, dict(document))
        for change in writes.changes:
            self._store.spend()
            if change.id in stored and self._newer(stored[change.id], change.version):
                self._keep(stored, change.id, stored[change.id] | {"version": change.version, **change.fields})

    def _keep(self, stored: dict[str, dict[str, Any]], id_: str, document: dict[str, Any]) -> None:
        assert id_ not in stored or stored[id_]["version"] <= document["version"], f"{id_} goes back (I6)"
        stored[id_] = copy.deepcopy(document)

    def _newer(self, stored: dict[str, Any], version: Any) -> bool:
        return stored["version"] < version


class MemoryCheckpoints:
    """projections.projector.Advance over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def advance(self, positions: Mapping[int, Position]) -> None:
        for partition, position in positions.items():
            self._store.spend()
            if self._store.positions.get(partition, Position()).offset > position.offset:
                raise Superseded("memory")
            self._store.positions[partition] = position


async def projected(log: LogWriter) -> Store:
    """What the real projector makes of a whole log in one batch."""
    store, batch = Store(), Batch([], {}, 0)
    position = Judge(log.number, Position()).take(log.events, batch.entries)
    assert position is not None
    batch.positions[log.number] = position
    await Projector(MemoryDocuments(store), MemoryCheckpoints(store), Patience()).project(batch)
    return store


def found_in(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All documents by collection, as MongoDB would give them."""
    checkpoints = [{"_id": number, "offset": at.offset, "hash": at.hash} for number, at in store.positions.items()]
    return {name: list(each.values()) for name, each in store.collections.items()} | {CHECKPOINTS: checkpoints}


def statuses(store: Store, show_id: str) -> bytes:
    """A show's whole seat map in plan order."""
    sections = [each for id_, each in store.collections.get(SEAT_MAPS, {}).items() if id_.startswith(f"{show_id}/")]
    return b"".join(each["statuses"] for each in sorted(sections, key=lambda each: each["start"]))


def counts(store: Store, show_id: str) -> tuple[int, int, int, int]:
    """Free, held, booked, blocked."""
    show = store.collections[SHOWS][show_id]
    return show["free"], show["held"], show["booked"], show["blocked"]
