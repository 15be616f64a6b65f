"""Lies to plant into what a crowd was told, so that one sees the checkers find them."""

from collections.abc import Sequence
from enum import StrEnum

from scenarios.exchanges import Exchange, Kind


class PlantedFault(StrEnum):
    """What goes wrong on purpose."""

    TOLD_YES = "told-yes"
    """A buyer who was refused is told that the seat is held."""
    FORGED_RECEIPT = "forged-receipt"
    """The receipt of an accepted hold names another record."""
    SWALLOWED_ANSWER = "swallowed-answer"
    """The first buyer's last answer is taken away, so that it never learns what became of its request."""


class NothingToTamperWith(Exception):
    """No answer of the kind that the fault needs was given."""


def with_fault(exchanges: Sequence[Exchange], fault: PlantedFault) -> list[Exchange]:
    """The same exchanges with one lie among them. Raises NothingToTamperWith."""
    needed = {
        PlantedFault.TOLD_YES: Kind.REFUSED,
        PlantedFault.FORGED_RECEIPT: Kind.HELD,
        PlantedFault.SWALLOWED_ANSWER: Kind.BOOKED,
    }[fault]
    place = next((place for place, each in enumerate(exchanges) if each.kind is needed), None)
    held = next((each for each in exchanges if each.kind is Kind.HELD), None)
    if place is None or held is None:
        raise NothingToTamperWith(f"{fault.value}: nobody got an answer of the kind {needed.value!r}")
    true = exchanges[place]
    match fault:
        case PlantedFault.TOLD_YES:
            lie = true._replace(status=held.status, answer=held.answer)
        case PlantedFault.FORGED_RECEIPT:
            lie = true._replace(receipt=f"{(true.receipt or '').rpartition(':')[0]}:{'0' * 64}")
        case PlantedFault.SWALLOWED_ANSWER:
            lie = true._replace(status=None, answered=None, receipt=None, answer=b"")
    return [*exchanges[:place], lie, *exchanges[place + 1 :]]
