"""Faults in the command API and the projector that the simulation must find."""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import msgspec
import pytest

from contracts.commands import BookHold, Command, HoldSeats
from contracts.records import EventRecord, receipt, record_hash
from contracts.topics import partition_of
from projections import mongo_documents
from projections.entry import Batch
from projections.projector import Projector
from tests.simulation.mutants import Mutant
from write_side.api.answers import Answer, Booking, Money, Seen
from write_side.api.desk import Desk
from write_side.api.incoming import Incoming
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
    """Rule 12: a booking is told as soon as it is sent, with the receipt that the next event should have."""
    ask = Desk.ask
    sent: set[asyncio.Future[Any]] = set()

    async def tell_and_ask(self: Desk, show_id: str, command: Command, request: Incoming) -> Answer:
        asking = asyncio.ensure_future(ask(self, show_id, command, request))
        if not isinstance(command, BookHold):
            return await asking
        sent.add(asking)
        asking.add_done_callback(sent.discard)
        asking.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        return _guess(self, show_id, command, request)

    patch.setattr(Desk, "ask", tell_and_ask)


def _guess(desk: Desk, show_id: str, command: BookHold, request: Incoming) -> Answer:
    """What the answer will be, if all goes well and nobody comes in between."""
    number = partition_of(show_id, len(desk._partitions))
    recent = desk._waiting.recent[number]._by_offset
    booking = Booking(
        booking_id=request.command_id(show_id),
        hold_id=command.hold_id,
        seats=(),
        amount=Money(amount_minor=command.amount_minor, currency=command.currency),
        version=1,
    )
    body = msgspec.json.encode(booking)
    place = receipt(number, max(recent, default=-1) + 1, record_hash(body))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"location", f"/bookings/{booking.booking_id}".encode()),
        (b"seatlog-receipt", place.encode()),
    ]
    return Answer(201, headers, body, "accepted")


def refuse_from_memory(patch: pytest.MonkeyPatch) -> None:
    """Rule 12: who asks for seats that were refused before is told what was told then, and nothing is recorded."""
    ask = Desk.ask
    refused: dict[tuple[str, tuple[str, ...]], Answer] = {}

    async def remember_or_ask(self: Desk, show_id: str, command: Command, request: Incoming) -> Answer:
        if not isinstance(command, HoldSeats):
            return await ask(self, show_id, command, request)
        wanted = (show_id, command.seats)
        if wanted not in refused:
            answer = await ask(self, show_id, command, request)
            if answer.status != HTTPStatus.CONFLICT:
                return answer
            refused[wanted] = answer
        return refused[wanted]

    patch.setattr(Desk, "ask", remember_or_ask)


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
        Mutant(waiters_matched_by_command_id, {"answers"}),
        Mutant(answer_before_append, {"answers"}),
        Mutant(refuse_from_memory, {"answers", "I5"}),
        Mutant(answer_from_a_void_record, {"answers"}),
        Mutant(no_version_guard, {"I6"}),
        Mutant(checkpoint_before_documents, {"I6"}),
    )
}
