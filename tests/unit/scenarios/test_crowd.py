"""The crowd's manners, against a stand-in box office that misbehaves on order."""

import asyncio
from random import Random

import pytest

from scenarios.crowd import ANY_SEAT, Buyer, Crowd, End, wish_for
from scenarios.exchanges import Kind
from scenarios.http_client import Client
from tests.stand_in_box_office import BOOKED, FREE, HELD, BoxOffice, Mishap
from tests.stand_in_http import Asked, said, stand_in


def buyers(number: int, wish: bytes = ANY_SEAT, within: float = 0.02) -> list[Buyer]:
    return [Buyer(f"b{each}", f"Bearer b{each}", within * each / number, wish) for each in range(number)]


async def visit(office: BoxOffice, crowd: list[Buyer], patience: float = 10.0) -> Crowd:
    async with (
        stand_in(office.command_api) as commands,
        stand_in(office.query_api) as queries,
        Client(commands, connections=8) as to_commands,
        Client(queries, connections=4) as to_queries,
    ):
        sale = Crowd(to_commands, to_queries, "gala", office.labels, crowd, Random(7), patience)
        await sale.run()
    return sale


def ends(sale: Crowd) -> list[End]:
    return sorted(fate.end for fate in sale.fates)


async def test_as_many_win_as_there_are_seats_and_the_others_learn_it():
    office = BoxOffice(seats=5)
    sale = await visit(office, buyers(40))
    assert ends(sale) == [End.SOLD_OUT] * 35 + [End.WON] * 5
    assert len(office.sold) == 5
    assert sale.record.counts[Kind.BOOKED] == 5


async def test_everybody_sends_a_hold_even_when_all_is_sold():
    office = BoxOffice(seats=1)
    await visit(office, buyers(10))
    assert office.commands >= 11


async def test_who_loses_a_seat_takes_another_free_one():
    office = BoxOffice(seats=3)
    sale = await visit(office, buyers(3, wish_for("S-A-2")))
    assert ends(sale) == [End.WON] * 3
    assert sorted(office.sold) == office.labels


async def test_while_seats_are_only_held_buyers_look_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("scenarios.crowd.LOOK_AGAIN_SECONDS", (0.01, 0.01))
    office = BoxOffice(seats=1)
    office.statuses[0] = HELD
    looks = 0
    answer = office.query_api

    async def freed_at_the_third_look(asked):
        nonlocal looks
        looks += 1
        if looks == 3:
            office.statuses[0] = FREE
        return await answer(asked)

    office.query_api = freed_at_the_third_look
    sale = await visit(office, buyers(1))
    assert ends(sale) == [End.WON]
    assert looks == 3


@pytest.mark.parametrize(
    "mishap", [Mishap.BUSY, Mishap.QUEUED, Mishap.UNCONFIRMED, Mishap.LOST_ANSWER], ids=lambda each: each.name.lower()
)
@pytest.mark.parametrize("which", [0, 1], ids=["the hold", "the booking"])
async def test_what_is_left_open_is_followed_to_its_truth(mishap: Mishap, which: int):
    office = BoxOffice(seats=1, mishaps={which: mishap})
    sale = await visit(office, buyers(1))
    assert ends(sale) == [End.WON]
    assert office.sold == {"S-A-1": "Bearer b0"}
    keys = {each.key for each in sale.record.exchanges if each.method == "POST"}
    assert keys == {"b0-1", "b0-2"}
    assert [decision.accepted for decision in sale.decisions] == [True, True]


async def test_who_hears_nothing_counts_as_unanswered():
    office = BoxOffice(seats=1, mishaps={0: Mishap.SILENCE})
    sale = await visit(office, buyers(1), patience=0.1)
    assert ends(sale) == [End.UNANSWERED]
    (asked,) = [each for each in sale.record.exchanges if each.method == "POST"]
    assert (asked.kind, asked.answered, asked.status) == (Kind.UNANSWERED, None, None)


async def test_an_answer_that_may_not_be_is_told_as_such():
    sale = await visit(BoxOffice(seats=1, mishaps={0: Mishap.BROKEN}), buyers(1))
    assert ends(sale) == [End.ODD]
    assert "500" in sale.fates[0].detail


async def test_an_accepted_hold_that_does_not_say_which_is_odd():
    office = BoxOffice(seats=1)
    office._hold = lambda *_: (
        201,
        {"total": {"amount_minor": 1, "currency": "EUR"}},
    )  # a fault planted in the stand-in
    sale = await visit(office, buyers(1))
    assert ends(sale) == [End.ODD]


async def test_waiting_counts_from_the_arrival():
    sale = await visit(BoxOffice(seats=2), buyers(2, within=0.05))
    first = {each.buyer: each for each in reversed(sale.record.exchanges) if each.path.endswith("/holds")}
    assert first["b1"].wanted == pytest.approx(sale.opened + 0.025)
    assert all(each.sent >= each.wanted - 0.002 for each in first.values())


async def test_a_seat_map_that_is_busy_is_asked_for_again():
    office = BoxOffice(seats=1)
    office.statuses[0] = BOOKED
    answer, looks = office.query_api, 0

    async def busy_at_first(asked: Asked) -> bytes:
        nonlocal looks
        looks += 1
        return await answer(asked) if looks == 3 else said(503)

    office.query_api = busy_at_first
    assert ends(await visit(office, buyers(1))) == [End.SOLD_OUT]
    assert looks == 3


async def test_a_seat_map_that_is_not_there_is_odd():
    office = BoxOffice(seats=1)
    office.statuses[0] = BOOKED
    office.query_api = lambda _: asyncio.sleep(0, said(404))
    assert ends(await visit(office, buyers(1))) == [End.ODD]


async def test_an_outcome_that_is_not_to_be_had_is_asked_for_by_the_same_key():
    office = BoxOffice(seats=1, mishaps={0: Mishap.QUEUED})
    answer = office.query_api

    async def no_outcomes(asked: Asked) -> bytes:
        return said(404) if asked.path.startswith("/commands/") else await answer(asked)

    office.query_api = no_outcomes
    sale = await visit(office, buyers(1))
    assert ends(sale) == [End.WON]
    assert [each.key for each in sale.record.exchanges if each.path.endswith("/holds")] == ["b0-1", "b0-1"]
