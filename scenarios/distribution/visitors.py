"""Visitors of several shows at once, who come at the pace of each show's dial whether they are served or not.

Each wants one seat of its own; one in BOOKS_ONE_IN books it. Who is told 202, 503 or nothing is asked about, or asks
again under the same key, when the sale is over: so everybody learns the truth, and nobody adds to the load meanwhile.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from random import Random
from time import monotonic
from typing import Final, NamedTuple

import msgspec

from contracts.operations.tokens import Role, issue_token
from contracts.seat_plans import SeatPlan
from scenarios.answers import settled_at_once
from scenarios.asking import Asking, OutOfPatience
from scenarios.checkers.told import NOT_FINAL
from scenarios.crowd import wish_for
from scenarios.distribution.demand import BOOKS_ONE_IN, Demand, Dial
from scenarios.exchanges import exchange
from scenarios.house import seat_labels
from scenarios.http_client import Client, Response

BUYERS: Final = 2_000
"""Of each show; they come again."""
TOKEN_SECONDS: Final = 7200
LOOK_SECONDS: Final = 0.002
PATIENCE_SECONDS: Final = 20.0
SETTLE_TOGETHER: Final = 256


class Show(NamedTuple):
    """A show on sale."""

    id: str
    demand: Demand
    partition: int
    plan: SeatPlan


class Buyer(NamedTuple):
    """Who asks."""

    id: str
    authorization: str


class Command(NamedTuple):
    """A request for a change, to be sent again under its key until it is settled."""

    buyer: Buyer
    path: str
    key: str
    body: bytes


class Asker:
    """Who asks again (a Person of scenarios/asking.py)."""

    __slots__ = ("deadline", "id", "token")

    def __init__(self, buyer: Buyer, deadline: float) -> None:
        self.id, self.token = buyer
        self.deadline = deadline


class Visitors:
    """All of them. `dials` say how many come, `record` has what was said."""

    def __init__(
        self, commands: Client, queries: Client, shows: Sequence[Show], token_secret: str, random: Random
    ) -> None:
        now = monotonic()
        self._commands = commands
        self._asking = Asking([commands], queries, random)
        self._shows = shows
        self._buyers = {show.demand: cycle(_buyers(show, token_secret)) for show in shows}
        self._wishes = {show.demand: _wishes(show, random) for show in shows}
        self._came: dict[Demand, int] = dict.fromkeys(Demand, 0)
        self._open: set[Command] = set()
        self.dials: Mapping[Demand, Dial] = {show.demand: Dial(now) for show in shows}
        self.record = self._asking.record

    async def run(self, over: asyncio.Event) -> None:
        """Let visitors come until it is over, and wait until the last one is answered."""
        async with asyncio.TaskGroup() as visits:
            while not over.is_set():
                await asyncio.sleep(LOOK_SECONDS)
                now = monotonic()
                for show in self._shows:
                    for wanted in self.dials[show.demand].due(now):
                        visits.create_task(self._visit(show, wanted))

    async def settle(self, within: float) -> int:
        """Ask about everything that is open; how much still is after so many seconds."""
        gate = asyncio.Semaphore(SETTLE_TOGETHER)
        deadline = monotonic() + within
        async with asyncio.TaskGroup() as asking:
            for command in self._open:
                asking.create_task(self._ask_again(command, deadline, gate))
        return len(self._open)

    async def _ask_again(self, command: Command, deadline: float, gate: asyncio.Semaphore) -> None:
        async with gate:
            who = Asker(command.buyer, deadline)
            with suppress(OutOfPatience):
                await self._asking.order(who, "POST", command.path, command.key, command.body, monotonic())
                self._open.remove(command)

    async def _visit(self, show: Show, wanted: float) -> None:
        number = self._came[show.demand] = self._came[show.demand] + 1
        buyer, key = next(self._buyers[show.demand]), f"visit-{number}"
        held = await self._order(
            Command(buyer, f"/shows/{show.id}/holds", key, next(self._wishes[show.demand])), wanted
        )
        if number % BOOKS_ONE_IN or held is None or held.status != 201:
            return
        hold = settled_at_once(held.status, held.body, is_hold=True).hold
        assert hold is not None, "a 201 to a hold names it"
        booking = msgspec.json.encode({"hold_id": hold.hold_id, "payment_reference": key, "amount": hold.total})
        await self._order(Command(buyer, f"/shows/{show.id}/bookings", f"{key}-pays", booking), monotonic())

    async def _order(self, command: Command, wanted: float) -> Response | None:
        """Send a command; the answer if it is final, else it is kept for `settle`."""
        headers = {
            "Authorization": command.buyer.authorization,
            "Content-Type": "application/json",
            "Idempotency-Key": command.key,
        }
        came = await self._commands.request(
            "POST", command.path, headers=headers, body=command.body, timeout=PATIENCE_SECONDS
        )
        self.record.add(exchange(command.buyer.id, "POST", command.path, command.key, command.body, wanted, came))
        if isinstance(came, Response) and came.status not in NOT_FINAL and came.status < 500:
            return came
        self._open.add(command)
        return None


def _buyers(show: Show, token_secret: str) -> list[Buyer]:
    names = [f"{show.demand}-{number}" for number in range(1, BUYERS + 1)]
    return [Buyer(name, f"Bearer {issue_token(token_secret, name, Role.BUYER, TOKEN_SECONDS)}") for name in names]


def _wishes(show: Show, random: Random) -> Iterator[bytes]:
    """Each seat once, in random order; should they run out, all of them again, to be refused."""
    labels = list(seat_labels(show.plan))
    random.shuffle(labels)
    return cycle([wish_for(label) for label in labels])
