"""I6 over everything that was ever written to MongoDB, in its order: each document is the fold at the version that it
carries and never goes back, and no checkpoint is higher than its documents."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import bson

from contracts.event_log import LogFault
from contracts.read_models import CHECKPOINTS, STATE
from projections.bookings import Bookings
from projections.command_outcomes import CommandOutcomes
from projections.entry import Entry, Position
from projections.holds import Holds
from projections.judging import Judge
from projections.read_model import ReadModel
from projections.seat_maps import SeatMaps
from projections.seat_plans import SeatPlans
from projections.shows import Shows
from read_side.replay.log_reader import Stored
from scenarios.checkers.findings import Finding
from tests.simulation.mongo_in_memory import Fields, Written

FINDINGS_MOST: Final = 20
Name = tuple[str, Any]
"""(collection without its generation, id)"""


class Touched(NamedTuple):
    """A document and the version that an event gives it."""

    name: Name
    version: int


class Fold:
    """What one pass over the log, event by event, makes of every document at every version."""

    def __init__(self, logs: Sequence[Sequence[Stored]]) -> None:
        self.documents: dict[Name, dict[int, Fields]] = defaultdict(dict)
        self.touched: dict[tuple[int, int], list[Touched]] = {}
        """Partition and offset of an event to the documents that it changes."""
        self._latest: dict[Name, Fields] = {}
        for partition, log in enumerate(logs):
            models: list[ReadModel] = [SeatPlans(), SeatMaps(), Holds(), Bookings(), CommandOutcomes(), Shows()]
            entries: list[Entry] = []
            Judge(partition, Position()).take(log, entries)
            for entry in entries:
                self.touched[partition, entry.offset] = [each for model in models for each in self._fold(model, entry)]

    def _fold(self, model: ReadModel, entry: Entry) -> Iterator[Touched]:
        model.fold(entry)
        writes = model.take()
        for document in writes.inserts:
            yield self._became((writes.collection, document["_id"]), document)
        for change in writes.changes:
            name = (writes.collection, change.id)
            if name in self._latest:
                yield self._became(name, {**self._latest[name], **change.fields, "version": change.version})

    def _became(self, name: Name, document: Mapping[str, Any]) -> Touched:
        stored = self._latest[name] = bson.decode(bson.encode(document))
        self.documents[name][stored["version"]] = stored
        return Touched(name, stored["version"])


class _Generation:
    """The documents and checkpoints of one generation, as they are after some of the writes.

    One of which something was deleted is over: what a rebuild that was given up has still on its way may land there,
    and nobody may ever see it.
    """

    def __init__(self) -> None:
        self.is_over = False
        self.stored: dict[Name, Fields] = {}
        self.offsets: dict[int, int] = {}


class _Watch:
    """Goes through the writes."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._generations: dict[str, _Generation] = defaultdict(_Generation)
        self._in_force = ""

    def see(self, written: Written) -> Iterator[str]:
        """What is wrong with one write."""
        if written.collection == STATE:
            assert written.document is not None
            yield from self._switch(str(written.document["in_force"]))
            return
        base, _, number = written.collection.rpartition("_g")
        generation = self._generations[number]
        if written.document is None:
            if number == self._in_force:
                yield f"{base} {written.id} was deleted while its generation was in force"
            generation.is_over = True
        elif generation.is_over:
            return
        elif base == CHECKPOINTS:
            yield from self._checkpoint(generation, written.id, written.document["offset"])
        else:
            yield from self._document(generation, (base, written.id), written.document)

    def _document(self, generation: _Generation, name: Name, document: Fields) -> Iterator[str]:
        version, before = document["version"], generation.stored.get(name)
        generation.stored[name] = document
        if before is not None and version < before["version"]:
            yield f"{name} goes back from version {before['version']} to {version}"
        wanted = self._fold.documents[name].get(version)
        if wanted is None:
            yield f"{name} has version {version}, at which no event has touched it"
        elif document != wanted:
            wrong = sorted(field for field in wanted if document.get(field) != wanted[field])
            yield f"{name} at version {version} is not the fold: {', '.join(wrong)}"

    def _checkpoint(self, generation: _Generation, partition: int, offset: int) -> Iterator[str]:
        before = generation.offsets.get(partition, -1)
        generation.offsets[partition] = offset
        if offset < before:
            yield f"the checkpoint of partition {partition} goes back from {before} to {offset}"
        for covered in range(before + 1, offset + 1):
            for name, version in self._fold.touched.get((partition, covered), ()):
                stored = generation.stored.get(name)
                if stored is None or stored["version"] < version:
                    has = "nothing" if stored is None else f"version {stored['version']}"
                    yield f"the checkpoint of partition {partition} is at {offset}, but {name} has {has}, not {version}"

    def _switch(self, in_force: str) -> Iterator[str]:
        if in_force == self._in_force:
            return
        before, self._in_force = self._generations[self._in_force], in_force
        after = self._generations[in_force]
        if after.is_over:
            yield f"generation {in_force} is put in force, of which something was deleted"
        for partition, offset in before.offsets.items():
            if after.offsets.get(partition, -1) < offset:
                yield f"a switch has set partition {partition} back from {offset} to {after.offsets.get(partition)}"


def judge_documents(written: Sequence[Written], logs: Sequence[Sequence[Stored]]) -> list[Finding]:
    """I6. A log with a fault has no fold: that is told elsewhere."""
    try:
        watch = _Watch(Fold(logs))
    except LogFault:
        return []
    findings: list[Finding] = []
    for number, each in enumerate(written):
        findings += [Finding("I6", what, f"write {number}") for what in watch.see(each)]
        if len(findings) >= FINDINGS_MOST:
            break
    return findings
