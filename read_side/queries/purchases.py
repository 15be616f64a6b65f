"""What a buyer has: bookings and holds. Another's are not there."""

from typing import NamedTuple, cast

from contracts.read_models import BOOKINGS, HOLDS, BookingDocument, HoldDocument
from read_side.queries.read_models import ReadModels


class Place(NamedTuple):
    """Where a page of bookings begins: after the booking of this time and id."""

    booked_at: int
    booking_id: str


class Purchases:
    """Reads bookings and holds for the buyer who owns them."""

    def __init__(self, read_models: ReadModels) -> None:
        self._read_models = read_models

    async def bookings(self, buyer_id: str, limit: int, after: Place | None) -> list[BookingDocument]:
        """At most `limit` bookings of this buyer, the newest first."""
        query: dict[str, object] = {"buyer_id": buyer_id}
        if after is not None:
            older_id = {"booked_at": after.booked_at, "_id": {"$lt": after.booking_id}}
            query["$or"] = [{"booked_at": {"$lt": after.booked_at}}, older_id]
        cursor = self._read_models.collection(BOOKINGS).find(query).sort([("booked_at", -1), ("_id", -1)]).limit(limit)
        return cast(list[BookingDocument], await cursor.to_list())

    async def booking(self, buyer_id: str, booking_id: str) -> BookingDocument | None:
        """This buyer's booking, or None."""
        query = {"_id": booking_id, "buyer_id": buyer_id}
        return cast(BookingDocument | None, await self._read_models.collection(BOOKINGS).find_one(query))

    async def hold(self, buyer_id: str, show_id: str, hold_id: str) -> HoldDocument | None:
        """This buyer's hold at this show, or None."""
        query = {"_id": hold_id, "buyer_id": buyer_id, "show_id": show_id}
        return cast(HoldDocument | None, await self._read_models.collection(HOLDS).find_one(query))
