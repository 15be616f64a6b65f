"""The two hot requests, hold and book, as plain ASGI in front of FastAPI's middleware and router.

Measured before it was built this way: a request that does nothing costs 24 microseconds here, 118 through FastAPI.
They are described in the same OpenAPI document as everything else (routes/described.py).
"""

import re
from typing import Any, Final

from contracts.limits import BUYER_REQUEST_BYTES
from contracts.operations.health import PATHS, Degraded, Missing, Receive, Scope, Send, answer, send_response
from contracts.operations.rate_limits import RateLimits
from contracts.operations.request_body import CallerGone, hearing_out
from contracts.operations.tokens import Role, TokenVerifier
from write_side.api.answers import Answer, internal_error
from write_side.api.bodies import booking_command, hold_command
from write_side.api.desk import Desk
from write_side.api.incoming import Rejected, incoming, json_body, known_show_id

_HOT: Final = re.compile(r"/shows/([^/]+)/(holds|bookings)")


class CommandApi:
    """The process's ASGI application: health, the hot paths, and `others` for the rest."""

    def __init__(
        self,
        others: Any,  # noqa: ANN401
        desk: Desk,
        verifier: TokenVerifier,
        limits: RateLimits,
        missing: Missing,
        degraded: Degraded,
    ) -> None:
        self._others = others
        self._desk = desk
        self._verifier = verifier
        self._limits = limits
        self._missing = missing
        self._degraded = degraded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        if scope["method"] == "POST" and (hot := _HOT.fullmatch(path)) is not None:
            try:
                said = await self._hot(hot[1], hot[2], scope, receive)
            except Rejected as rejected:
                said, send = rejected.answer, hearing_out(receive, send)
            except CallerGone:
                return
            except Exception:
                await send_answer(send, internal_error())
                raise
            await send_answer(send, said)
        elif path in PATHS and scope["method"] in ("GET", "HEAD"):
            await send_response(send, *answer(path, self._missing, self._degraded))
        else:
            await self._others(scope, receive, hearing_out(receive, send))

    async def _hot(self, show: str, what: str, scope: Scope, receive: Receive) -> Answer:
        show_id = known_show_id(show)
        if (turned_away := self._desk.turned_away(show_id)) is not None:
            return turned_away
        request = incoming(scope, self._verifier, self._limits, Role.BUYER)
        body = await json_body(request.headers, receive, BUYER_REQUEST_BYTES)
        buyer_id = request.caller.id
        command = hold_command(body, buyer_id, show_id) if what == "holds" else booking_command(body, buyer_id)
        return await self._desk.ask(show_id, command, request)


async def send_answer(send: Send, said: Answer) -> None:
    """One answer as an ASGI response."""
    await send({"type": "http.response.start", "status": said.status, "headers": said.headers})
    await send({"type": "http.response.body", "body": said.body})
