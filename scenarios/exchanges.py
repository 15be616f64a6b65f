"""What was said between buyers and the APIs: one record a request, and how the answers are counted."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from scenarios.history import Request, json_or_null
from scenarios.http_client import Response, Unanswered


class Kind(StrEnum):
    """What an answer amounts to; the value is its name in tables."""

    HELD = "held"
    BOOKED = "booked"
    REFUSED = "refused"
    QUEUED = "queued (202)"
    UNAVAILABLE = "unavailable (503)"
    MAP = "seat map"
    OUTCOME = "outcome of a 202"
    UNEXPECTED = "unexpected"
    UNANSWERED = "no answer, asked again"


ACCEPTED = frozenset({Kind.HELD, Kind.BOOKED})


class Exchange(NamedTuple):
    """One request and what came of it. Times are monotonic seconds; `wanted` is when the buyer wanted to ask, which is
    earlier than `sent` when no connection was free. `status` and `answered` are None without an answer."""

    buyer: str
    method: str
    path: str
    key: str | None
    body: bytes
    wanted: float
    sent: float | None
    answered: float | None
    status: int | None
    receipt: str | None
    answer: bytes
    sends: int

    @property
    def kind(self) -> Kind:
        """What the answer amounts to."""
        if self.status is None:
            return Kind.UNANSWERED
        if self.method == "GET":
            return _kind_of_look(self.path, self.status)
        match self.status:
            case 201:
                return Kind.HELD if self.path.endswith("/holds") else Kind.BOOKED
            case 202:
                return Kind.QUEUED
            case 409:
                return Kind.REFUSED
            case 503:
                return Kind.UNAVAILABLE
        return Kind.UNEXPECTED


def _kind_of_look(path: str, status: int) -> Kind:
    if status == 503:
        return Kind.UNAVAILABLE
    if path.startswith("/commands/"):
        return Kind.OUTCOME
    return Kind.MAP if status in (200, 304) else Kind.UNEXPECTED


def exchange(
    buyer: str, method: str, path: str, key: str | None, body: bytes, wanted: float, came: Response | Unanswered
) -> Exchange:
    """The record of a request that has ended, one way or the other."""
    if isinstance(came, Unanswered):
        return Exchange(buyer, method, path, key, body, wanted, came.sent, None, None, None, b"", came.sends)
    receipt = came.header(b"seatlog-receipt") or None
    return Exchange(
        buyer, method, path, key, body, wanted, came.sent, came.answered, came.status, receipt, came.body, came.sends
    )


class Record:
    """All exchanges so far, and a running count by kind for whoever watches."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.counts: Counter[Kind] = Counter()

    def add(self, ended: Exchange) -> None:
        """Note one more."""
        self.exchanges.append(ended)
        self.counts[ended.kind] += 1

    @property
    def answers(self) -> int:
        """Answers of any kind."""
        return self.counts.total() - self.counts[Kind.UNANSWERED]


def requests_of(exchanges: Iterable[Exchange]) -> tuple[Request, ...]:
    """Exchanges as a history has them: everything that was sent; what never found a connection was not."""
    return tuple(
        Request(
            buyer=each.buyer,
            method=each.method,
            path=each.path,
            key=each.key,
            body=json_or_null(each.body),
            sent=each.sent,
            answered=each.answered,
            status=each.status,
            receipt=each.receipt,
            answer=json_or_null(each.answer),
        )
        for each in exchanges
        if each.sent is not None
    )
