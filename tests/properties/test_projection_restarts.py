"""However the log is cut into batches, read again and interrupted, the documents are those of one pass (I6)."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.read_models import SHOWS
from projections.entry import Batch, Position
from projections.judging import Judge
from projections.patience import Patience
from projections.projector import Projector
from tests.documents_in_memory import Crash, MemoryCheckpoints, MemoryDocuments, Store, counts, statuses
from tests.log_writer import LogWriter, Stored, a_sale
from tests.sales import sales

Build = Callable[[Store], Projector]
Life = tuple[list[int], int]
"""One life of a projector: the sizes of the batches that it takes, and before which write it crashes."""
LIVES = st.lists(st.tuples(st.lists(st.integers(1, 9), max_size=6), st.integers(0, 25)), max_size=5)


def build(store: Store) -> Projector:
    return Projector(MemoryDocuments(store), MemoryCheckpoints(store), Patience())


async def live(store: Store, log: list[Stored], sizes: list[int], make: Build) -> None:
    """A projector from its checkpoint on, batch by batch; after those sizes it takes all the rest at once."""
    judge = Judge(0, store.positions.get(0, Position()))
    projector = make(store)
    for size in [*sizes, len(log)]:
        messages = log[judge.next_offset :][:size]
        if messages:
            entries = Batch([], {}, len(messages))
            position = judge.take(messages, entries.entries)
            if position is not None:
                entries.positions[0] = position
                await projector.project(entries)


def one_pass(log: list[Stored]) -> Store:
    store = Store()
    asyncio.run(live(store, log, [], build))
    return store


def survives(log: list[Stored], lives: list[Life], make: Build) -> Store:
    """The store after these lives and a last one without a crash."""
    store = Store()
    for sizes, writes in lives:
        store.writes_left = writes
        try:
            asyncio.run(live(store, log, sizes, make))
        except Crash:
            checkpoint_covers_documents(store, log)
    store.writes_left = None
    asyncio.run(live(store, log, [3], make))
    return store


def checkpoint_covers_documents(store: Store, log: list[Stored]) -> None:
    """What the checkpoint covers is there, whole, and each document is the fold at its version."""
    offset = store.positions.get(0, Position()).offset
    covered = one_pass(log[: offset + 1]) if offset >= 0 else Store()
    for name, documents in covered.collections.items():
        for id_, document in documents.items():
            found = store.collections[name][id_]
            assert found["version"] >= document["version"], (name, id_)
            assert found == document or found["version"] > document["version"], (name, id_)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sales(), LIVES)
def test_any_batches_and_crashes_give_the_documents_of_one_pass(log: LogWriter, lives: list[Life]):
    assert survives(log.events, lives, build).collections == one_pass(log.events).collections


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sales())
def test_maps_and_counts_are_those_of_the_domain(log: LogWriter):
    store = one_pass(log.events)
    for show_id, show in log.partition.shows.items():
        if show.terms is not None:
            expected = bytes(show.statuses)
            assert statuses(store, show_id) == expected
            assert counts(store, show_id) == tuple(expected.count(status) for status in range(4))
            assert store.collections[SHOWS][show_id]["version"] == show.version


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sales(), st.integers(0, 40))
def test_every_document_is_the_fold_at_the_version_that_it_carries(log: LogWriter, writes: int):
    """After a crash anywhere: cut each show's history at a document's version, and fold that."""
    store = Store()
    store.writes_left = writes
    with contextlib.suppress(Crash):
        asyncio.run(live(store, log.events, [4, 4, 4], build))
    for name, documents in store.collections.items():
        for id_, document in documents.items():
            assert document == at_version(log.events, document["version"])[name][id_], (name, id_)


def at_version(log: list[Stored], version: int) -> dict[str, dict[str, dict[str, object]]]:
    """The documents of every show at this version."""
    store, batch = Store(), Batch([], {}, len(log))
    Judge(0, Position()).take(log, batch.entries)
    entries = [entry for entry in batch.entries if entry.record.version <= version]
    asyncio.run(build(store).project(Batch(entries, {}, len(entries))))
    return store.collections


class Unguarded(MemoryDocuments):
    """Mutant: writes whatever it is given."""

    def _newer(self, stored: object, version: object) -> bool:
        return True


class CheckpointFirst(Projector):
    """Mutant: moves the checkpoint before the documents are there."""

    async def project(self, batch: Batch) -> None:
        await self._checkpoints.advance(batch.positions)
        await super().project(Batch(batch.entries, {}, batch.records))


class FoldsTwice(Projector):
    """Mutant: pays no heed to the versions that documents carry when they are loaded."""

    async def project(self, batch: Batch) -> None:
        for model in self._models:
            await model.load(self._documents, {entry.record.show_id for entry in batch.entries})
        for show in self._shows._shows._values.values():
            if show is not None:
                show["version"] = 0
        await super().project(batch)


def blind(store: Store) -> Projector:
    return Projector(Unguarded(store), MemoryCheckpoints(store), Patience())


def hasty(store: Store) -> Projector:
    return CheckpointFirst(MemoryDocuments(store), MemoryCheckpoints(store), Patience())


def forgetful(store: Store) -> Projector:
    return FoldsTwice(MemoryDocuments(store), MemoryCheckpoints(store), Patience())


WAYS = [[1] * 9, [2, 3, 4], [5], []]
"""Sizes of batches before a crash."""


def harmed(log: list[Stored], make: Build) -> bool:
    """Whether a crash before some single write of some way to read this log leaves other documents than one pass."""
    right = one_pass(log).collections
    for sizes in WAYS:
        for writes in range(60):
            try:
                if survives(log, [(sizes, writes)], make).collections != right:
                    return True
            except (AssertionError, KeyError):
                return True
    return False


def test_a_crash_before_any_single_write_of_a_sale_does_no_harm():
    assert not harmed(a_sale().events, build)


@pytest.mark.parametrize("mutant", [blind, hasty, forgetful])
def test_the_check_catches_a_projector_that_is_wrong(mutant: Build):
    assert harmed(a_sale().events, mutant)
