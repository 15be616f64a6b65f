"""Refusals by bytes: what is plainly a whole hold or booking is answered, and everything else is left to the server."""

import pytest

from contracts.topics import partition_of
from write_side.api.answers import Answer, unavailable
from write_side.api.early_refusal import EarlyRefusal

HEAD = b"POST /shows/%s/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: %d\r\n\r\n"
BODY = b'{"seats":["A-1-1"]}'
HOLD = HEAD % (b"hamlet", b"holds", len(BODY)) + BODY
AWAY = unavailable("Too much.", 7)


class FullDesk:
    """Turns everybody away whose show lives where hamlet does."""

    def __init__(self, away: Answer | None = AWAY) -> None:
        self._away = away

    def turns_somebody_away(self) -> bool:
        return self._away is not None

    def turned_away(self, show_id: str) -> Answer | None:
        return self._away if partition_of(show_id, 3) == partition_of("hamlet", 3) else None


def refusal(data: bytes, away: Answer | None = AWAY) -> bytes | None:
    return EarlyRefusal(FullDesk(away))(data)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        HOLD,
        HEAD % (b"hamlet", b"bookings", 0),
        HOLD.replace(b"Content-Length", b"content-length"),
        HOLD.replace(b"Host: x", b"Idempotency-Key: connection"),
        HOLD.replace(b"Host: x", b"Connection: Keep-Alive"),
    ],
)
def test_a_whole_hold_is_refused_with_the_same_words_as_elsewhere(data: bytes):
    said = refusal(data)
    assert said is not None
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert body == AWAY.body
    lines = head.split(b"\r\n")
    assert b"retry-after: 7" in lines
    assert b"content-length: %d" % len(body) in lines


OTHER = next(b"other-%d" % n for n in range(100) if partition_of(f"other-{n}", 3) != partition_of("hamlet", 3))


@pytest.mark.parametrize(
    "data",
    [
        HEAD % (OTHER, b"holds", len(BODY)) + BODY,
        HEAD % (b"Hamlet", b"holds", len(BODY)) + BODY,
        HEAD % (b"hamlet", b"seats", len(BODY)) + BODY,
        HOLD[:-1],
        HOLD + b"G",
        HOLD[:40],
        b"",
        HOLD.replace(b"POST", b"GET"),
        HOLD.replace(b"HTTP/1.1", b"HTTP/1.0"),
        HOLD.replace(b"Content-Length: 19", b"X-Length: 19"),
        HOLD.replace(b"Host: x", b"Content-Length: 19"),
        HOLD.replace(b"Host: x", b"content-length : 19"),
        HOLD.replace(b"Host: x", b"Connection: close"),
        HOLD.replace(b"Host: x", b"Transfer-Encoding: chunked"),
        HOLD.replace(b"Host: x", b"Expect: 100-continue"),
        HOLD.replace(b"Host: x", b"X: y\r\n folded"),
        HOLD.replace(b"Content-Length: 19", b"Content-Length: -1"),
    ],
)
def test_whatever_is_not_plainly_that_is_left_to_the_server(data: bytes):
    assert refusal(data) is None


def test_who_turns_nobody_away_answers_nothing():
    assert refusal(HOLD, None) is None
