"""A lean HTTP/1.1 client for crowds and benchmarks: keep-alive connections on asyncio.Protocol and httptools.

The load generator shares two cores with what it loads, so whatever it costs is taken from the result. CPU of the client
process a request (POST with a token, answer of 200 bytes, uvloop, 64 and 500 connections, machine otherwise idle):
this client 9.3 and 9.8 microseconds, aiohttp 3.14 45 and 58, httpx 0.28 2,460 and 6,420 (its pool searches all its
connections for every request).

What it does not do: TLS, redirects, cookies, HEAD, pipelining.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Final, NamedTuple, Self, cast
from urllib.parse import urlsplit

import httptools

SENDS_MOST: Final = 3
"""How often one request is sent at most, when its connection breaks and sending it again is harmless."""
SAFE_METHODS: Final = frozenset({"GET"})
KEYED_METHODS: Final = frozenset({"POST", "PATCH", "DELETE"})
"""Methods of ours that take an Idempotency-Key, by which a second sending is answered like the first."""
KEY_HEADER: Final = "Idempotency-Key"

NO_HEADERS: Final[Mapping[str, str]] = {}


class Response(NamedTuple):
    """A whole answer. Times are time.monotonic(), as uvloop's own clock has whole milliseconds; `sent` is of the first
    sending.

    `headers` by lower-case name (of a repeated one the last); `sends` above 1 means that it was sent again.
    """

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    sent: float
    answered: float
    sends: int

    def header(self, name: bytes) -> str:
        """A header's value by its lower-case name, empty if there is none."""
        return self.headers.get(name, b"").decode("latin-1")


class Unanswered(NamedTuple):
    """No answer. `sent` is None when nothing was sent; otherwise the server may have acted on it."""

    why: str
    sent: float | None
    gave_up: float
    sends: int


class _Broken(Exception):
    """The connection ended before the answer did; the message says how."""


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self.open = False
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, dict[bytes, bytes], bytes]] | None = None
        self._headers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._until_close = False

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, dict[bytes, bytes], bytes]]":
        """Send a request; the future gives status, headers and body, or raises _Broken."""
        assert self._transport is not None
        assert self._answer is None
        self._answer = self._loop.create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Close at once, whatever is under way."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.open = cast(asyncio.Transport, transport), True

    def data_received(self, data: bytes) -> None:
        if self._answer is None and self.open:
            self.close()  # nobody asked: whatever it says, the next answer could be taken for another's
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"the answer is not HTTP: {error}")
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._until_close and error is None:
            self._complete()
        else:
            self._fail("the connection was closed" if error is None else f"the connection broke: {error}")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        framed = b"content-length" in self._headers or b"transfer-encoding" in self._headers
        self._until_close = not framed and status >= 200 and status not in (204, 304)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # an interim answer; the real one follows
            self._headers = {}
            return
        if not self._parser.should_keep_alive():
            self.open = False
        self._complete()

    def _complete(self) -> None:
        answer, self._answer = self._answer, None
        whole = (self._parser.get_status_code(), self._headers, b"".join(self._body))
        self._headers, self._body, self._until_close = {}, [], False
        if answer is not None and not answer.done():
            answer.set_result(whole)
        if not self.open and self._transport is not None:
            self._transport.close()

    def _fail(self, why: str) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(_Broken(why))


class Client:
    """A bounded pool of connections to one server. Callers beyond the bound wait in the order in which they came."""

    def __init__(self, url: str, connections: int, timeout: float = 30.0) -> None:
        """`url` is `http://host:port`; `timeout` in seconds covers a request with its wait for a connection."""
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"{url}: only http://host:port is spoken here")
        self._host, self._port = parts.hostname, parts.port or 80
        self._timeout = timeout
        self._free = asyncio.Semaphore(connections)
        self._idle: deque[_Connection] = deque()
        self._busy: set[_Connection] = set()
        self._host_line = f"Host: {parts.netloc}\r\n"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; requests under way end unanswered."""
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()

    async def warm_up(self, connections: int) -> None:
        """Open this many connections beforehand, so that the clock does not measure TCP. Raises OSError."""
        self._idle.extend(await asyncio.gather(*(self._connect() for _ in range(connections - len(self._idle)))))

    async def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes = b"",
        timeout: float | None = None,
    ) -> Response | Unanswered:
        """Send one request and wait for its answer, whatever its status.

        It is sent again after a broken connection only when that is harmless: GET, or a method of ours that carries
        an Idempotency-Key; `sends` of the result tells.
        """
        request = self.encode(method, path, headers, body)
        harmless = method in SAFE_METHODS or (method in KEYED_METHODS and KEY_HEADER in headers)
        exchange = _Exchange(request, SENDS_MOST if harmless else 1)
        try:
            async with asyncio.timeout(self._timeout if timeout is None else timeout), self._free:
                return await self._exchange(exchange)
        except TimeoutError:
            return exchange.unanswered("no answer in time")
        except OSError as error:
            return exchange.unanswered(f"no connection: {error}")

    def send_now(self, request: bytes, tell: Callable[[Response | Unanswered], None]) -> bool:
        """Send an encoded request once if a connection is open and free, and `tell` what came of it; else False.

        At a third of the cost of `request`: no task, no time limit. `close` ends what is still under way.
        """
        connection = self._usable()
        if connection is None:
            return False
        self._busy.add(connection)
        sent = monotonic()

        def answered(answer: "asyncio.Future[tuple[int, dict[bytes, bytes], bytes]]") -> None:
            self._busy.discard(connection)
            broken = answer.exception()
            if broken is not None:
                tell(Unanswered(str(broken), sent, monotonic(), 1))
                return
            if connection.open:
                self._idle.append(connection)
            tell(Response(*answer.result(), sent, monotonic(), 1))

        connection.ask(request).add_done_callback(answered)
        return True

    async def _exchange(self, exchange: "_Exchange") -> Response | Unanswered:
        while True:
            connection = self._usable() or await self._connect()
            self._busy.add(connection)
            try:
                status, headers, body = await exchange.send(connection)
            except _Broken as broken:
                if exchange.sends >= exchange.sends_most:
                    return exchange.unanswered(str(broken))
            except asyncio.CancelledError:
                connection.close()  # its answer may still come, and must not reach the next request
                raise
            else:
                if connection.open:
                    self._idle.append(connection)
                assert exchange.sent is not None
                return Response(status, headers, body, exchange.sent, monotonic(), exchange.sends)
            finally:
                self._busy.discard(connection)

    def _usable(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, self._host, self._port)
        return connection

    def encode(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """A request as it goes over the wire."""
        lines = [f"{method} {path} HTTP/1.1\r\n{self._host_line}"]
        lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
        if body or method not in SAFE_METHODS:
            lines.append(f"Content-Length: {len(body)}\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("latin-1") + body


class _Exchange:
    """One request on its way: what is sent, and how often it was. `sent` is when it was sent first."""

    __slots__ = ("request", "sends", "sends_most", "sent")

    def __init__(self, request: bytes, sends_most: int) -> None:
        self.request = request
        self.sends_most = sends_most
        self.sends = 0
        self.sent: float | None = None

    def send(self, connection: _Connection) -> "asyncio.Future[tuple[int, dict[bytes, bytes], bytes]]":
        self.sends += 1
        if self.sent is None:
            self.sent = monotonic()
        return connection.ask(self.request)

    def unanswered(self, why: str) -> Unanswered:
        return Unanswered(why, self.sent, monotonic(), self.sends)
