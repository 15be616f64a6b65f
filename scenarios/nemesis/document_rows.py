"""MongoDB's documents as the rows that the checkers take."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from contracts.read_models import BOOKINGS, CHECKPOINTS, COMMAND_OUTCOMES, HOLDS, SEAT_MAPS, SEAT_PLANS, SHOWS
from scenarios.checkers.document_shapes import (
    BookingRow,
    CheckpointRow,
    HoldRow,
    OutcomeRow,
    PlanRow,
    ReadModels,
    SectionRow,
    ShowRow,
)
from scenarios.checkers.shapes import Policy
from scenarios.history import json_or_null

Document = Mapping[str, Any]
CHECKED: Final = (CHECKPOINTS, SHOWS, SEAT_PLANS, SEAT_MAPS, HOLDS, BOOKINGS, COMMAND_OUTCOMES)
"""Checkpoints come first: what is written while the others are read is no fault then."""


def rows_of(found: Mapping[str, Iterable[Document]]) -> ReadModels:
    """All documents, by the name of their read model. BSON's times must come as bson.DatetimeMS.

    BSON's 64-bit integers are a class of their own, which is no JSON: so the times are made plain.
    """
    return ReadModels(
        checkpoints=tuple(_checkpoint(each) for each in found.get(CHECKPOINTS, ())),
        shows=tuple(_show(each) for each in found.get(SHOWS, ())),
        plans=tuple(_plan(each) for each in found.get(SEAT_PLANS, ())),
        sections=tuple(_section(each) for each in found.get(SEAT_MAPS, ())),
        holds=tuple(_hold(each) for each in found.get(HOLDS, ())),
        bookings=tuple(_booking(each) for each in found.get(BOOKINGS, ())),
        outcomes=tuple(_outcome(each) for each in found.get(COMMAND_OUTCOMES, ())),
    )


def _checkpoint(found: Document) -> CheckpointRow:
    return CheckpointRow(partition=found["_id"], offset=found["offset"], hash=found["hash"])


def _show(found: Document) -> ShowRow:
    presale = found["presale_opens_at"]
    return ShowRow(
        id=found["_id"],
        version=found["version"],
        organiser_id=found["organiser_id"],
        title=found["title"],
        venue=found["venue"],
        starts_at=int(found["starts_at"]),
        sale_opens_at=int(found["sale_opens_at"]),
        sale_closes_at=int(found["sale_closes_at"]),
        presale_opens_at=None if presale is None else int(presale),
        prices={each["category"]: each["amount_minor"] for each in found["prices"]},
        currency=found["currency"],
        policy=msgspec.convert(found["policy"], Policy),
        capacity=found["capacity"],
        free=found["free"],
        held=found["held"],
        booked=found["booked"],
        blocked=found["blocked"],
    )


def _plan(found: Document) -> PlanRow:
    return PlanRow(id=found["_id"], version=found["version"], plan=json_or_null(bytes(found["plan"])))


def _section(found: Document) -> SectionRow:
    show_id, _, section = str(found["_id"]).partition("/")
    return SectionRow(
        show_id=show_id,
        section=section,
        version=found["version"],
        start=found["start"],
        statuses=bytes(found["statuses"]),
        expires=bytes(found["expires"]),
    )


def _hold(found: Document) -> HoldRow:
    return HoldRow(
        id=found["_id"],
        version=found["version"],
        show_id=found["show_id"],
        buyer_id=found["buyer_id"],
        status=found["status"],
        seats=tuple(found["seats"]),
        prices_minor=tuple(found["prices_minor"]),
        currency=found["currency"],
        expires_at=int(found["expires_at"]),
    )


def _booking(found: Document) -> BookingRow:
    return BookingRow(
        id=found["_id"],
        version=found["version"],
        show_id=found["show_id"],
        hold_id=found["hold_id"],
        buyer_id=found["buyer_id"],
        seats=tuple(found["seats"]),
        amount_minor=int(found["amount_minor"]),
        currency=found["currency"],
        payment_reference=found["payment_reference"],
        booked_at=int(found["booked_at"]),
        receipt=found["receipt"],
    )


def _outcome(found: Document) -> OutcomeRow:
    return OutcomeRow(
        place=found["_id"],
        version=found["version"],
        show_id=found["show_id"],
        command_id=found["command_id"],
        caller_id=found["caller_id"],
        type=found["type"],
        data=json_or_null(bytes(found["data"])),
        receipt=found["receipt"],
        time=int(found["time"]),
    )
