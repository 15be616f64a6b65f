"""Shows, one by one and as a list, and their plans."""

from collections import OrderedDict
from typing import Final, NamedTuple, cast

import msgspec

from contracts.read_models import SEAT_PLANS, SHOWS, SeatPlanDocument, ShowDocument
from contracts.seat_plans import SeatPlan
from read_side.queries.read_models import ReadModels

PLANS_IN_MEMORY: Final = 64


class Place(NamedTuple):
    """Where a page of shows begins: after the show with this start and id."""

    starts_at: int
    show_id: str


class Shows:
    """Reads shows."""

    def __init__(self, read_models: ReadModels) -> None:
        self._read_models = read_models
        self._plans: OrderedDict[str, SeatPlan] = OrderedDict()

    async def page(self, limit: int, after: Place | None) -> list[ShowDocument]:
        """At most `limit` shows by their start, then their id."""
        query: dict[str, object] = {}
        if after is not None:
            later_id = {"starts_at": after.starts_at, "_id": {"$gt": after.show_id}}
            query = {"$or": [{"starts_at": {"$gt": after.starts_at}}, later_id]}
        cursor = self._read_models.collection(SHOWS).find(query).sort([("starts_at", 1), ("_id", 1)]).limit(limit)
        return cast(list[ShowDocument], await cursor.to_list())

    async def show(self, show_id: str) -> ShowDocument | None:
        """A show, or None."""
        return cast(ShowDocument | None, await self._read_models.collection(SHOWS).find_one({"_id": show_id}))

    async def plan(self, show_id: str) -> SeatPlan | None:
        """A show's plan, or None. Plans never change, so those read last stay in memory."""
        plan = self._plans.get(show_id)
        if plan is None:
            found = await self._read_models.collection(SEAT_PLANS).find_one({"_id": show_id})
            if found is None:
                return None
            plan = msgspec.json.decode(cast(SeatPlanDocument, found)["plan"], type=SeatPlan)
            self._plans[show_id] = plan
            while len(self._plans) > PLANS_IN_MEMORY:
                self._plans.popitem(last=False)
        return plan
