"""How many connections a server keeps, and how many of them it hears in one turn of its loop.

A loop that hears thousands of clients in one turn does nothing else meanwhile: not even what would answer them, which
takes several turns. So a turn hears so many, and the others wait for theirs in the order in which they spoke.
"""

import asyncio
import resource
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from contracts import problems
from contracts.operations.request_head import HeadLimited

CONNECTIONS_MOST: Final = 10_000
HEARD_IN_ONE_TURN: Final = 64
FILES_SPARE: Final = 256
"""Open files of a process that are not its clients' connections."""
_PROBLEM: Final = problems.problem(503, problems.UNAVAILABLE, "This server has no room for another connection.")
NO_ROOM: Final = b"\r\n".join(
    (
        b"HTTP/1.1 503 Service Unavailable",
        b"content-type: " + problems.MEDIA_TYPE.encode(),
        b"content-length: %d" % len(_PROBLEM),
        b"retry-after: 1",
        b"connection: close",
        b"",
        _PROBLEM,
    )
)


def room_for_connections(wanted: int = CONNECTIONS_MOST) -> int:
    """Raise this process's limit of open files as far as it may itself; how many of the wanted connections then fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + FILES_SPARE
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - FILES_SPARE))


Early = Callable[[bytes], bytes | None]


class Room:
    """What the connections of one server share: how many there may be, whose turn it is, and who need not wait for it.

    `early` may answer what a client sends between two requests at once, as bytes; None leaves it to its turn.
    """

    def __init__(self, connections_most: int, early: Early | None = None) -> None:
        self.connections_most = connections_most
        self.early = early
        self._waiting: deque[tuple[float, BoundedConnection, bytes]] = deque()
        self._left = HEARD_IN_ONE_TURN
        self._turning = False

    def hear(self, connection: "BoundedConnection", data: bytes) -> None:
        """Have the connection's words heard now or, if others wait already, after them."""
        if self._left and not self._waiting:
            self._left -= 1
            connection.heard(data)
        else:
            connection.waits_for_turn = True
            connection.transport.pause_reading()  # what it says meanwhile stays with the system
            self._waiting.append((monotonic(), connection, data))
        if not self._turning:
            self._turning = True
            connection.loop.call_soon(self._next_turn)

    def waited_seconds(self) -> float:
        """How long the one who is heard next has waited for it."""
        return monotonic() - self._waiting[0][0] if self._waiting else 0.0

    def _next_turn(self) -> None:
        self._left, self._turning = HEARD_IN_ONE_TURN, False
        while self._waiting and self._left:
            _, connection, data = self._waiting.popleft()
            if connection.transport.is_closing():
                continue
            self._left -= 1
            connection.waits_for_turn = False
            if not connection.answered_early(data):
                connection.heard(data)
            if not connection.flow.read_paused and not connection.transport.is_closing():
                connection.transport.resume_reading()
        if self._waiting:
            self._turning = True
            connection.loop.call_soon(self._next_turn)


class BoundedConnection(HeadLimited):
    """One connection of a server that has only so much room."""

    waits_for_turn = False

    def __init__(self, room: Room, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - Uvicorn's own
        super().__init__(*arguments, **more)
        self._room = room

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as Uvicorn has it
        """Keep it, or say why not."""
        super().connection_made(transport)
        if len(self.connections) > self._room.connections_most:
            transport.write(NO_ROOM)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Its client has spoken."""
        if not self.answered_early(data):
            self._room.hear(self, data)

    def answered_early(self, data: bytes) -> bool:
        """Whether that was all that there is to do; asked again at its turn, since things may have changed.

        Who does not read the answers has to wait for a turn."""
        early = self._room.early
        if early is None or not self._between_requests() or self.flow.write_paused or (said := early(data)) is None:
            return False
        self.transport.write(said)
        self.on_response_complete()
        return True

    def _between_requests(self) -> bool:
        if self.waits_for_turn or self.head_open:
            return False
        cycle = cast(RequestResponseCycle | None, self.cycle)  # None before the first request
        return cycle is None or (cycle.response_complete and not cycle.more_body)

    def heard(self, data: bytes) -> None:
        """It is its turn."""
        super().data_received(data)
