"""Faults in the code of a real command API, beside those that the simulation knows."""

import asyncio
from typing import Any

import msgspec
import pytest

from contracts.commands import BookHold, Command
from contracts.records import receipt, record_hash
from contracts.topics import partition_of
from write_side.api.answers import Answer, Booking, Money
from write_side.api.desk import Desk
from write_side.api.incoming import Incoming


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
