"""How large the head of a request may be: its line and its headers. Uvicorn keeps whatever comes."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from contracts import problems
from contracts.limits import REQUEST_HEAD_BYTES

_PROBLEM: Final = problems.problem(
    431,
    problems.TOO_LARGE,
    "The request is too large.",
    f"Its line and headers may have at most {REQUEST_HEAD_BYTES} bytes.",
)
TOO_LARGE: Final = b"\r\n".join(
    (
        b"HTTP/1.1 431 Request Header Fields Too Large",
        b"content-type: " + problems.MEDIA_TYPE.encode(),
        b"content-length: %d" % len(_PROBLEM),
        b"connection: close",
        b"",
        _PROBLEM,
    )
)
_BETWEEN: Final = len(": \r\n")


class _HeadTooLarge(Exception):
    """Ends the parsing of a request."""


class HeadLimited(HttpToolsProtocol):
    """One connection. A head over REQUEST_HEAD_BYTES is 431, and the connection is closed.

    Headers that are whole are counted when the head is; what is not is counted as it comes, so that no more than the
    limit and one read of the socket is ever kept.
    """

    head_open = False
    _head_bytes = 0
    _head_too_large = False

    def data_received(self, data: bytes) -> None:
        """Take what came, and give up on a head that does not end."""
        super().data_received(data)
        if self.head_open and not self._head_too_large:
            self._head_bytes += len(data)
            if self._head_bytes > REQUEST_HEAD_BYTES:
                self._head_too_large = True
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.head_open, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """Its head is whole. Raises _HeadTooLarge, which the parser takes for a request that is not valid."""
        self.head_open = False
        size = len(self.url) + sum(len(name) + len(value) + _BETWEEN for name, value in self.headers)
        if size > REQUEST_HEAD_BYTES:
            self._head_too_large = True
            raise _HeadTooLarge
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a request that cannot be read, and close the connection."""
        if self._head_too_large:
            self.transport.write(TOO_LARGE)
            self.transport.close()
        else:
            super().send_400_response(msg)
