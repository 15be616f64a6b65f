"""The documents of the read models, as the checkers read them. Times are milliseconds since 1970."""

from msgspec import Raw, Struct

from scenarios.checkers.shapes import Policy


class ShowRow(Struct, frozen=True, kw_only=True):
    """A show: its terms, and how many of its seats are what."""

    id: str
    version: int
    organiser_id: str
    title: str
    venue: str
    starts_at: int
    sale_opens_at: int
    sale_closes_at: int
    presale_opens_at: int | None
    prices: dict[str, int]
    currency: str
    policy: Policy
    capacity: int
    free: int
    held: int
    booked: int
    blocked: int


class PlanRow(Struct, frozen=True, kw_only=True):
    """A show's plan, as the JSON that is stored."""

    id: str
    version: int
    plan: Raw


class SectionRow(Struct, frozen=True, kw_only=True):
    """One section's seat map: one byte a seat, in the order of the plan, where its first seat stands in the house, and
    eight bytes, little-endian, for when each of the held ones lapses."""

    show_id: str
    section: str
    version: int
    start: int
    statuses: bytes
    expires: bytes


class HoldRow(Struct, frozen=True, kw_only=True):
    """A hold: `status` is held, released, expired, lapsed or booked."""

    id: str
    version: int
    show_id: str
    buyer_id: str
    status: str
    seats: tuple[str, ...]
    prices_minor: tuple[int, ...]
    currency: str
    expires_at: int


class BookingRow(Struct, frozen=True, kw_only=True):
    """A booking."""

    id: str
    version: int
    show_id: str
    hold_id: str
    buyer_id: str
    seats: tuple[str, ...]
    amount_minor: int
    currency: str
    payment_reference: str
    booked_at: int
    receipt: str


class OutcomeRow(Struct, frozen=True, kw_only=True):
    """What became of the command at a place, `partition.offset.index`; `data` is the JSON of its event."""

    place: str
    version: int
    show_id: str
    command_id: str
    caller_id: str | None
    type: str
    data: Raw
    receipt: str
    time: int


class CheckpointRow(Struct, frozen=True, kw_only=True):
    """How far a partition is projected: offset and SHA-256 of the last record that is."""

    partition: int
    offset: int
    hash: str


class ReadModels(Struct, frozen=True, kw_only=True):
    """The documents of the generation in force."""

    shows: tuple[ShowRow, ...] = ()
    plans: tuple[PlanRow, ...] = ()
    sections: tuple[SectionRow, ...] = ()
    holds: tuple[HoldRow, ...] = ()
    bookings: tuple[BookingRow, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    checkpoints: tuple[CheckpointRow, ...] = ()
