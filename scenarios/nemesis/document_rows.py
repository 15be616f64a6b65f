"""MongoDB's documents as the rows that the checkers take."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.read_models import BOOKINGS, CHECKPOINTS, COMMAND_OUTCOMES, HOLDS, SEAT_MAPS, SHOWS
from scenarios.checkers.documents import (
    BookingRow,
    CheckpointRow,
    HoldRow,
    OutcomeRow,
    ReadModels,
    SectionRow,
    ShowRow,
)

Document = Mapping[str, Any]
CHECKED: Final = (CHECKPOINTS, SHOWS, SEAT_MAPS, HOLDS, BOOKINGS, COMMAND_OUTCOMES)
"""Checkpoints come first: what is written while the others are read is no fault then."""


def rows_of(found: Mapping[str, Iterable[Document]]) -> ReadModels:
    """All documents that are checked, by the name of their read model."""
    return ReadModels(
        checkpoints=tuple(_checkpoint(each) for each in found.get(CHECKPOINTS, ())),
        shows=tuple(_show(each) for each in found.get(SHOWS, ())),
        sections=tuple(_section(each) for each in found.get(SEAT_MAPS, ())),
        holds=tuple(_hold(each) for each in found.get(HOLDS, ())),
        bookings=tuple(_booking(each) for each in found.get(BOOKINGS, ())),
        outcomes=tuple(_outcome(each) for each in found.get(COMMAND_OUTCOMES, ())),
    )


def _checkpoint(found: Document) -> CheckpointRow:
    return CheckpointRow(partition=found["_id"], offset=found["offset"], hash=found["hash"])


def _show(found: Document) -> ShowRow:
    return ShowRow(
        id=found["_id"],
        version=found["version"],
        capacity=found["capacity"],
        free=found["free"],
        held=found["held"],
        booked=found["booked"],
    )


def _section(found: Document) -> SectionRow:
    show_id, _, section = str(found["_id"]).partition("/")
    return SectionRow(show_id=show_id, section=section, version=found["version"], statuses=bytes(found["statuses"]))


def _hold(found: Document) -> HoldRow:
    return HoldRow(
        id=found["_id"],
        version=found["version"],
        show_id=found["show_id"],
        buyer_id=found["buyer_id"],
        status=found["status"],
        seats=tuple(found["seats"]),
    )


def _booking(found: Document) -> BookingRow:
    return BookingRow(
        id=found["_id"],
        version=found["version"],
        show_id=found["show_id"],
        hold_id=found["hold_id"],
        buyer_id=found["buyer_id"],
        seats=tuple(found["seats"]),
        receipt=found["receipt"],
    )


def _outcome(found: Document) -> OutcomeRow:
    return OutcomeRow(
        place=found["_id"],
        version=found["version"],
        show_id=found["show_id"],
        command_id=found["command_id"],
        type=found["type"],
        receipt=found["receipt"],
    )
