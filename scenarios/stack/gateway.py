"""One port in front of both APIs: GET and HEAD go to the query API, the rest to the command API.

Answers pass as they come, streams included; a request is passed on when it is whole, or refused if neither API would
take its body. The gateway is for people and for the demonstration; benchmarks go round it, and a real site has its own.
"""

import asyncio
from contextlib import aclosing
from typing import Final

import httpx
import uvloop
from prometheus_client import Counter

from contracts import limits, problems
from contracts.operations import health
from contracts.operations.command_line import settings_from_environment
from contracts.operations.health import Receive, Scope, Send
from contracts.operations.http_server import HttpServer
from contracts.operations.logs import configure_logs
from contracts.operations.request_body import CLOSE, BodyTooLarge, CallerGone, hearing_out, whole_body
from contracts.operations.stop_signals import on_stop_signal
from scenarios.stack.settings import GatewaySettings

RESPONSES: Final = Counter("seatlog_gateway_responses_total", "Responses by side and status", ["side", "status"])
CONNECT_SECONDS: Final = 2.0
CONNECTIONS: Final = 1024
DRAIN_SECONDS: Final = 5.0
RETRY_AFTER_SECONDS: Final = 1
READING: Final = frozenset({"GET", "HEAD"})
FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
# RFC 9110, 7.6.1: these speak about one connection, not about the message.
ONE_HOP: Final = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade".split()
)
NOT_PASSED_ON: Final = ONE_HOP | FRAMING  # the length is written anew, as the body is whole
UNKNOWN_OUTCOME: Final = "The connection broke after the request was sent. Send it again with the same Idempotency-Key."


class Gateway:
    """An ASGI application. `command_api` and `query_api` are `http://host:port`."""

    def __init__(self, command_api: str, query_api: str) -> None:
        self._command_api = command_api
        self._query_api = query_api
        # No limit on reading: a live stream is silent between events, and the APIs bound their own answers.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=CONNECTIONS),
            trust_env=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["path"] in health.PATHS:
            await self._tell_health(scope["path"], send)
        else:
            await self._pass_on(scope, receive, send)

    async def aclose(self) -> None:
        """Give up the connections to both APIs."""
        await self._client.aclose()

    async def _tell_health(self, path: str, send: Send) -> None:
        lacking = []
        if path == "/readyz":
            sides = (("command API", self._command_api), ("query API", self._query_api))
            lacking = [name for name, address in sides if not await self._is_ready(address)]
        status, media_type, body = health.answer(path, lambda: lacking)
        await health.send_response(send, status, media_type, body)

    async def _is_ready(self, address: str) -> bool:
        try:
            response = await self._client.get(f"{address}/readyz", timeout=CONNECT_SECONDS)
        except httpx.TransportError:
            return False
        return response.status_code == httpx.codes.OK

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        reading = scope["method"] in READING
        side = "query API" if reading else "command API"
        try:
            body = await _body(scope, receive)
        except BodyTooLarge as error:
            RESPONSES.labels(side, 413).inc()
            return await _refuse_size(hearing_out(receive, send), error.unread)
        except CallerGone:
            return None  # nobody waits for an answer
        request = self._upstream_request(self._query_api if reading else self._command_api, scope, body)
        try:
            response = await self._client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            RESPONSES.labels(side, 503).inc()
            return await _refuse(send, 503, f"The {side} cannot be reached; nothing was done.")
        except httpx.TransportError:
            RESPONSES.labels(side, 502).inc()
            return await _refuse(send, 502, f"The {side} broke off. " + ("" if reading else UNKNOWN_OUTCOME))
        RESPONSES.labels(side, response.status_code).inc()
        try:
            await _stream_back(response, receive, send)
        finally:
            await response.aclose()

    def _upstream_request(self, address: str, scope: Scope, body: bytes | None) -> httpx.Request:
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        headers = [(name, value) for name, value in scope["headers"] if name not in NOT_PASSED_ON]
        if scope["client"] is not None:
            headers.append((b"x-forwarded-for", scope["client"][0].encode()))
        url = httpx.URL(address).copy_with(raw_path=target)
        return httpx.Request(scope["method"], url, headers=headers, content=body)


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The request's body, None if it has none. Raises BodyTooLarge and CallerGone."""
    framing = {name: value for name, value in scope["headers"] if name in FRAMING}
    return await whole_body(framing, receive, limits.PLAN_REQUEST_BYTES) if framing else None


async def _stream_back(response: httpx.Response, receive: Receive, send: Send) -> None:
    """Pass the response on as it comes; stop reading it when the client has gone."""
    headers = [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in ONE_HOP]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    copying = asyncio.ensure_future(_copy(response, send))
    leaving = asyncio.ensure_future(_client_gone(receive))
    try:
        await asyncio.wait({copying, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        copying.cancel()
        leaving.cancel()
        await asyncio.wait({copying, leaving})
    if not copying.cancelled():
        copying.result()


async def _copy(response: httpx.Response, send: Send) -> None:
    async for chunk in response.aiter_raw():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _client_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, detail: str) -> None:
    body = problems.problem(status, problems.UNAVAILABLE, "The service behind this address does not answer.", detail)
    await _tell(send, status, body, (b"retry-after", str(RETRY_AFTER_SECONDS).encode()))


async def _refuse_size(send: Send, unread: bool) -> None:
    detail = f"No body may have more than {limits.PLAN_REQUEST_BYTES} bytes."
    body = problems.problem(413, problems.TOO_LARGE, "The request is too large.", detail)
    await _tell(send, 413, body, *([CLOSE] if unread else []))


async def _tell(send: Send, status: int, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [
        (b"content-type", problems.MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Run the gateway until SIGTERM."""
    settings = settings_from_environment("scenarios.stack.gateway", "One port in front of both APIs.", GatewaySettings)
    configure_logs("gateway", settings.log_level)
    uvloop.run(_serve(settings))


async def _serve(settings: GatewaySettings) -> None:
    async with aclosing(Gateway(settings.command_api, settings.query_api)) as gateway:
        server = HttpServer(gateway, settings.host, settings.port, DRAIN_SECONDS, connections=CONNECTIONS)
        on_stop_signal(server.begin_to_stop)
        await server.serve()


if __name__ == "__main__":
    main()
