"""The bookings, for the buyers that own them."""

from collections.abc import Collection
from typing import cast

from contracts.events import SeatsBooked
from contracts.read_models import BOOKINGS, BookingDocument
from contracts.records import receipt
from projections.documents import Document, Documents, Writes
from projections.entry import Entry


class Bookings:
    """One document a booking."""

    def __init__(self) -> None:
        self._new: list[Document] = []

    async def load(self, documents: Documents, show_ids: Collection[str]) -> None:
        """Nothing: a booking is written once."""

    def fold(self, entry: Entry) -> None:
        """A hold became a booking."""
        event, record = entry.event, entry.record
        if type(event) is SeatsBooked:
            booking = BookingDocument(
                _id=event.booking_id,
                version=record.version,
                show_id=record.show_id,
                hold_id=event.hold_id,
                buyer_id=event.buyer_id,
                seats=list(event.seats),
                amount_minor=event.amount_minor,
                currency=event.currency,
                payment_reference=event.payment_reference,
                booked_at=record.time,
                receipt=receipt(entry.partition, entry.offset, entry.hash),
            )
            self._new.append(cast(Document, booking))

    def take(self) -> Writes:
        """The new bookings."""
        new, self._new = self._new, []
        return Writes(BOOKINGS, new)
