"""Faults in the command API and the projector that the simulation must find."""

import asyncio
from typing import Any, Final

import msgspec
import pytest

from contracts.commands import BookHold
from contracts.records import EventRecord
from projections import mongo_documents
from projections.entry import Batch
from projections.projector import Projector
from tests.simulation.mutants import Mutant
from write_side.api.answers import Answer, Seen
from write_side.api.desk import Desk
from write_side.api.waiting import Asked, Waiting


def waiters_matched_by_command_id(patch: pytest.MonkeyPatch) -> None:
    """Rule 12: who waits is told the first event that has the command's id."""
    place_one, see = Waiting.placed, Waiting.seen

    def placed(self: Waiting, number: int, offset: int, group: list[Asked]) -> None:
        for asked in group:
            for seen in self.recent[number]._by_offset.values():
                if seen.record.command_id == asked.posted.id:
                    asked.resolve(seen)
        place_one(self, number, offset, group)

    def seen(self: Waiting, number: int, offset: int, record: EventRecord, value: bytes) -> None:
        for asked in list(self._placed[number].values()):
            if asked.posted.id == record.command_id:
                asked.resolve(Seen(number, offset, record, value))
        see(self, number, offset, record, value)

    patch.setattr(Waiting, "placed", placed)
    patch.setattr(Waiting, "seen", seen)


def answer_before_append(patch: pytest.MonkeyPatch) -> None:
    """Rule 12: a booking is told before the log has it."""
    ask = Desk.ask

    async def tell_and_ask(self: Desk, show_id: str, command: Any, request: Any) -> Answer:
        asking = asyncio.ensure_future(ask(self, show_id, command, request))
        if not isinstance(command, BookHold):
            return await asking
        asking.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        body = msgspec.json.encode({"booking_id": request.command_id(show_id), "hold_id": command.hold_id})
        return Answer(201, [(b"content-type", b"application/json")], body, "accepted")

    patch.setattr(Desk, "ask", tell_and_ask)


def answer_from_a_void_record(patch: pytest.MonkeyPatch) -> None:
    """Rule 12: what any worker wrote is told, whether the fold accepts it or not."""
    from write_side.api import tail

    class Credulous(tail.LogCursor):
        def accept(self, offset: int, record: Any) -> bool:
            super().accept(offset, record)
            return isinstance(record, EventRecord)

    patch.setattr(
        tail, "cursor_at", lambda number, claim: Credulous(number, offset=(claim or 0) - 1, next_command=None)
    )


def no_version_guard(patch: pytest.MonkeyPatch) -> None:
    """A projector that overwrites whatever is there."""
    guarded, replacement = mongo_documents._guarded, mongo_documents._replacement

    def unguarded(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "q": {"_id": document["q"]["_id"]}}

    patch.setattr(mongo_documents, "_guarded", lambda change: unguarded(dict(guarded(change))))
    patch.setattr(mongo_documents, "_replacement", lambda document: unguarded(dict(replacement(document))))


def checkpoint_before_documents(patch: pytest.MonkeyPatch) -> None:
    """Rule 11: the checkpoint is moved before what it covers is written."""
    project = Projector.project

    async def checkpoint_and_project(self: Projector, batch: Batch) -> None:
        await self._patience.until_done(lambda: self._checkpoints.advance(batch.positions))
        await project(self, batch._replace(positions={}))

    patch.setattr(Projector, "project", checkpoint_and_project)


MUTANTS_OF_READERS: Final[dict[str, Mutant]] = {
    mutant.change.__name__: mutant
    for mutant in (
        Mutant(waiters_matched_by_command_id, "answers"),
        Mutant(answer_before_append, "answers"),
        Mutant(answer_from_a_void_record, "answers"),
        Mutant(no_version_guard, "I6"),
        Mutant(checkpoint_before_documents, "I6"),
    )
}
