"""A steady stream of buyers while something is being broken: they compete, give back, book, and ask again.

Open loop: buyers come at their times whatever becomes of those before. A buyer holds some seats near those that sold
last, so that many want the same; then it books them, gives them back, or leaves them to lapse. Some send what was
answered already a second time, to any node. Nobody gives up before the truth is known or patience ends.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Coroutine, Sequence
from random import Random
from time import monotonic
from typing import Any, Final

import msgspec

from contracts.operations.tokens import Role, issue_token
from scenarios.answers import Hold, Settled
from scenarios.asking import Asking, OutOfPatience
from scenarios.http_client import Client

PATIENCE_SECONDS: Final = 90.0
TOKEN_SECONDS: Final = 4 * 3600
"""Longer than any clock is wrong."""
BUYERS: Final = 400
UNDER_WAY_MOST: Final = 4_000
"""Beyond this many buyers nobody comes; `turned_away` counts them."""
COMMANDS_A_VISIT: Final = 1.5
BEST_AVAILABLE_SHARE: Final = 0.05
BOOK_SHARE: Final = 0.35
RELEASE_SHARE: Final = 0.4
"""Who does neither leaves its hold to lapse."""
REPEAT_SHARE: Final = 0.1
WIDEST_CHOICE: Final = 40
"""Buyers want seats at most so far behind those that sold last."""
COPIES_WITHIN_SECONDS: Final = 3.0
"""Long enough that buyers have sent their next request before all copies of the one before are."""


class _Visit:
    """A buyer who has come: the number makes the keys of this visit, since it may come again and again. `orders` counts
    what was ordered so far; copies of an order are sent in `tasks`."""

    __slots__ = ("deadline", "id", "number", "orders", "tasks", "token")

    def __init__(self, tasks: asyncio.TaskGroup, buyer: tuple[str, str], number: int, patience_seconds: float) -> None:
        self.tasks = tasks
        self.id, self.token = buyer
        self.number = number
        self.orders = 0
        self.deadline = monotonic() + patience_seconds


def _buyer(number: int, secret: str) -> tuple[str, str]:
    name = f"buyer-{number}"
    return name, f"Bearer {issue_token(secret, name, Role.BUYER, TOKEN_SECONDS)}"


class Load:
    """Runs until `stop`. `tallies` counts what came of the visits, `asking.record` has every exchange."""

    def __init__(
        self,
        commands: Sequence[Client],
        queries: Client,
        shows: Sequence[str],
        labels: Sequence[str],
        secret: str,
        random: Random,
        copies: int,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.asking = Asking(commands, queries, random)
        self.tallies: Counter[str] = Counter()
        self._shows = shows
        self._labels = labels
        self._random = random
        self._copies = copies
        self._patience_seconds = patience_seconds
        self._buyers = [_buyer(number, secret) for number in range(BUYERS)]
        self._sold: Counter[str] = Counter()
        self._told_to_stop = False
        self._visits = 0
        self._under_way: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Let nobody come any more; `run` ends with the last visit."""
        self._told_to_stop = True

    async def run(self, commands_per_second: float) -> None:
        """Let buyers come at this pace, counted in commands, until told to stop; then wait for the last answer."""
        pace = COMMANDS_A_VISIT * self._copies / commands_per_second
        due = monotonic()
        async with asyncio.TaskGroup() as tasks:
            while not self._told_to_stop:
                if len(self._under_way) >= UNDER_WAY_MOST:
                    self.tallies["turned_away"] += 1
                else:
                    self._start(tasks, self._visit(tasks, due))
                due += pace * self._random.uniform(0.5, 1.5)
                await asyncio.sleep(max(0.0, due - monotonic()))

    def _start(self, tasks: asyncio.TaskGroup, steps: Coroutine[Any, Any, None]) -> None:
        task = tasks.create_task(self._tallied(steps))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _tallied(self, steps: Awaitable[None]) -> None:
        """What somebody does; how it ended is counted when no answer came of it."""
        try:
            await steps
        except OutOfPatience:
            self.tallies["out_of_patience"] += 1
        except msgspec.DecodeError:
            self.tallies["odd_answers"] += 1

    async def _visit(self, tasks: asyncio.TaskGroup, wanted: float) -> None:
        self._visits += 1
        visit = _Visit(tasks, self._random.choice(self._buyers), self._visits, self._patience_seconds)
        show = self._random.choice(self._shows)
        held = await self._order(visit, "POST", f"/shows/{show}/holds", "hold", self._wish(show), wanted)
        if held.hold is not None:
            await self._go_on(visit, show, held.hold)

    async def _go_on(self, visit: _Visit, show: str, hold: Hold) -> None:
        chance = self._random.random()
        if chance < BOOK_SHARE:
            booking = {
                "hold_id": hold.hold_id,
                "payment_reference": f"pay-{visit.number}",
                "amount": hold.total,
            }
            body = msgspec.json.encode(booking)
            if (await self._order(visit, "POST", f"/shows/{show}/bookings", "book", body, monotonic())).status == 201:
                self._sold[show] += 1
        elif chance < BOOK_SHARE + RELEASE_SHARE:
            await self._order(visit, "DELETE", f"/shows/{show}/holds/{hold.hold_id}", "release", b"", monotonic())

    async def _order(self, visit: _Visit, method: str, path: str, what: str, body: bytes, wanted: float) -> Settled:
        key = f"{visit.id}-{visit.number}-{what}"
        visit.orders += 1
        for _ in range(self._copies - 1):
            self._start(visit.tasks, self._copy(visit, method, path, key, body))
        settled = await self.asking.order(visit, method, path, key, body, wanted)
        self.tallies["orders_settled"] += 1
        if self._random.random() < REPEAT_SHARE:
            self.tallies["said_again"] += 1
            await self.asking.order(visit, method, path, key, body, monotonic())
        return settled

    async def _copy(self, visit: _Visit, method: str, path: str, key: str, body: bytes) -> None:
        """The same request once more, a little later; nobody waits for it."""
        order = visit.orders
        await asyncio.sleep(self._random.uniform(0.0, COPIES_WITHIN_SECONDS))
        self.tallies["copies_sent"] += 1
        self.tallies["copies_after_the_next"] += visit.orders > order
        await self.asking.order(visit, method, path, key, body, monotonic())

    def _wish(self, show: str) -> bytes:
        quantity = self._random.choice((1, 1, 2, 3))
        if self._random.random() < BEST_AVAILABLE_SHARE:
            return msgspec.json.encode({"best_available": {"quantity": quantity}})
        start = (2 * self._sold[show] + self._random.randrange(WIDEST_CHOICE)) % (len(self._labels) - quantity)
        return msgspec.json.encode({"seats": self._labels[start : start + quantity]})
