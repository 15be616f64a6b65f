"""Buyers who ask by the command API: they send again, elsewhere, under the same key, until they know."""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

import msgspec

from contracts.commands import ReleaseHold, SalePolicy, ScheduleShow
from contracts.operations.tokens import Caller, Role
from scenarios.checkers.told import is_decided
from scenarios.history import NULL, Request, json_or_null
from tests.commands import schedule_show
from tests.simulation.api_node import ApiNode, Sent
from tests.simulation.buyers import HOLD_SECONDS, ROWS
from tests.simulation.chaos import LOST_ANSWER, LOST_REQUEST, SENT_TWICE, Chaos
from write_side.api.answers import Answer
from write_side.api.bodies import booking_command, hold_command
from write_side.api.incoming import Incoming
from write_side.api.preferences import AT_ONCE, DEFAULT, Preference

PATIENCE_SECONDS: Final = 12.0
"""Longer than an API lets anybody wait: who has no answer by then sends again."""
REST_SECONDS: Final = 0.4
REST_SECONDS_MOST: Final = 3.0
THINKING_SECONDS: Final = 4.0
LAPSED_SECONDS: Final = HOLD_SECONDS + 2.0
LETS_IT_LAPSE: Final = 0.2
KEY_REUSED: Final = 0.1
_PREFERENCES: Final = (DEFAULT, DEFAULT, AT_ONCE, Preference(10.0, b"wait=10"))
ORGANISER: Final = "organiser"


class Wish(NamedTuple):
    """What somebody wants; sending it any number of times is wanting it once."""

    method: str
    path: str
    key: str
    body: bytes
    sent: Sent

    def under_key_of(self, other: "Wish") -> "Wish":
        """As somebody does who takes a key twice."""
        return self._replace(key=other.key, sent=self.sent._replace(incoming=other.sent.incoming))

    def patiently(self) -> "Wish":
        """The same; who said not to wait the first time waits for the answer now."""
        return self._replace(sent=self.sent._replace(incoming=self.sent.incoming._replace(preference=DEFAULT)))


class Client:
    """One buyer, or the organiser."""

    def __init__(self, name: str, chaos: Chaos, nodes: Mapping[str, ApiNode], history: list[Request]) -> None:
        self._name = name
        self._luck = chaos.stream(name)
        self._calm = chaos.calm
        self._nodes = nodes
        self._history = history
        self._keys = (f"{name}-{number}" for number in count())

    async def schedule(self, show_id: str) -> None:
        """Put a show on sale."""
        terms = schedule_show(*ROWS, policy=SalePolicy(hold_seconds=HOLD_SECONDS), organiser_id=self._name)
        body = msgspec.json.encode({"id": show_id, "title": terms.title})
        await self._until_decided(self._wish("POST", "/shows", body, show_id, terms))

    async def buy(self, show_id: str) -> None:
        """Hold seats, think about it, then book them, give them back or let them lapse; now and then all at once."""
        chance = self._luck.chance
        wish = self._hold(show_id)
        if chance.random() < KEY_REUSED:
            held, _ = await asyncio.gather(
                self._until_decided(wish), self._until_decided(self._hold(show_id).under_key_of(wish))
            )
        else:
            held = await self._until_decided(wish)
        if held.status != 201:
            return
        hold = msgspec.json.decode(bytes(held.answer))
        thinking = LAPSED_SECONDS if chance.random() < LETS_IT_LAPSE else chance.expovariate(1 / THINKING_SECONDS)
        await asyncio.wait([self._calm], timeout=thinking)
        wanted = chance.random()
        if wanted < 0.5:
            await self._until_decided(self._booking(show_id, hold))
        elif wanted < 0.65:
            await asyncio.gather(
                self._until_decided(self._booking(show_id, hold)), self._until_decided(self._release(show_id, hold))
            )
        elif wanted < 0.85:
            await self._until_decided(self._release(show_id, hold))

    def _hold(self, show_id: str) -> Wish:
        chance = self._luck.chance
        if chance.random() < 0.6:
            label = f"A-{chance.randint(1, len(ROWS))}-{chance.randint(1, ROWS[0])}"
            asked: dict[str, Any] = {"seats": [label]}
        else:
            asked = {"best_available": {"quantity": chance.randint(1, 3)}}
        body = msgspec.json.encode(asked)
        return self._wish("POST", f"/shows/{show_id}/holds", body, show_id, hold_command(body, self._name, show_id))

    def _booking(self, show_id: str, hold: dict[str, Any]) -> Wish:
        paid = {"hold_id": hold["hold_id"], "payment_reference": "paid", "amount": hold["total"]}
        body = msgspec.json.encode(paid)
        return self._wish("POST", f"/shows/{show_id}/bookings", body, show_id, booking_command(body, self._name))

    def _release(self, show_id: str, hold: dict[str, Any]) -> Wish:
        command = ReleaseHold(buyer_id=self._name, hold_id=hold["hold_id"])
        return self._wish("DELETE", f"/shows/{show_id}/holds/{hold['hold_id']}", b"", show_id, command)

    def _wish(self, method: str, path: str, body: bytes, show_id: str, command: Any) -> Wish:
        role = Role.ORGANISER if isinstance(command, ScheduleShow) else Role.BUYER
        key, chance = next(self._keys), self._luck.chance
        incoming = Incoming(Caller(self._name, role, 2**40), key, chance.choice(_PREFERENCES), "", {}, None)
        return Wish(method, path, key, body, Sent(show_id, command, incoming))

    async def _until_decided(self, wish: Wish) -> Request:
        """Ask again after everything but a final answer, with growing rests."""
        rest = REST_SECONDS
        while True:
            request = await self._ask(wish)
            self._history.append(request)
            if is_decided(request):
                return request
            await asyncio.sleep(self._luck.chance.uniform(0, rest))
            rest = min(2 * rest, REST_SECONDS_MOST)
            wish = wish.patiently()

    async def _ask(self, wish: Wish) -> Request:
        """One request and what came of it."""
        loop, luck = asyncio.get_running_loop(), self._luck
        began = loop.time()
        told: asyncio.Future[Answer] = loop.create_future()
        nodes = list(self._nodes_for(wish, began))
        for node in nodes:
            loop.call_later(luck.delay(), node.take, wish.sent, told)
        cut_off = [node.ended for node in nodes[:1]]
        await asyncio.wait([told, *cut_off], timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(luck.delay())
        if not told.done() or luck.strike(LOST_ANSWER, self._name, loop.time()):
            return _request(self._name, wish, began, None, None)
        return _request(self._name, wish, began, loop.time(), told.result())

    def _nodes_for(self, wish: Wish, now: float) -> Iterator[ApiNode]:
        """Any node; on the way a request may get lost, or be sent to two."""
        luck = self._luck
        if not luck.strike(LOST_REQUEST, f"{self._name}, {wish.key}", now):
            yield luck.chance.choice(list(self._nodes.values()))
        if luck.strike(SENT_TWICE, f"{self._name}, {wish.key}", now):
            yield luck.chance.choice(list(self._nodes.values()))


def _request(name: str, wish: Wish, began: float, answered: float | None, answer: Answer | None) -> Request:
    receipt = None if answer is None else dict(answer.headers).get(b"seatlog-receipt")
    return Request(
        buyer=name,
        method=wish.method,
        path=wish.path,
        key=wish.key,
        body=json_or_null(wish.body),
        sent=began,
        answered=answered,
        status=None if answer is None else answer.status,
        receipt=None if receipt is None else receipt.decode(),
        answer=NULL if answer is None else json_or_null(answer.body),
    )
