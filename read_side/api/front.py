"""The process's ASGI application: health, the hot paths, HEAD, and FastAPI for the rest.

The compact seat map is what everybody polls during a sale, and a command's outcome what everybody polls who was
told 202. So their plain forms are answered here, in front of FastAPI's middleware and router, by the same code
that the routes call. They are described with those routes.
"""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

from contracts import problems
from contracts.operations.health import PATHS, Missing, Receive, Scope, Send, answer, send_response
from contracts.operations.tokens import TokenVerifier
from read_side.api.failures import Problem, as_problem
from read_side.api.metrics import QueryMetrics
from read_side.api.outcome_view import OutcomeView
from read_side.api.seating import Said, SeatsView

_SEATS: Final = re.compile(r"/shows/([a-z0-9][a-z0-9-]{0,63})/seats")
_COMMAND: Final = re.compile(r"/commands/([A-Za-z0-9-]{1,64})")
_AT: Final = re.compile(rb"at=([0-9.]{1,40})")
_COMPACT: Final = b"format=compact"
_WAITS: Final = b"if-match-version"
_JSON: Final = (b"content-type", b"application/json")
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Front:
    """Answers a request itself or has `others` do it."""

    def __init__(
        self,
        others: Application,
        seats_view: SeatsView,
        outcome_view: OutcomeView,
        verifier: TokenVerifier,
        metrics: QueryMetrics,
        missing: Missing,
    ) -> None:
        self._others = others
        self._seats_view = seats_view
        self._outcome_view = outcome_view
        self._verifier = verifier
        self._metrics = metrics
        self._missing = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        path = scope["path"]
        if scope["method"] == "GET" and scope["query_string"] == _COMPACT and (seats := _SEATS.fullmatch(path)):
            headers = dict(scope["headers"])
            if _WAITS not in headers:
                await self._seats(seats[1], headers.get(b"if-none-match"), send)
                return
        if (
            scope["method"] == "GET"
            and (at := _AT.fullmatch(scope["query_string"]))
            and (command := _COMMAND.fullmatch(path))
        ):
            await self._outcome(command[1], at[1].decode(), dict(scope["headers"]).get(b"authorization"), send)
        elif path in PATHS and scope["method"] == "GET":
            await send_response(send, *answer(path, self._missing))
        else:
            await self._other(scope, receive, send)

    async def _seats(self, show_id: str, if_none_match: bytes | None, send: Send) -> None:
        began = time.perf_counter()
        tag = None if if_none_match is None else if_none_match.decode("latin-1")
        try:
            said = await self._seats_view.seats(show_id, None, tag, compact=True)
        except Exception as error:  # noqa: BLE001 - an answer, whatever it was; as_problem logs what nobody foresaw
            said = _as_said(as_problem(error))
        await _send(send, said)
        if said.status == 200:
            self._metrics.seat_map_sent.inc()
        else:
            self._metrics.answered("seat_map", said.status)
        self._metrics.seat_map_seconds.observe(time.perf_counter() - began)

    async def _outcome(self, command_id: str, at: str, token: bytes | None, send: Send) -> None:
        began = time.perf_counter()
        try:
            caller = self._verifier.verify(None if token is None else token.decode("latin-1"))
            said = await self._outcome_view.outcome(command_id, at, caller)
        except Exception as error:  # noqa: BLE001 - an answer, whatever it was; as_problem logs what nobody foresaw
            said = _as_said(as_problem(error))
        await _send(send, said)
        self._metrics.answered("other", said.status)
        self._metrics.other_seconds.observe(time.perf_counter() - began)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()

        async def counted(message: Scope) -> None:
            if message["type"] == "http.response.start":
                self._metrics.answered("other", message["status"])
            await send(message)

        await self._others(scope, receive, counted)
        self._metrics.other_seconds.observe(time.perf_counter() - began)


def _as_said(problem: Problem) -> Said:
    return Said(problem.status, {**problem.headers, "Content-Type": problems.MEDIA_TYPE}, problem.body)


async def _send(send: Send, said: Said) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in said.headers.items()]
    if said.status in (200, 202):
        headers.append(_JSON)
    if said.status != 304:
        headers.append((b"content-length", b"%d" % len(said.body)))
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": said.body})


def _without_body(send: Send) -> Send:
    async def send_head(message: Scope) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
