"""The refusal of holds and bookings by their bytes: no parser, no task, no token.

Whoever asks for more than can be decided is refused by the same process that has to answer the others. Through the HTTP
server a refusal costs about a quarter of a hold, and it waits for its turn like a hold. Here it costs some microseconds
and one write. What is not plainly one whole request of the usual form goes the long way.
"""

import re
from functools import lru_cache
from typing import Final

from write_side.api.desk import Desk

_HOT: Final = re.compile(rb"POST /shows/([a-z0-9][a-z0-9-]{0,63})/(?:holds|bookings) HTTP/1\.1\r\n")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: ?(\d{1,5})\r\n")
_KEEP_ALIVE: Final = b"\r\nconnection: keep-alive\r\n"
_UNUSUAL: Final = re.compile(rb"\r\n(?:transfer-encoding|connection|expect|upgrade|[ \t])")
"""How header lines begin that say something about the connection or the body."""


class EarlyRefusal:
    """Called with what a client sent between two requests; gives the whole answer, or None if it is not for here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, data: bytes) -> bytes | None:
        """As said above."""
        if not self._desk.turns_somebody_away():
            return None
        asked = _HOT.match(data)
        if asked is None or not _is_whole(data):
            return None
        answer = self._desk.turned_away(asked[1].decode("ascii"))
        return None if answer is None else _on_the_wire(answer.body, *answer.headers)


def _is_whole(data: bytes) -> bool:
    """Whether this is one request with its body, and nothing else."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = data[: end + 2].lower().replace(_KEEP_ALIVE, b"\r\n")
    lengths = _LENGTH.findall(head)
    if len(lengths) != 1 or head.count(b"content-length") != 1 or _UNUSUAL.search(head):
        return False
    return len(data) == end + 4 + int(lengths[0])


@lru_cache(maxsize=64)
def _on_the_wire(body: bytes, *headers: tuple[bytes, bytes]) -> bytes:
    lines = [b"HTTP/1.1 503 Service Unavailable", *(name + b": " + value for name, value in headers)]
    return b"\r\n".join([*lines, b"", body])
