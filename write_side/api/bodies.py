"""The bodies of the hot requests, decoded by msgspec, and the commands they mean."""

import re
from hashlib import sha256
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from contracts.commands import BookHold, HoldBestAvailable, HoldRequest, HoldSeats
from contracts.limits import LABEL_CHARACTERS, PAYMENT_REFERENCE_CHARACTERS, PRICE_MINOR, SEATS_PER_HOLD
from write_side.api.incoming import Rejected, invalid

PRESALE_CODE_CHARACTERS: Final = 64
UUID_PATTERN: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"

Label = Annotated[str, Meta(min_length=1, max_length=LABEL_CHARACTERS)]
PresaleCode = Annotated[str, Meta(min_length=1, max_length=PRESALE_CODE_CHARACTERS)]


class BestAvailable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The best free seats, optionally only of one category or section, or only accessible ones."""

    quantity: Annotated[int, Meta(ge=1, le=SEATS_PER_HOLD)]
    category: Label | UnsetType = UNSET
    section: Label | UnsetType = UNSET
    accessible: bool = False
    together: bool = True


class HoldBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly one of `seats` (labels) and `best_available`."""

    seats: Annotated[tuple[Label, ...], Meta(min_length=1, max_length=SEATS_PER_HOLD)] | UnsetType = UNSET
    best_available: BestAvailable | UnsetType = UNSET
    standing: Raw | UnsetType = UNSET
    presale_code: PresaleCode | UnsetType = UNSET


class Paid(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was paid, in minor units of an ISO 4217 currency, which is the show's."""

    amount_minor: Annotated[int, Meta(ge=0, le=PRICE_MINOR * SEATS_PER_HOLD)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class BookingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Turn a hold into a booking, paid under this reference."""

    hold_id: Annotated[str, Meta(pattern=UUID_PATTERN)]
    payment_reference: Annotated[str, Meta(min_length=1, max_length=PAYMENT_REFERENCE_CHARACTERS)]
    amount: Paid


_hold_decoder: Final = msgspec.json.Decoder(HoldBody)
_booking_decoder: Final = msgspec.json.Decoder(BookingBody)
_AT: Final = re.compile(r"(?P<what>.*?) - at `\$(?P<path>.*)`", re.DOTALL)
_NAMED: Final = re.compile(r"Object (?P<what>contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)
_T = TypeVar("_T")


def hold_command(body: bytes, buyer_id: str, show_id: str) -> HoldRequest:
    """The command that the body of a hold request means. Raises Rejected (400, 422)."""
    hold = _decoded(_hold_decoder, body)
    if hold.standing is not UNSET:
        raise invalid(422, "standing", "standing areas cannot be held yet")
    digest = None if hold.presale_code is UNSET else presale_digest(show_id, hold.presale_code)
    if hold.seats is not UNSET and hold.best_available is UNSET:
        return HoldSeats(buyer_id=buyer_id, seats=hold.seats, presale_code_digest=digest)
    if hold.best_available is not UNSET and hold.seats is UNSET:
        wish = hold.best_available
        return HoldBestAvailable(
            buyer_id=buyer_id,
            quantity=wish.quantity,
            category=None if wish.category is UNSET else wish.category,
            section=None if wish.section is UNSET else wish.section,
            accessible=wish.accessible,
            together=wish.together,
            presale_code_digest=digest,
        )
    raise invalid(422, "seats", "exactly one of `seats` and `best_available` is needed")


def booking_command(body: bytes, buyer_id: str) -> BookHold:
    """The command that the body of a booking request means. Raises Rejected (400, 422)."""
    booking = _decoded(_booking_decoder, body)
    return BookHold(
        buyer_id=buyer_id,
        hold_id=booking.hold_id,
        payment_reference=booking.payment_reference,
        amount_minor=booking.amount.amount_minor,
        currency=booking.amount.currency,
    )


def presale_digest(show_id: str, code: str) -> str:
    """What is recorded of a presale code: its SHA-256 in hex, salted by the show."""
    return sha256(f"{show_id}\x1f{code}".encode()).hexdigest()


def _decoded(decoder: "msgspec.json.Decoder[_T]", body: bytes) -> _T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        field, message = field_at_fault(str(error))
        raise invalid(422, field, message) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json("nested too deeply" if isinstance(error, RecursionError) else str(error)) from error


def field_at_fault(text: str) -> tuple[str, str]:
    """The dotted path and the complaint in what msgspec says of a body."""
    match = _AT.fullmatch(text)
    what, path = (match["what"], match["path"].lstrip(".")) if match else (text, "")
    named = _NAMED.fullmatch(what)
    if named is None:
        return path or "body", what
    message = "is not known" if named["what"] == "contains unknown" else "is required"
    return f"{path}.{named['name']}".lstrip("."), message


def not_json(why: str) -> Rejected:
    """A body that is no JSON text, or nested beyond all measure."""
    return invalid(400, "body", f"this is not JSON: {why}")
