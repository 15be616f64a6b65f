"""/healthz, /readyz and /metrics, alike on every process."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from contracts.operations.http_server import HttpServer

Missing = Callable[[], list[str]]
"""What a process still lacks to do its work, a sentence each; empty when it is ready."""
Degraded = Callable[[], list[str]]
"""What a process cannot do although it is ready, a sentence each; no reason to keep its other callers from it."""
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
DRAIN_SECONDS: Final = 1.0


def nothing() -> list[str]:
    """Of a process whose work is all or nothing."""
    return []


def answer(path: str, missing: Missing, degraded: Degraded = nothing) -> tuple[int, str, bytes]:
    """Status, media type and body for one of PATHS."""
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST, generate_latest()
    if path == "/healthz":
        return 200, "application/json", msgspec.json.encode({"alive": True})
    lacking = missing()
    state = {"ready": not lacking, "missing": lacking, "degraded": degraded()}
    return (503 if lacking else 200), "application/json", msgspec.json.encode(state)


class HealthApp:
    """An ASGI application that serves PATHS and nothing else, for processes without an HTTP interface of their own."""

    def __init__(self, missing: Missing, degraded: Degraded = nothing) -> None:
        self._missing = missing
        self._degraded = degraded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] in PATHS:
            status, media_type, body = answer(scope["path"], self._missing, self._degraded)
        else:
            status, media_type, body = 404, "text/plain", b"not found\n"
        await send_response(send, status, media_type, body)


async def send_response(send: Send, status: int, media_type: str, body: bytes) -> None:
    """One whole ASGI response."""
    headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class HealthServer(HttpServer):
    """Serves a HealthApp from a task of the process's own loop."""

    def __init__(self, missing: Missing, host: str, port: int, degraded: Degraded = nothing) -> None:
        super().__init__(HealthApp(missing, degraded), host, port, DRAIN_SECONDS)

    async def run_until_cancelled(self) -> None:
        """Serve; on cancellation close the sockets. Raises SystemExit if the port is taken."""
        serving = asyncio.ensure_future(self.serve())
        try:
            await asyncio.shield(serving)
        except asyncio.CancelledError:
            self.should_exit = True
            await serving
            raise
