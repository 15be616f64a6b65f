"""Asking until the truth is known: what a buyer does with whatever the APIs leave open.

202 is followed by its `Location`; 429, 503 and no answer at all mean the same request again under the same
Idempotency-Key, on another node if there is one.
"""

import asyncio
from collections.abc import Sequence
from random import Random
from time import monotonic
from typing import Final, Protocol

from scenarios.answers import Settled, settled_at_once, settled_later
from scenarios.exchanges import Record, exchange
from scenarios.http_client import NO_HEADERS, Client, Response, Unanswered

RETRY_SECONDS: Final = (0.2, 2.0)
"""The first and the longest mean wait before asking again without a Retry-After, and the bound of one obeyed."""
NOT_TAKEN: Final = frozenset({429, 503})


class Person(Protocol):
    """Who asks. `token` is the Authorization header, `deadline` in monotonic seconds."""

    id: str
    token: str
    deadline: float


class OutOfPatience(Exception):
    """The person's deadline has passed without a final answer."""


class Asking:
    """Speaks for all persons of a crowd. `record` has every exchange, `elsewhere` counts turns to another node."""

    def __init__(self, commands: Sequence[Client], queries: Client, random: Random) -> None:
        self._commands = commands
        self._queries = queries
        self._random = random
        self.record = Record()
        self.elsewhere = 0

    async def order(self, who: Person, method: str, path: str, key: str, body: bytes, wanted: float) -> Settled:
        """Send a command until the truth about it is known. Raises OutOfPatience and msgspec.DecodeError."""
        wait, node = RETRY_SECONDS[0], self._random.randrange(len(self._commands))
        is_hold = method == "POST" and path.endswith("/holds")
        while True:
            came = await self._ask(self._commands[node], who, method, path, key, body, wanted)
            settled = await self._settle(who, came, is_hold)
            if settled is not None:
                return settled
            if len(self._commands) > 1 and not isinstance(came, Response):
                node = (node + 1) % len(self._commands)
                self.elsewhere += 1
            await self.pause(who, _retry_after(came, wait))
            wait = min(2 * wait, RETRY_SECONDS[1])

    async def look(self, who: Person, path: str) -> Response:
        """Ask the query API until it answers anything but 503. Raises OutOfPatience."""
        wait, longest = RETRY_SECONDS
        while True:
            came = await self._ask(self._queries, who, "GET", path, None, b"", None)
            if isinstance(came, Response) and came.status not in NOT_TAKEN:
                return came
            await self.pause(who, wait)
            wait = min(2 * wait, longest)

    async def pause(self, who: Person, mean: float) -> None:
        """Wait, jittered by half, so that a crowd does not come back as one; never beyond the deadline."""
        wait = mean * self._random.uniform(0.5, 1.5)
        await asyncio.sleep(max(0.0, min(wait, who.deadline - monotonic())))

    async def _settle(self, who: Person, came: Response | Unanswered, is_hold: bool) -> Settled | None:
        """None: not known; the same request must be sent again."""
        if isinstance(came, Unanswered) or came.status in NOT_TAKEN:
            return None
        if came.status == 202:
            location = came.header(b"location")
            return await self._follow(who, location) if location else None
        return settled_at_once(came.status, came.body, is_hold=is_hold)

    async def _follow(self, who: Person, location: str) -> Settled | None:
        """Ask for the outcome at a 202's Location until there is one; None when it is not to be had there."""
        wait, came = RETRY_SECONDS[0], None
        while True:
            await self.pause(who, _retry_after(came, wait))
            came = await self._ask(self._queries, who, "GET", location, None, b"", None)
            if isinstance(came, Response):
                if came.status == 200:
                    return settled_later(came.body)
                if came.status != 202 and came.status not in NOT_TAKEN:
                    return None
            wait = min(2 * wait, RETRY_SECONDS[1])

    async def _ask(
        self, api: Client, who: Person, method: str, path: str, key: str | None, body: bytes, wanted: float | None
    ) -> Response | Unanswered:
        started = monotonic()
        left = who.deadline - started
        if left <= 0:
            raise OutOfPatience
        headers = NO_HEADERS
        if key is not None:
            headers = {"Authorization": who.token, "Content-Type": "application/json", "Idempotency-Key": key}
        elif path.startswith("/commands/"):
            headers = {"Authorization": who.token}
        came = await api.request(method, path, headers=headers, body=body, timeout=left)
        self.record.add(exchange(who.id, method, path, key, body, started if wanted is None else wanted, came))
        return came


def _retry_after(came: Response | Unanswered | None, otherwise: float) -> float:
    """What the server asked for, in seconds, within reason."""
    said = came.header(b"retry-after") if isinstance(came, Response) else ""
    return min(float(said), RETRY_SECONDS[1]) if said.isdecimal() else otherwise
