"""Bodies of requests: how much is kept of one, and how much is heard of one that is too large.

Many clients listen only after they have spoken. Is the connection closed on one that still speaks, its system throws
the answer away that has come already (RFC 9112, 9.6). So the answer is sent at once, and the rest is read for a while.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from contracts.limits import PLAN_REQUEST_BYTES
from contracts.operations.health import Receive, Scope, Send

CLOSE: Final = (b"connection", b"close")
"""Said by an answer to a request whose body was not read to its end, and by no other."""
MOST_BYTES_HEARD: Final = 8 * PLAN_REQUEST_BYTES
MOST_SECONDS_HEARD: Final = 5.0
"""Both after the answer. This is less than a request may take, so that slow_clients.py does not answer once more."""


class BodyTooLarge(Exception):
    """A body of more bytes than are taken. `unread` says whether its end was not read; then CLOSE must be answered."""

    def __init__(self, unread: bool) -> None:
        super().__init__(unread)
        self.unread = unread


class CallerGone(Exception):
    """The connection ended before the request did; nobody is there to be answered."""


async def whole_body(headers: Mapping[bytes, bytes], receive: Receive, limit_bytes: int) -> bytes:
    """The body of a request, counted while it comes. Raises BodyTooLarge and CallerGone."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise BodyTooLarge(unread=True)
    message = await receive()
    chunks = [_chunk(message)]
    received = len(chunks[0])
    while message.get("more_body") and received <= limit_bytes:
        message = await receive()
        chunks.append(_chunk(message))
        received += len(chunks[-1])
    if received > limit_bytes:
        raise BodyTooLarge(bool(message.get("more_body")))
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def hearing_out(receive: Receive, send: Send) -> Send:
    """A `send` for answers that may say CLOSE: with those, the connection is closed only when the client has ended."""
    closing = False

    async def sent(message: Scope) -> None:
        nonlocal closing
        if message["type"] == "http.response.start":
            closing = CLOSE in message["headers"]
        if closing and message["type"] == "http.response.body" and not message.get("more_body"):
            await send({**message, "more_body": True})
            await _hear_out(receive)
            message = {"type": "http.response.body", "body": b""}
        await send(message)

    return sent


async def _hear_out(receive: Receive) -> None:
    """Read what comes until the body or the connection ends, within bounds."""
    heard = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(MOST_SECONDS_HEARD):
            while heard < MOST_BYTES_HEARD:
                message = await receive()
                heard += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def _chunk(message: Scope) -> bytes:
    if message["type"] == "http.disconnect":
        raise CallerGone
    body: bytes = message.get("body", b"")
    return body
