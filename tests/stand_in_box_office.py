"""A stand-in for both APIs, in one process and one dictionary: enough of a box office to teach a crowd manners.

It says what DOMAIN.md's HTTP section says, keeps no log, and misbehaves on order: `mishaps` maps how many-th command
it is (from 0) to what happens to it.
"""

import asyncio
from base64 import b64encode
from enum import StrEnum

import msgspec

from tests.stand_in_http import CLOSE, Asked, said

FREE, HELD, BOOKED = range(3)
SHOW = "/shows/gala"


class Mishap(StrEnum):
    """What may happen to a command."""

    BUSY = "503, not taken"
    QUEUED = "202 with a Location, decided"
    UNCONFIRMED = "202 without a Location, decided"
    LOST_ANSWER = "decided, but the connection breaks before the answer"
    SILENCE = "never answered"
    BROKEN = "500"


class BoxOffice:
    """Seats `S-A-1` ... and who has them."""

    def __init__(self, seats: int, mishaps: dict[int, Mishap] | None = None) -> None:
        self.labels = [f"S-A-{number + 1}" for number in range(seats)]
        self.statuses = [FREE] * seats
        self.sold: dict[str, str] = {}
        self.commands = 0
        self.outcomes_pending = 1
        self._mishaps = mishaps or {}
        self._holds: dict[str, tuple[str, int]] = {}
        self._answers: dict[str, tuple[int, dict[str, object]]] = {}

    async def command_api(self, asked: Asked) -> bytes:
        number, self.commands = self.commands, self.commands + 1
        mishap = self._mishaps.get(number)
        key = asked.headers["idempotency-key"]
        match mishap:
            case Mishap.BUSY:
                return said(503, b"", "Retry-After: 0")
            case Mishap.BROKEN:
                return said(500)
            case Mishap.SILENCE:
                await asyncio.Event().wait()
        if key not in self._answers:
            self._answers[key] = self._decide(asked)
        match mishap:
            case Mishap.QUEUED:
                return said(202, b"", f"Location: /commands/{key}?at=0.{number}.0", "Retry-After: 0")
            case Mishap.UNCONFIRMED:
                return said(202, b"", "Retry-After: 0")
            case Mishap.LOST_ANSWER:
                return CLOSE
        status, answer = self._answers[key]
        return said(status, msgspec.json.encode(answer), "Seatlog-Receipt: 0:1:ab")

    async def query_api(self, asked: Asked) -> bytes:
        if asked.path.startswith("/commands/"):
            return self._outcome(asked.path.removeprefix("/commands/").partition("?")[0])
        statuses = b64encode(bytes(self.statuses)).decode()
        return said(200, msgspec.json.encode({"version": 1, "sections": [{"start": 0, "statuses": statuses}]}))

    def _decide(self, asked: Asked) -> tuple[int, dict[str, object]]:
        body = msgspec.json.decode(asked.body)
        buyer = asked.headers["authorization"]
        if asked.path.endswith("/holds"):
            return self._hold(body, asked.headers["idempotency-key"], buyer)
        holder, position = self._holds[body["hold_id"]]
        assert holder == buyer
        assert body["amount"] == {"amount_minor": 100, "currency": "EUR"}
        self.statuses[position] = BOOKED
        self.sold[self.labels[position]] = buyer
        return 201, {"booking_id": "b", "hold_id": body["hold_id"], "seats": [self.labels[position]]}

    def _hold(self, body: dict[str, list[str]], key: str, buyer: str) -> tuple[int, dict[str, object]]:
        wished = body.get("seats") or [label for label in self.labels if self._status(label) == FREE][:1]
        if not wished or self._status(wished[0]) != FREE:
            return 409, {"type": "seats-taken"}
        position = self.labels.index(wished[0])
        self.statuses[position] = HELD
        self._holds[key] = buyer, position
        return 201, {"hold_id": key, "seats": [{"seat": wished[0]}], "total": {"amount_minor": 100, "currency": "EUR"}}

    def _status(self, label: str) -> int:
        return self.statuses[self.labels.index(label)]

    def _outcome(self, key: str) -> bytes:
        if self.outcomes_pending:
            self.outcomes_pending -= 1
            return said(202, b"{}", "Retry-After: 0")
        status, answer = self._answers[key]
        data = {"hold_id": key, "prices_minor": [100], "currency": "EUR"} if status == 201 else {}
        event = "seats-held" if status == 201 and "total" in answer else "other"
        outcome = {"type": event, "status": "decided", "http_status": status, "receipt": "0:1:ab", "data": data}
        return said(200, msgspec.json.encode(outcome))
