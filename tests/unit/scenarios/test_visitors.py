"""Visitors who come at the pace of a dial, against a stand-in box office: they come anyway, and all learn the truth."""

import asyncio
from random import Random
from time import monotonic

import pytest

from scenarios.distribution.demand import BOOKS_ONE_IN, Demand
from scenarios.distribution.visitors import Show, Visitors
from scenarios.house import seat_labels, seat_plan
from scenarios.http_client import Client
from tests.stand_in_box_office import BoxOffice, Mishap
from tests.stand_in_http import stand_in
from tests.until import until

SECRET = "s" * 32
A_SECOND = 60.0
SEATS = 1_000
"""Enough for all who come while a busy machine looks late."""
PLAN = seat_plan(SEATS)


async def sell(office: BoxOffice, visits: int) -> tuple[Visitors, int]:
    """Let so many come and have them settled; how many are left open."""
    office.labels = list(seat_labels(PLAN))
    async with (
        stand_in(office.command_api) as command_api,
        stand_in(office.query_api) as query_api,
        Client(command_api, 50) as commands,
        Client(query_api, 50) as queries,
    ):
        show = Show("gala", Demand.LOW, 0, PLAN)
        visitors, over = Visitors(commands, queries, [show], SECRET, Random(1)), asyncio.Event()
        coming = asyncio.create_task(visitors.run(over))
        visitors.dials[Demand.LOW].turn(A_SECOND, monotonic(), 0.0)
        await until(lambda: office.commands >= visits)
        over.set()
        await coming
        return visitors, await visitors.settle(within=5.0)


async def test_each_holds_a_seat_of_its_own_and_some_book():
    visitors, left = await sell(office := BoxOffice(seats=SEATS), 12)
    asked = visitors.record.exchanges
    holds = [each for each in asked if each.path.endswith("/holds")]
    assert {each.status for each in asked} == {201}
    assert len({each.body for each in holds}) == len(holds)
    assert len(office.sold) == len(holds) // BOOKS_ONE_IN
    assert left == 0
    assert all(each.sent is not None and each.wanted <= each.sent for each in holds)


@pytest.mark.parametrize("mishap", [Mishap.BUSY, Mishap.QUEUED, Mishap.UNCONFIRMED, Mishap.LOST_ANSWER])
async def test_who_was_left_in_the_dark_learns_the_truth_when_the_sale_is_over(mishap: Mishap):
    visitors, left = await sell(BoxOffice(seats=SEATS, mishaps={0: mishap, 1: mishap}), 8)
    asked = visitors.record.exchanges
    told = {each.key for each in asked if each.method == "POST" and each.status == 201}
    told |= {each.path.split("?")[0].rpartition("/")[2] for each in asked if each.path.startswith("/commands/")}
    assert left == 0
    assert told == {each.key for each in asked if each.method == "POST"}
    assert asked[-1].status in (200, 201)


async def test_more_come_although_nobody_is_served():
    visitors, left = await sell(BoxOffice(seats=SEATS, mishaps=dict.fromkeys(range(20), Mishap.BUSY)), 20)
    assert left == 0
    assert len({each.key for each in visitors.record.exchanges if each.status == 503}) == 20
