"""Bodies that are too large: answered at once, and then heard, within bounds."""

import asyncio
from typing import Any

import pytest

from contracts.operations import request_body
from contracts.operations.health import Scope
from contracts.operations.request_body import CLOSE, MOST_BYTES_HEARD, BodyTooLarge, CallerGone, hearing_out, whole_body

PIECE = 1024 * 1024


class Connection:
    """A client that sends these messages, each when it is asked for, and then nothing; `log` has what went each way."""

    def __init__(self, *messages: Scope) -> None:
        self._messages = list(messages)
        self.log: list[tuple[str, Any]] = []

    async def receive(self) -> Scope:
        if not self._messages:
            await asyncio.Event().wait()
        message = self._messages.pop(0)
        self.log.append(("heard", len(message.get("body", b""))))
        return message

    async def send(self, message: Scope) -> None:
        said = message.get("body"), message.get("more_body", False)
        self.log.append(("said", message.get("status") or said))

    async def answer(self, *headers: tuple[bytes, bytes]) -> list[tuple[str, Any]]:
        """Send 413 with these headers; gives what went each way."""
        send = hearing_out(self.receive, self.send)
        await send({"type": "http.response.start", "status": 413, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b"no"})
        return self.log


def piece(size: int = PIECE, more: bool = True) -> Scope:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


GONE: Scope = {"type": "http.disconnect"}
ANSWERED = [("said", 413), ("said", (b"no", True))]
CLOSED = [("said", (b"", False))]


@pytest.mark.parametrize("last", [piece(7, more=False), GONE], ids=["the body ends", "the client leaves"])
async def test_the_answer_comes_first_and_the_connection_ends_with_the_client(last: Scope):
    log = await Connection(piece(5), last).answer(CLOSE)
    assert log == [*ANSWERED, ("heard", 5), ("heard", len(last.get("body", b""))), *CLOSED]


async def test_an_answer_that_does_not_close_is_not_held_up():
    assert await Connection(piece()).answer((b"content-length", b"2")) == [("said", 413), ("said", (b"no", False))]


async def test_nobody_is_heard_for_ever():
    log = await Connection(*[piece()] * (2 * MOST_BYTES_HEARD // PIECE)).answer(CLOSE)
    assert log == [*ANSWERED, *[("heard", PIECE)] * (MOST_BYTES_HEARD // PIECE), *CLOSED]


async def test_nobody_is_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(request_body, "MOST_SECONDS_HEARD", 0.01)
    assert await Connection(piece(1)).answer(CLOSE) == [*ANSWERED, ("heard", 1), *CLOSED]


@pytest.mark.parametrize(
    ("connection", "unread"),
    [(Connection(piece(11, more=False)), False), (Connection(piece(10), piece(1)), True)],
    ids=["read", "unread"],
)
async def test_who_refuses_a_body_learns_whether_its_end_was_read(connection: Connection, unread: bool):
    with pytest.raises(BodyTooLarge) as refused:
        await whole_body({}, connection.receive, 10)
    assert refused.value.unread is unread


async def test_a_declared_size_is_refused_before_anything_is_read():
    connection = Connection(piece(11))
    with pytest.raises(BodyTooLarge) as refused:
        await whole_body({b"content-length": b"11"}, connection.receive, 10)
    assert (refused.value.unread, connection.log) == (True, [])


async def test_whoever_leaves_in_the_middle_is_gone():
    with pytest.raises(CallerGone):
        await whole_body({}, Connection(piece(1), GONE).receive, 10)
