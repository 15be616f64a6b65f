"""What a load consists of, request by request."""

from collections import deque
from collections.abc import Iterator
from itertools import chain, count, cycle, islice, repeat
from random import Random
from typing import Final, NamedTuple

import msgspec

from contracts.identifiers import keyed_command_id
from contracts.operations.tokens import Role, issue_token
from scenarios.benchmarks.house import seat_labels
from scenarios.benchmarks.load_plan import LoadPlan, Shape

BUYERS: Final = 5_000
TOKENS_VALID_SECONDS: Final = 7200
REPEATED: Final = 1_000
"""Holds that Shape.REPEATS repeats, and seats that Shape.REFUSALS asks for: the first of a show, sold before."""
RELEASED_ONE_IN: Final = 5
RELEASED_AFTER: Final = 5_000
"""Requests between a hold and its release, which is seconds."""


class Request(NamedTuple):
    """One request of the load; `expected` is the only status that is right, `buyer` the id of who asks, if anybody."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    expected: int
    buyer: str


class Buyer(NamedTuple):
    """Who asks."""

    id: str
    authorization: str


def requests(plan: LoadPlan) -> Iterator[Request]:
    """The load, in order."""
    match plan.shape:
        case Shape.MAPS:
            load: Iterator[Request] = cycle(_map(show) for show in plan.shows)
        case Shape.HOLDS:
            load = _holds(plan)
        case Shape.REPEATS:
            load = cycle(list(islice(_holds(plan), REPEATED)))
        case Shape.REFUSALS:
            load = _refusals(plan)
        case Shape.CHURN:
            load = _churn(plan)
    return islice(load, plan.most)


def _map(show: str) -> Request:
    return Request("GET", f"/shows/{show}/seats?format=compact", {}, b"", 200, "")


def _holds(plan: LoadPlan) -> Iterator[Request]:
    """Each seat of each show once, the shows in turn, each hold by the next buyer under a key of its own."""
    bodies, buyers = _bodies(), cycle(_buyers(plan))
    for show, seat in _seats(plan):
        yield _hold(show, next(buyers), f"{plan.seed}-{seat}", bodies[seat])


def _refusals(plan: LoadPlan) -> Iterator[Request]:
    """The same taken seats again and again, always under new keys."""
    taken, buyers = list(islice(_holds(plan), REPEATED)), cycle(_buyers(plan))
    for number, hold in enumerate(cycle(taken)):
        buyer = next(buyers)
        headers = {**hold.headers, **_headers(buyer, f"again-{number}")}
        yield hold._replace(headers=headers, expected=409, buyer=buyer.id)


def _churn(plan: LoadPlan) -> Iterator[Request]:
    """Holds of all seats round and round, under new keys; some are released, the others lapse."""
    bodies, buyers = _bodies(), cycle(_buyers(plan))
    releases: deque[tuple[int, Request]] = deque()
    seats = chain.from_iterable(map(_seats, repeat(plan)))
    for number, (show, seat) in zip(count(), seats, strict=False):
        buyer, key = next(buyers), f"churn-{number}"
        yield _hold(show, buyer, key, bodies[seat])
        if number % RELEASED_ONE_IN == 0:
            path = f"/shows/{show}/holds/{keyed_command_id(buyer.id, show, key)}"
            release = Request("DELETE", path, _headers(buyer, f"release-{number}"), b"", 204, buyer.id)
            releases.append((number + RELEASED_AFTER, release))
        if releases and releases[0][0] <= number:
            yield releases.popleft()[1]


def _seats(plan: LoadPlan) -> Iterator[tuple[str, int]]:
    """(show, position) of every seat in random order, the shows in turn, `at_once` of them at a time."""
    random = Random(plan.seed)
    capacity = len(seat_labels())
    at_once = plan.at_once or len(plan.shows)
    for first in range(0, len(plan.shows), at_once):
        shows = plan.shows[first : first + at_once]
        orders = [random.sample(range(capacity), capacity) for _ in shows]
        for places in zip(*orders, strict=True):
            yield from zip(shows, places, strict=True)


def _bodies() -> list[bytes]:
    return [msgspec.json.encode({"seats": [label]}) for label in seat_labels()]


def _buyers(plan: LoadPlan) -> list[Buyer]:
    names = [f"buyer-{plan.seed}-{number}" for number in range(BUYERS)]
    return [
        Buyer(name, f"Bearer {issue_token(plan.token_secret, name, Role.BUYER, TOKENS_VALID_SECONDS)}")
        for name in names
    ]


def _hold(show: str, buyer: Buyer, key: str, body: bytes) -> Request:
    headers = {**_headers(buyer, key), "Content-Type": "application/json"}
    return Request("POST", f"/shows/{show}/holds", headers, body, 201, buyer.id)


def _headers(buyer: Buyer, key: str) -> dict[str, str]:
    return {"Authorization": buyer.authorization, "Idempotency-Key": key}
