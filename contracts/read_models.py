"""The documents that projections write and queries read: their collections and their shapes.

Each document carries the `version` of the show's event that touched it last, and equals the fold at that version.
Times are milliseconds since 1970 UTC unless they are typed as `datetime`. Every collection but STATE has the number
of its *generation* in its name: a rebuild writes the next generation beside the one in force, then switches.
"""

from datetime import datetime
from typing import Final, NotRequired, TypedDict

SHOWS: Final = "shows"
SEAT_PLANS: Final = "seat_plans"
SEAT_MAPS: Final = "seat_maps"
HOLDS: Final = "holds"
BOOKINGS: Final = "bookings"
COMMAND_OUTCOMES: Final = "command_outcomes"
CHECKPOINTS: Final = "checkpoints"
COLLECTIONS: Final = (SHOWS, SEAT_PLANS, SEAT_MAPS, HOLDS, BOOKINGS, COMMAND_OUTCOMES, CHECKPOINTS)

STATE: Final = "projection_state"
STATE_ID: Final = "generations"
OUTCOMES_KEPT_SECONDS: Final = 24 * 3600


def collection_name(name: str, generation: int) -> str:
    """The collection that holds this generation of a read model."""
    return f"{name}_g{generation}"


def section_id(show_id: str, section: str) -> str:
    """The id of a section's seat map. Ids of shows have no slash, so those of one show are a range."""
    return f"{show_id}/{section}"


class PriceDocument(TypedDict):
    """Prices are a list since a category's name need not be fit for a field's name."""

    category: str
    amount_minor: int


class PolicyDocument(TypedDict):
    """The organiser's rules, as in contracts/commands.SalePolicy."""

    hold_seconds: int
    seats_per_hold: int
    seats_per_buyer: int | None
    leave_no_single_seat: bool


class ShowDocument(TypedDict):
    """A show with its counts: free + held + booked + blocked = capacity. Written last: its version is the ETag."""

    _id: str
    version: int
    organiser_id: str
    title: str
    venue: str
    starts_at: int
    sale_opens_at: int
    sale_closes_at: int
    presale_opens_at: int | None
    prices: list[PriceDocument]
    currency: str
    policy: PolicyDocument
    capacity: int
    free: int
    held: int
    booked: int
    blocked: int


class SeatPlanDocument(TypedDict):
    """A show's plan, which never changes; `plan` is a contracts/seat_plans.SeatPlan as JSON."""

    _id: str
    version: int
    plan: bytes


class SeatMapDocument(TypedDict):
    """One section of a show. `statuses` has one byte a seat in plan order (contracts/seat_plans.STATUS_NAMES);
    `expires` one little-endian signed 64-bit number for each held seat, in the same order; `start` is the position of
    the section's first seat."""

    _id: str
    version: int
    section: str
    start: int
    statuses: bytes
    expires: bytes


class HoldDocument(TypedDict):
    """A hold; `status` is held, released, expired (by the clock), lapsed (lost to another hold) or booked."""

    _id: str
    version: int
    show_id: str
    buyer_id: str
    status: str
    seats: list[str]
    prices_minor: list[int]
    currency: str
    expires_at: int


class BookingDocument(TypedDict):
    """A booking, with the receipt of the event that made it."""

    _id: str
    version: int
    show_id: str
    hold_id: str
    buyer_id: str
    seats: list[str]
    amount_minor: int
    currency: str
    payment_reference: str
    booked_at: int
    receipt: str


class OutcomeDocument(TypedDict):
    """What became of one command; `data` is the event as JSON. MongoDB drops it OUTCOMES_KEPT_SECONDS after `time`."""

    _id: str
    version: int
    command_id: str
    show_id: str
    caller_id: str | None
    type: str
    data: bytes
    receipt: str
    time: datetime


class CheckpointDocument(TypedDict):
    """How far a partition of the event log is projected: the last record's offset and SHA-256, the claim in force
    there and the place of the first command without an outcome. A `fenced` one moves no more, until the fence of the
    rebuild `fenced_by` is lifted."""

    _id: int
    offset: int
    claim: int
    next_command: list[int]
    hash: str
    fenced: bool
    fenced_by: NotRequired[int]


class StateDocument(TypedDict):
    """Which generation queries read (`in_force`), the highest number given away (`last`), the generation that a rebuild
    is about to replace (`fenced`, 0: none) by another (`fenced_by`), and the one whose projector has stopped for it
    (`left`)."""

    _id: str
    in_force: int
    last: int
    fenced: int
    fenced_by: int
    left: int
    partitions: int
