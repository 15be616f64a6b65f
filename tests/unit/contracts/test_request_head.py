"""Heads of requests that are too large, on real connections to a server in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from contracts.limits import REQUEST_HEAD_BYTES
from contracts.operations.health import HealthApp, nothing
from contracts.operations.http_server import HttpServer

LINE = b"GET /healthz HTTP/1.1\r\n"
KIB = 1024


async def serving(protocol: type[HttpToolsProtocol] | None) -> AsyncIterator[tuple[str, int]]:
    server = HttpServer(HealthApp(nothing), "127.0.0.1", 1, 0.1)
    if protocol is not None:
        server.config = uvicorn.Config(
            server.config.app, http=protocol, log_config=None, lifespan="off", timeout_graceful_shutdown=1
        )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        task = asyncio.ensure_future(server.serve([listening]))
        yield listening.getsockname()
        server.should_exit = True
        await task


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    async for address in serving(None):
        yield address


@pytest.fixture
async def careless() -> AsyncIterator[tuple[str, int]]:
    """Uvicorn's own protocol."""
    async for address in serving(HttpToolsProtocol):
        yield address


async def said(address: tuple[str, int], *pieces: bytes) -> bytes:
    """What the server says to these pieces, each sent when the one before has gone; then the client is done."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
    except OSError:
        pass  # it was closed on us: what it said before is what counts
    async with asyncio.timeout(5):
        try:
            answer = await reader.read()
        except ConnectionError:
            answer = b""
    writer.close()
    return answer


def head(size: int, headers: int = 1) -> bytes:
    """A whole head of about so many bytes in so many headers."""
    each = size // headers
    return LINE + b"".join(b"X-%06d: %s\r\n" % (number, b"v" * (each - 12)) for number in range(headers)) + b"\r\n"


@pytest.mark.parametrize("headers", [1, 100])
async def test_a_head_within_the_limit_is_read(address, headers):
    assert (await said(address, head(REQUEST_HEAD_BYTES - KIB, headers))).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "pieces",
    [
        [head(REQUEST_HEAD_BYTES + KIB)],
        [head(REQUEST_HEAD_BYTES + KIB, headers=1000)],
        [b"GET /" + b"a" * (REQUEST_HEAD_BYTES + KIB) + b" HTTP/1.1\r\n\r\n"],
        [head(KIB), head(REQUEST_HEAD_BYTES + KIB)],
        [LINE, b"X: ", b"v" * (REQUEST_HEAD_BYTES + KIB)],
        [b"GET /", b"a" * (REQUEST_HEAD_BYTES + KIB)],
    ],
    ids=[
        "one header",
        "many headers",
        "a long line",
        "the second request",
        "a header without end",
        "a line without end",
    ],
)
async def test_a_head_over_the_limit_is_431_and_the_end(address, pieces):
    answer = await said(address, *pieces)
    _, found, last = answer.rpartition(b"HTTP/1.1 431 ")
    assert found
    assert b"connection: close" in last
    assert b"urn:seatlog:problem:request-too-large" in last


@pytest.mark.parametrize("pieces", [[head(REQUEST_HEAD_BYTES + KIB)], [LINE, b"X: ", b"v" * (8 * REQUEST_HEAD_BYTES)]])
async def test_that_check_catches_who_keeps_what_comes(careless, pieces):
    assert b" 431 " not in await said(careless, *pieces)


async def test_many_small_requests_on_one_connection_are_not_counted_together(address):
    reader, writer = await asyncio.open_connection(*address)
    for _ in range(REQUEST_HEAD_BYTES // KIB + 2):
        writer.write(head(KIB))
        async with asyncio.timeout(5):
            assert b" 200 OK" in await reader.readuntil(b"}")
    writer.close()


async def test_what_is_no_request_is_400(address):
    assert (await said(address, b"\x00\x01\x02 nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
