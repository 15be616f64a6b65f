"""Clients that take too long: to say what they want, which is 408, or to read what they are told.

Uvicorn bounds only the pause between two requests, and every byte ends that pause. Here somebody looks at all
connections once a second, so that a request costs nothing for it. Time is counted in looks: a process that was stopped
for a minute has kept its clients waiting, not they it.
"""

import asyncio
from collections.abc import Collection
from typing import Any, Final, Protocol, cast

from contracts import problems
from contracts.limits import REQUEST_SECONDS

FIRST_REQUEST_SECONDS: Final = 75
"""How long a new connection may be silent: as long as Uvicorn is told to keep one between requests."""
_NOTHING_YET: Final = object()
_PROBLEM: Final = problems.problem(
    408, problems.TOO_SLOW, "The request took too long.", f"It must be complete within {REQUEST_SECONDS} seconds."
)
TOO_LATE: Final = b"\r\n".join(
    (
        b"HTTP/1.1 408 Request Timeout",
        b"content-type: " + problems.MEDIA_TYPE.encode(),
        b"content-length: %d" % len(_PROBLEM),
        b"connection: close",
        b"",
        _PROBLEM,
    )
)


class Cycle(Protocol):
    """What Uvicorn knows of one request from the end of its headers on."""

    scope: object
    more_body: bool
    response_complete: bool


class Connection(Protocol):
    """What Uvicorn's httptools protocol knows of one connection. `scope` is that of the request whose first byte came
    last; `cycle` belongs to the one whose headers ended last."""

    transport: asyncio.Transport
    scope: dict[str, Any] | None
    cycle: Cycle | None
    pipeline: Collection[object]
    timeout_keep_alive_task: asyncio.TimerHandle | None


class SlowClients:
    """Sees to the connections of one server, `uvicorn.Server.server_state.connections`."""

    def __init__(self, connections: Collection[object]) -> None:
        self._connections = connections
        self._waited_for: dict[Connection, tuple[object, int]] = {}
        """What each connection has not finished, and how many looks have found it so."""
        self._unread: dict[Connection, tuple[int, int]] = {}
        """How many bytes each connection's client has not read, and how many looks have found them not fewer."""

    def look(self) -> None:
        """Once a second. Send those away whose time is over; the others are a second older."""
        self._look_at_requests()
        self._look_at_answers()

    def _look_at_requests(self) -> None:
        before, self._waited_for = self._waited_for, {}
        for each in tuple(self._connections):
            connection = cast(Connection, each)
            what = _unfinished(connection)
            if what is None:
                continue
            known, looks = before.get(connection, (what, 0))
            looks = looks + 1 if known is what else 1
            if looks <= (FIRST_REQUEST_SECONDS if what is _NOTHING_YET else REQUEST_SECONDS):
                self._waited_for[connection] = what, looks
                continue
            if what is connection.scope:
                connection.transport.write(TOO_LATE)
            connection.transport.close()

    def _look_at_answers(self) -> None:
        """Also those of connections that are to be closed when everything is read."""
        before, self._unread = self._unread, {}
        for each in tuple(self._connections):
            connection = cast(Connection, each)
            unread = connection.transport.get_write_buffer_size()
            if not unread:
                continue
            known, looks = before.get(connection, (unread, 0))
            looks = looks + 1 if unread >= known else 1
            if looks <= REQUEST_SECONDS:
                self._unread[connection] = unread, looks
            else:
                connection.transport.abort()


def _unfinished(connection: Connection) -> object | None:
    """What the client has begun and not ended: its request, in which case it is the connection's scope, or something
    that nobody waits for. None when it is the client that waits."""
    scope, cycle = connection.scope, connection.cycle
    if connection.transport.is_closing():
        return None
    if scope is None:
        return _NOTHING_YET if connection.timeout_keep_alive_task is None else None  # or it was answered early
    if cycle is None:
        return scope  # the headers of its first request
    if cycle.response_complete:
        if cycle.scope is not scope:
            return scope  # the headers of its next one
        return cycle if connection.timeout_keep_alive_task is None else None  # it was answered and goes on talking
    if cycle.scope is not scope or connection.pipeline or not cycle.more_body:
        return None
    return scope if scope["method"] == "POST" else None  # the bodies of others are not read
