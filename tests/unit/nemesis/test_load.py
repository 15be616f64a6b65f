"""The steady load's manners, against stand-ins: it keeps its pace, and nobody gives up before the truth is known."""

import asyncio
from random import Random
from time import monotonic
from types import SimpleNamespace

import pytest

from scenarios.asking import Asking, OutOfPatience
from scenarios.http_client import Client
from scenarios.nemesis.load import Load
from tests.stand_in_http import CLOSE, Asked, said, stand_in
from tests.until import until

HELD = b'{"hold_id":"h","total":{"amount_minor":100,"currency":"EUR"}}'


class Desk:
    """A command API that says one thing, and remembers what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[Asked] = []

    async def __call__(self, asked: Asked) -> bytes:
        self.asked.append(asked)
        return self.answer


class First(Random):
    """Always begins with the first node, and never waits."""

    def randrange(self, *_: object) -> int:
        return 0

    def uniform(self, *_: object) -> float:
        return 0.0


async def test_who_hears_nothing_says_the_same_to_another_node():
    dead, alive = Desk(CLOSE), Desk(said(201, HELD))
    async with stand_in(dead) as one, stand_in(alive) as two:
        async with Client(one, 2) as first, Client(two, 2) as second:
            asking = Asking((first, second), second, First())
            ann = SimpleNamespace(id="ann", token="Bearer ann", deadline=monotonic() + 10)
            settled = await asking.order(ann, "POST", "/shows/gala/holds", "key-1", b"{}", monotonic())
    assert settled.status == 201
    assert asking.elsewhere == 1
    assert {asked.headers["idempotency-key"] for asked in (*dead.asked, *alive.asked)} == {"key-1"}


@pytest.mark.parametrize("status", [429, 503])
async def test_who_is_not_heard_asks_until_the_patience_ends(status: int):
    ann = SimpleNamespace(id="ann", token="Bearer ann", deadline=monotonic() + 60)
    asked: list[Asked] = []

    async def not_now(request: Asked) -> bytes:
        asked.append(request)
        if len(asked) == 3:
            ann.deadline = 0.0
        return said(status, b"", "Retry-After: 0")

    async with stand_in(not_now) as url, Client(url, 2) as client:
        asking = Asking((client,), client, First())
        with pytest.raises(OutOfPatience):
            await asking.order(ann, "POST", "/shows/gala/holds", "key-1", b"{}", monotonic())
    assert len(asked) == 3


async def _loaded(desk: Desk, copies: int, wanted: int) -> Load:
    """A load that ran until the desk was asked so often."""
    async with stand_in(desk) as url, Client(url, 20) as client:
        labels = [f"S-A-{number}" for number in range(1, 50)]
        load = Load((client,), client, ("gala",), labels, "s" * 32, Random(3), copies)
        running = asyncio.create_task(load.run(400.0))
        await until(lambda: len(desk.asked) >= wanted)
        load.stop()
        await asyncio.wait_for(running, 10)
    return load


async def test_buyers_hold_book_give_back_and_repeat_themselves():
    desk = Desk(said(201, HELD))
    load = await _loaded(desk, 1, 150)
    kinds = {(asked.method, asked.path.rpartition("/")[2]) for asked in desk.asked}
    assert kinds == {("POST", "holds"), ("POST", "bookings"), ("DELETE", "h")}
    assert load.tallies["said_again"] > 0
    assert (
        len({asked.headers["idempotency-key"] for asked in desk.asked}) == len(desk.asked) - load.tallies["said_again"]
    )


async def test_every_request_may_be_sent_five_times():
    desk = Desk(said(409, b"{}"))
    load = await _loaded(desk, 5, 60)
    by_key: dict[str, int] = {}
    for asked in desk.asked:
        key = asked.headers["idempotency-key"]
        by_key[key] = by_key.get(key, 0) + 1
    assert set(by_key.values()) <= {5, 6}
    assert load.tallies["copies_sent"] == 4 * len(by_key)


async def test_copies_arrive_after_what_their_buyer_sent_next():
    desk = Desk(said(201, HELD))
    load = await _loaded(desk, 5, 200)
    assert 0 < load.tallies["copies_after_the_next"] < load.tallies["copies_sent"]
    arrived: dict[str, list[str]] = {}
    for asked in desk.asked:
        visit, _, what = asked.headers["idempotency-key"].rpartition("-")
        arrived.setdefault(visit, []).append(what)
    assert any("hold" in whats[whats.index("book") :] for whats in arrived.values() if "book" in whats)
