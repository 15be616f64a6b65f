"""What a buyer reads out of the APIs' answers, decoded from their published JSON and nothing else."""

from base64 import b64decode
from typing import Final, NamedTuple

import msgspec

from contracts.seat_plans import BOOKED, FREE, HELD


class Money(msgspec.Struct, frozen=True):
    """Minor units of a currency."""

    amount_minor: int
    currency: str


class HoldAnswer(msgspec.Struct, frozen=True):
    """201 to a hold."""

    hold_id: str
    total: Money


class SeatsHeldData(msgspec.Struct, frozen=True):
    """The event behind a hold, as `GET /commands/{id}` tells it."""

    hold_id: str
    prices_minor: tuple[int, ...]
    currency: str


class OutcomeAnswer(msgspec.Struct, frozen=True):
    """`GET /commands/{id}`: `http_status` is what the command's own answer would have had, `type` the event's."""

    type: str
    http_status: int
    data: msgspec.Raw


class SectionAnswer(msgspec.Struct, frozen=True):
    """One section of the compact map; `statuses` is base64 of one byte a seat, in plan order."""

    start: int
    statuses: str


class MapAnswer(msgspec.Struct, frozen=True):
    """`GET /shows/{id}/seats?format=compact`."""

    sections: tuple[SectionAnswer, ...]


class Hold(NamedTuple):
    """What a buyer must know in order to book."""

    hold_id: str
    total: Money


class Settled(NamedTuple):
    """The truth about a command, whichever way it came: HTTP status, and the hold if it made one."""

    status: int
    hold: Hold | None


_hold: Final = msgspec.json.Decoder(HoldAnswer).decode
_outcome: Final = msgspec.json.Decoder(OutcomeAnswer).decode
_held: Final = msgspec.json.Decoder(SeatsHeldData).decode
_map: Final = msgspec.json.Decoder(MapAnswer).decode


def settled_at_once(status: int, body: bytes, *, is_hold: bool) -> Settled:
    """A command's own answer. Raises msgspec.DecodeError when a 201 does not say what it must."""
    if status != 201 or not is_hold:
        return Settled(status, None)
    hold = _hold(body)
    return Settled(status, Hold(hold.hold_id, hold.total))


def settled_later(body: bytes) -> Settled:
    """An outcome told by the query API. Raises msgspec.DecodeError when it is none."""
    outcome = _outcome(body)
    if outcome.type != "seats-held":
        return Settled(outcome.http_status, None)
    held = _held(outcome.data)
    return Settled(outcome.http_status, Hold(held.hold_id, Money(sum(held.prices_minor), held.currency)))


class SeatMap:
    """Positions by status, as one answer of the query API shows them."""

    __slots__ = ("statuses",)

    def __init__(self, body: bytes) -> None:
        sections = sorted(_map(body).sections, key=lambda section: section.start)
        self.statuses = b"".join(b64decode(section.statuses) for section in sections)

    def free(self) -> list[int]:
        """The positions of the free seats."""
        return [position for position, status in enumerate(self.statuses) if status == FREE]

    @property
    def may_become_free(self) -> bool:
        """Whether a seat is only held, so that waiting makes sense."""
        return HELD in self.statuses

    @property
    def booked(self) -> int:
        """How many seats are sold."""
        return self.statuses.count(BOOKED)
