"""How many connections a server keeps: who comes beyond that hears so at once, and is not kept."""

import asyncio
import resource
from typing import Any, Final

from contracts import problems
from contracts.operations.request_head import HeadLimited

CONNECTIONS_MOST: Final = 10_000
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


class BoundedConnections(HeadLimited):
    """One connection, of which a server keeps `connections_most` at most."""

    def __init__(self, connections_most: int, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - Uvicorn's own
        super().__init__(*arguments, **more)
        self._connections_most = connections_most

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as Uvicorn has it
        """Keep it, or say why not."""
        super().connection_made(transport)
        if len(self.connections) > self._connections_most:
            transport.write(NO_ROOM)
            transport.close()
