"""A sale on real processes, for others to attack: Ann has a booking and a hold at a show, Bob has nothing."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.operations.tokens import Role, issue_token
from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import People, show
from tests.adapters.security.attempt import Attempt
from tests.adapters.security.forging import WAYS

SERVICES: Final = ("kafka", "mongo", "decider", "projector", "command-api", "query-api", "gateway")
ROLES: Final = {
    "organiser": Role.ORGANISER,
    "rival": Role.ORGANISER,
    "auditor": Role.AUDITOR,
    "door": Role.DOOR,
}
READING: Final = ("GET", "OPTIONS", "TRACE")
SEEN_WITHIN_SECONDS: Final = 10


class Stage:
    """The stack, what Ann has (`facts`, by the names that attempts use), and a trap that nobody must step into."""

    def __init__(self, stack: Stack, facts: dict[str, str], trap: socket.socket) -> None:
        self.stack = stack
        self.facts = facts
        self._trap = trap

    def make(self, attempt: Attempt, by: str | None = None) -> httpx.Response:
        """Send an attempt, as whom it says or as another."""
        method, _, path = attempt.request.partition(" ")
        side = "query-api" if method in READING and not attempt.at_commands else "command-api"
        headers = {name: self._filled(value) for name, value in attempt.headers.items()}
        bearer = self.bearer(by or attempt.by)
        if bearer is not None:
            headers["Authorization"] = bearer
        body = attempt.body
        if attempt.show is not None:
            body = show(**self._filled(dict(attempt.show)))
        if isinstance(body, bytes):
            return self._sent(side, method, path, {"Content-Type": "application/json"} | headers, content=body)
        return self._sent(side, method, path, headers, **({} if body is None else {"json": self._filled(body)}))

    def bearer(self, who: str) -> str | None:
        """What this person, or this way to forge a token, says in the Authorization header."""
        if who in WAYS:
            return WAYS[who](self.stack.token_secret)
        return "Bearer " + issue_token(self.stack.token_secret, who, ROLES.get(who, Role.BUYER), 600)

    def stepped_into_the_trap(self) -> bool:
        """Whether anybody has connected to the address that stood in the attempts."""
        self._trap.setblocking(False)
        try:
            self._trap.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def _sent(self, side: str, method: str, path: str, headers: dict[str, str], **body: Any) -> httpx.Response:
        address = self.stack.url(side) + self._filled(path)
        return httpx.request(method, address, headers=headers, timeout=15, trust_env=False, **body)

    def _filled(self, value: Any) -> Any:
        """The same with the facts in place of their names."""
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda found: self.facts[found[1]], value)
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        return value


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Everything that it takes, for a module of tests."""
    with (
        Stack.start(folder, services=SERVICES, supervised=False) as stack,
        socket.create_server(("127.0.0.1", 0)) as trap,
    ):
        facts = asyncio.run(_bought(stack))
        facts |= {
            "trap": f"http://127.0.0.1:{trap.getsockname()[1]}/latest",
            "token": issue_token(stack.token_secret, "ann", Role.BUYER, 600),
        }
        yield Stage(stack, facts, trap)


async def _bought(stack: Stack) -> dict[str, str]:
    """Let Ann buy, and wait until it can be seen."""
    now = datetime.now(UTC)
    tomorrow = {"opens_at": (now + timedelta(days=1)).isoformat(), "closes_at": (now + timedelta(days=2)).isoformat()}
    async with People(stack.url("command-api"), stack.token_secret) as people:
        show_id = await people.schedule(policy={"seats_per_buyer": 4})
        sealed = await people.schedule(sale=tomorrow)
        booked = (await people.hold(show_id, "A-1-1")).json()["hold_id"]
        booking = (await people.book(show_id, booked)).json()["booking_id"]
        held = await people.hold(show_id, "A-1-2", Idempotency_Key="hold")
        asked = await people.hold(show_id, "A-1-9", who="ann", Prefer="respond-async")
    async with People(stack.url("query-api"), stack.token_secret) as people:
        await people.see(f"/shows/{show_id}", lambda told: told.status_code == 200 and told.json()["version"] >= 5)
    return {
        "show": show_id,
        "sealed": sealed,
        "booked": booked,
        "booking": booking,
        "hold": held.json()["hold_id"],
        "outcome": asked.headers["Location"],
    }
