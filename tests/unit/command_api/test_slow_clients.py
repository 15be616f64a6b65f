"""Clients that take their time, on real connections to a server in this process; the test itself says when a second
has passed."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from contracts.limits import REQUEST_SECONDS
from contracts.operations import slow_clients
from contracts.operations.health import Receive, Scope, Send
from contracts.operations.http_server import HttpServer
from contracts.operations.request_body import CallerGone
from contracts.operations.slow_clients import FIRST_REQUEST_SECONDS, TOO_LATE, SlowClients
from tests.until import until
from write_side.api.incoming import Rejected, json_body

HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n"


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: Any) -> None:
        self._reader, self._writer = reader, writer
        self.connection = connection
        """The server's side of it."""

    async def say(self, text: bytes) -> None:
        self._writer.write(text)
        await self._writer.drain()

    async def hear(self, text: bytes) -> None:
        """Wait until the server says this."""
        async with asyncio.timeout(5):
            await self._reader.readuntil(text)

    async def hear_the_end(self) -> bytes:
        """Everything until the server closes the connection."""
        async with asyncio.timeout(5):
            return await self._reader.read()

    def stop_reading(self) -> None:
        """Leave what comes with the system."""
        self._reader._transport.pause_reading()  # type: ignore[attr-defined]

    async def read_some(self, number: int) -> None:
        """Read so many bytes, and no more than the system takes besides."""
        self._reader._transport.resume_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(5):
            await self._reader.readexactly(number)
        self.stop_reading()

    @property
    def was_left(self) -> bool:
        return self.connection.transport.is_closing()

    def leave(self) -> None:
        self._writer.close()


class Server:
    """Answers its one client what it was sent, as soon as `go` is set; `seconds` lets time pass."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.body = b""
        self.gone = 0
        self.heard = 0
        self.uvicorn = HttpServer(self, "127.0.0.1", 1, 1.0)
        self.slow_clients = SlowClients(self.connections)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._client: Client

    @property
    def connections(self) -> set:
        return self.uvicorn.server_state.connections

    async def run(self) -> None:
        await self.uvicorn.serve([self._socket])

    async def client(self) -> Client:
        streams = await asyncio.open_connection(*self._socket.getsockname())
        await until(lambda: self.connections)
        self._client = Client(*streams, next(iter(self.connections)))
        return self._client

    async def stop(self) -> None:
        self._client.leave()
        self.go.set()
        self.uvicorn.should_exit = True

    def seconds(self, number: int) -> None:
        for _ in range(number):
            self.slow_clients.look()

    async def state(self, wanted: Callable[[Any], object]) -> None:
        """Wait until the connection is in this state."""
        await until(lambda: wanted(self._client.connection))

    def _counting(self, receive: Receive) -> Receive:
        async def received() -> Any:
            message = await receive()
            self.heard += len(message.get("body", b""))
            return message

        return received

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = self.body
        if scope["method"] == "POST" and scope["path"] == "/echo":
            try:
                body = await json_body(dict(scope["headers"]), self._counting(receive), 100)
            except Rejected as rejected:
                body = rejected.answer.body
            except CallerGone:
                self.gone += 1
                return
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    running = asyncio.ensure_future(server.run())
    yield server
    await server.stop()
    with suppress(asyncio.CancelledError):
        await running


async def begun(server: Server) -> Client:
    """A request whose headers do not end."""
    client = await server.client()
    await client.say(HEAD[:-2])
    await server.state(lambda connection: connection.scope)
    return client


async def half_sent(server: Server) -> Client:
    """A request whose body does not end."""
    client = await server.client()
    await client.say(HEAD + b"12")
    await server.state(lambda connection: connection.cycle)
    return client


async def second_begun(server: Server) -> Client:
    """A request that does not end, after one that did."""
    client = await server.client()
    await client.say(HEAD + b"1234")
    await client.hear(b"1234")
    await client.say(HEAD[:20])
    await server.state(lambda connection: connection.scope is not connection.cycle.scope)
    return client


REST = {begun: HEAD[-2:] + b"abcd", half_sent: b"cd", second_begun: HEAD[20:] + b"abcd"}
Slowly = Callable[[Server], Awaitable[Client]]


@pytest.mark.parametrize("slowly", REST)
async def test_a_request_that_does_not_end_is_408_and_the_end(server: Server, slowly: Slowly):
    client = await slowly(server)
    server.seconds(REQUEST_SECONDS)
    assert not client.was_left
    server.seconds(1)
    assert await client.hear_the_end() == TOO_LATE
    assert server.gone == (slowly is half_sent), "nothing is made of half a body"


@pytest.mark.parametrize("slowly", REST)
async def test_in_time_it_is_answered(server: Server, slowly: Slowly):
    client = await slowly(server)
    server.seconds(REQUEST_SECONDS)
    await client.say(REST[slowly])
    await client.hear(b"cd")
    server.seconds(REQUEST_SECONDS + 1)
    assert not client.was_left, "between requests it may be silent for longer"


async def trickle(server: Server) -> bool:
    """Whether a client is sent away who says a byte of its body each second."""
    client = await server.client()
    await client.say(HEAD.replace(b"Length: 4", b"Length: 40"))
    for second in range(1, 40):
        await client.say(b"x")
        await until(lambda wanted=second: server.heard == wanted)
        server.seconds(1)
        if client.was_left:
            return True
    return False


async def test_every_byte_does_not_begin_the_time_anew(server: Server):
    assert await trickle(server)


async def test_that_check_catches_who_begins_anew(server: Server, monkeypatch: pytest.MonkeyPatch):
    unfinished = slow_clients._unfinished
    monkeypatch.setattr(slow_clients, "_unfinished", lambda connection: unfinished(connection) and object())
    assert not await trickle(server)


async def wait_for_an_answer(server: Server) -> Client:
    """A client whose request is whole, and whose answer takes its time."""
    server.go.clear()
    client = await server.client()
    await client.say(HEAD + b"1234")
    await server.state(lambda connection: connection.cycle and not connection.cycle.more_body)
    server.seconds(10 * REQUEST_SECONDS)
    return client


async def test_who_waits_for_an_answer_gets_it(server: Server):
    client = await wait_for_an_answer(server)
    await client.say(HEAD + b"5")  # another one, which is not read before
    await server.state(lambda connection: connection.pipeline)
    server.seconds(10 * REQUEST_SECONDS)
    assert not client.was_left
    server.go.set()
    await client.hear(b"1234")


async def test_that_check_catches_who_takes_the_wait_for_slowness(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(slow_clients, "_unfinished", lambda connection: connection.scope)
    assert (await wait_for_an_answer(server)).was_left


UNREAD = b"x" * 40_000_000
"""More than a system's buffers take."""


async def unread(server: Server, connection: bytes = b"keep-alive") -> Client:
    """A client that asks for something large, and does not read it."""
    server.body = UNREAD
    client = await server.client()
    await client.say(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: " + connection + b"\r\n\r\n")
    client.stop_reading()
    await server.state(lambda connection: connection.transport.get_write_buffer_size())
    return client


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
async def test_who_does_not_read_its_answer_is_let_go(server: Server, connection: bytes):
    client = await unread(server, connection)
    server.seconds(REQUEST_SECONDS)
    assert server.connections
    server.seconds(1)
    await until(lambda: not server.connections)
    assert client.connection.transport.get_write_buffer_size() == 0


async def test_who_reads_slowly_gets_it_all(server: Server):
    client = await unread(server, b"close")
    for _ in range(5):
        server.seconds(REQUEST_SECONDS - 1)
        kept = client.connection.transport.get_write_buffer_size()
        await client.read_some(4_000_000)
        await server.state(lambda connection, kept=kept: connection.transport.get_write_buffer_size() < kept)
    await client.read_some(len(UNREAD) - 5 * 4_000_000)


async def test_who_says_nothing_at_all_is_let_go_in_silence(server: Server):
    client = await server.client()
    server.seconds(FIRST_REQUEST_SECONDS)
    assert not client.was_left
    server.seconds(1)
    assert await client.hear_the_end() == b""


@pytest.mark.parametrize("more", [b"3", b"\r\n"], ids=["the body that nobody reads", "empty lines"])
async def test_who_was_answered_and_goes_on_talking_is_let_go_in_silence(server: Server, more: bytes):
    client = await server.client()
    await client.say(HEAD.replace(b"/echo", b"/") + (b"1234" if more == b"\r\n" else b"12"))
    await client.hear(b"\r\n\r\n")
    await client.say(more)
    await server.state(lambda connection: connection.cycle and connection.timeout_keep_alive_task is None)
    server.seconds(REQUEST_SECONDS + 1)
    assert await client.hear_the_end() == b""
