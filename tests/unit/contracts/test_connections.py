"""How many connections a server keeps, on real sockets in this process."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.operations.connections import NO_ROOM, room_for_connections
from contracts.operations.health import Receive, Scope, Send, send_response
from contracts.operations.http_server import HttpServer
from tests.until import until

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(_: Scope, __: Receive, send: Send) -> None:
    await send_response(send, 200, "text/plain", b"hello")


@asynccontextmanager
async def server_with_room_for(most: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[HttpServer, int]]:
    monkeypatch.setattr("contracts.operations.http_server.room_for_connections", lambda: most)
    server = HttpServer(hello, "127.0.0.1", 1, 1.0)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve([listening]))
    try:
        yield server, listening.getsockname()[1]
    finally:
        server.begin_to_stop()
        await serving


async def told(port: int) -> tuple[bytes, asyncio.StreamWriter]:
    """What a new connection hears first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASK)
    async with asyncio.timeout(5):
        return await reader.readuntil(b"\r\n"), writer


async def rooms(most: int, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The statuses of three connections at once, and of a fourth after one has gone."""
    async with server_with_room_for(most, monkeypatch) as (server, port):
        came = [await told(port) for _ in range(3)]
        came[0][1].close()
        await until(lambda: len(server.server_state.connections) < min(most, 3))
        came.append(await told(port))
        for _, writer in came:
            writer.close()
        return [line.split(b" ")[1] for line, _ in came]


async def test_beyond_the_bound_503_until_somebody_goes(monkeypatch: pytest.MonkeyPatch):
    assert await rooms(2, monkeypatch) == [b"200", b"200", b"503", b"200"]


async def test_within_the_bound_everybody_is_served(monkeypatch: pytest.MonkeyPatch):
    assert await rooms(3, monkeypatch) == [b"200"] * 4


def test_who_is_turned_away_is_told_when_to_ask_again():
    assert b"\r\nretry-after: 1\r\n" in NO_ROOM


@pytest.mark.parametrize(
    ("soft", "hard", "room", "raised_to"),
    [
        (1_024, 1_048_576, 10_000, 10_256),
        (1_024, 4_096, 3_840, 4_096),
        (20_000, 20_000, 10_000, None),
        (1_024, resource.RLIM_INFINITY, 10_000, 10_256),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 10_000, None),
    ],
)
def test_the_limit_of_open_files_is_raised_as_far_as_allowed(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, room: int, raised_to: int | None
):
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    assert room_for_connections() == room
    assert raised == ([] if raised_to is None else [(raised_to, hard)])
