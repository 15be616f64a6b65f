"""The crowd: buyers who all want a seat of the same show, and do not give up before they know.

A buyer arrives at its time, whether or not a connection is free, asks for a seat whatever the map says, tries other
seats until it has one or the show is sold out, then books. Whatever the APIs leave open (202, 503, no answer) it
follows up, by `Location` or by the same request under the same Idempotency-Key, until its patience ends.
"""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from random import Random
from time import monotonic
from typing import Final, NamedTuple

import msgspec

from scenarios.answers import Hold, SeatMap, Settled
from scenarios.asking import Asking, OutOfPatience
from scenarios.exchanges import Record
from scenarios.http_client import Client

PATIENCE_SECONDS: Final = 30.0
"""A buyer without a final answer by then, from its arrival, counts as unanswered."""
LOOK_AGAIN_SECONDS: Final = (0.25, 1.5)
"""While seats are only held: the first and the longest mean wait between two looks; it doubles, and is jittered."""
ARRIVAL_TICK_SECONDS: Final = 0.002


class End(StrEnum):
    """How a buyer's visit ended."""

    WON = "won a seat"
    SOLD_OUT = "sold out"
    UNANSWERED = "unanswered"
    ODD = "unexpected answer"


class Fate(NamedTuple):
    """`at` in monotonic seconds; `detail` is the booking's answer, or what was odd."""

    buyer: str
    end: End
    at: float
    detail: str


class Decision(NamedTuple):
    """A command that is settled: how long its buyer waited for that, from wanting to ask, in seconds."""

    accepted: bool
    wanted: float
    settled: float


class Buyer:
    """One of the crowd; `arrives` in seconds after the opening, `wish` is the body of the first hold."""

    __slots__ = ("arrives", "asked", "deadline", "id", "token", "wish")

    def __init__(self, buyer_id: str, token: str, arrives: float, wish: bytes) -> None:
        self.id = buyer_id
        self.token = token
        self.arrives = arrives
        self.wish = wish
        self.asked = 0
        self.deadline = 0.0

    def next_key(self) -> str:
        """An Idempotency-Key for the next command."""
        self.asked += 1
        return f"{self.id}-{self.asked}"


class Unsettled(Exception):
    """This buyer's visit ends without a final answer."""

    def __init__(self, end: End, why: str) -> None:
        super().__init__(why)
        self.end = end


def wish_for(seat: str) -> bytes:
    """The body of a hold for this very seat."""
    return msgspec.json.encode({"seats": [seat]})


ANY_SEAT: Final = msgspec.json.encode({"best_available": {"quantity": 1}})


class Crowd:
    """Runs all buyers against the two APIs. `fates`, `decisions` and `record` fill while it runs."""

    def __init__(
        self,
        commands: Client,
        queries: Client,
        show_id: str,
        labels: Sequence[str],
        buyers: Sequence[Buyer],
        random: Random,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._asking = Asking((commands,), queries, random)
        self._show = f"/shows/{show_id}"
        self._labels = labels
        self._buyers = sorted(buyers, key=lambda buyer: buyer.arrives)
        self._random = random
        self._patience = patience
        self.fates: list[Fate] = []
        self.decisions: list[Decision] = []
        self.opened = 0.0

    @property
    def record(self) -> Record:
        """Everything that was asked and answered."""
        return self._asking.record

    @property
    def first_arrival(self) -> float:
        """When the first buyer came, in monotonic seconds."""
        return self.opened + self._buyers[0].arrives

    @property
    def arrivals(self) -> list[float]:
        """When each buyer came, in monotonic seconds, in order."""
        return [self.opened + buyer.arrives for buyer in self._buyers]

    async def run(self) -> None:
        """Let everybody come, and wait for the last one to leave."""
        self.opened = monotonic()
        async with asyncio.TaskGroup() as visits:
            for buyer in self._buyers:
                early = self.opened + buyer.arrives - monotonic()
                if early > 0:
                    await asyncio.sleep(max(early, ARRIVAL_TICK_SECONDS))
                visits.create_task(self._visit(buyer))

    async def _visit(self, buyer: Buyer) -> None:
        arrived = self.opened + buyer.arrives
        buyer.deadline = arrived + self._patience
        try:
            end, detail = await self._shop(buyer, arrived)
        except Unsettled as unsettled:
            end, detail = unsettled.end, str(unsettled)
        except OutOfPatience:
            end, detail = End.UNANSWERED, f"no final answer within {self._patience:.0f} s"
        except msgspec.DecodeError as error:
            end, detail = End.ODD, f"an answer does not say what it must: {error}"
        self.fates.append(Fate(buyer.id, end, monotonic(), detail))

    async def _shop(self, buyer: Buyer, wanted: float) -> tuple[End, str]:
        wish = buyer.wish
        while True:
            held = await self._order(buyer, "/holds", wish, wanted)
            if held.hold is not None and await self._book(buyer, held.hold):
                return End.WON, held.hold.hold_id
            seat = await self._free_seat(buyer)
            if seat is None:
                return End.SOLD_OUT, ""
            wish, wanted = wish_for(seat), monotonic()

    async def _book(self, buyer: Buyer, hold: Hold) -> bool:
        booking = {
            "hold_id": hold.hold_id,
            "payment_reference": f"pay-{buyer.id}",
            "amount": hold.total,
        }
        settled = await self._order(buyer, "/bookings", msgspec.json.encode(booking), monotonic())
        return settled.status == 201

    async def _free_seat(self, buyer: Buyer) -> str | None:
        """A seat that the map shows as free, chosen at random; None when all are sold."""
        wait, longest = LOOK_AGAIN_SECONDS
        while True:
            seats = await self._look(buyer)
            if free := seats.free():
                return self._labels[self._random.choice(free)]
            if not seats.may_become_free:
                return None
            await self._asking.pause(buyer, wait)
            wait = min(2 * wait, longest)

    async def _look(self, buyer: Buyer) -> SeatMap:
        came = await self._asking.look(buyer, f"{self._show}/seats?format=compact")
        if came.status != 200:
            raise Unsettled(End.ODD, f"the seat map was answered with {came.status}")
        return SeatMap(came.body)

    async def _order(self, buyer: Buyer, path: str, body: bytes, wanted: float) -> Settled:
        """Send a command until the truth about it is known. Raises Unsettled."""
        settled = await self._asking.order(buyer, "POST", self._show + path, buyer.next_key(), body, wanted)
        self.decisions.append(Decision(settled.status == 201, wanted, monotonic()))
        if settled.status not in (201, 409):
            raise Unsettled(End.ODD, f"POST {path} was answered with {settled.status}")
        return settled
