"""Surges: what is sent when, what is not, what is noted, and when things are normal again."""

import asyncio
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from contracts.identifiers import keyed_command_id
from scenarios.benchmarks.load_plan import LoadPlan
from scenarios.benchmarks.surge_generator import REFUSED_FILE, Surge, _due, write
from scenarios.benchmarks.surge_plan import Phase, Second, SurgePlan, normal_p99_ms, seconds_until_normal
from scenarios.history import REQUESTS_FILE, Request
from scenarios.http_client import Client
from tests.stand_in_http import Asked, Script, said, stand_in

TWO = (Phase(1, 20.0), Phase(1, 60.0))
ONE = (Phase(1, 40.0),)


def test_each_phase_has_its_own_pace():
    assert list(_due((Phase(1, 2.0), Phase(2, 1.0)))) == [0.0, 0.5, 1.0, 2.0]


async def surged(script: Script, connections: int, phases: tuple[Phase, ...] = ONE) -> Surge:
    async with stand_in(script) as url, Client(url, connections) as client:
        load = LoadPlan(
            url=url,
            token_secret="s" * 32,
            shows=("hamlet",),
            connections=connections,
            warm_up_seconds=0,
            measured_seconds=0,
        )
        surge = Surge(SurgePlan(load=load, phases=phases, folder=""), client)
        figures = await surge.run()
        assert figures.seconds is surge._seconds
        return surge


async def test_what_is_told_is_counted_by_the_second_in_which_it_was_wanted():
    async def script(_: Asked) -> bytes:
        return said(201, b"{}", "Seatlog-Receipt: 0:1:x")

    surge = await surged(script, 80, TWO)
    assert [second.wanted for second in surge._seconds] == [20, 60]
    assert sum(second.unsent for second in surge._seconds) == 0
    assert sum((Counter(second.answers) for second in surge._seconds), Counter()) == {"201": 80}
    assert sum(len(second.waits) for second in surge._seconds) == 80


async def test_what_finds_no_connection_is_counted_and_not_sent():
    go, came = asyncio.Event(), []

    async def script(asked: Asked) -> bytes:
        came.append(asked)
        if len(came) == 1:
            asyncio.get_running_loop().call_later(0.9, go.set)
        await go.wait()
        return said(503)

    surge = await surged(script, 5)
    [only] = surge._seconds
    assert only.unsent > 20
    assert only.wanted - only.unsent == len(surge.told) == only.answers["503"]


async def test_all_that_was_told_is_noted(tmp_path: Path):
    async def script(asked: Asked) -> bytes:
        return said(503) if int(asked.body[-4:-3]) % 2 else said(201, b'{"hold_id":"h"}', "Seatlog-Receipt: 0:1:x")

    surge = await surged(script, 40)
    write(tmp_path, surge.told)
    noted = [msgspec.json.decode(line, type=Request) for line in (tmp_path / REQUESTS_FILE).read_bytes().splitlines()]
    refused = (tmp_path / REFUSED_FILE).read_text().split()
    assert (len(noted) + len(refused), {one.status for one in noted}) == (40, {201})
    assert (noted[0].receipt, bytes(noted[0].answer)) == ("0:1:x", b'{"hold_id":"h"}')
    sent = {one.key: one.buyer for one in noted}
    assert len(sent) == len(noted)
    ids = {keyed_command_id(one.request.buyer, "hamlet", one.request.headers["Idempotency-Key"]) for one in surge.told}
    assert set(refused) < ids


def second(waits: list[float], **answers: int) -> Second:
    named = {name.removeprefix("status_"): count for name, count in answers.items()}
    return Second(wanted=sum(named.values()), answers=named, waits=waits)


FINE = second([0.01, 0.02], status_201=2)
SLOW = second([0.01, 0.2], status_201=1, status_409=1)
REFUSING = second([0.01], status_201=1, status_503=1)


@pytest.mark.parametrize(
    ("seconds", "back"),
    [
        ([FINE] * 5, 0),
        ([SLOW, FINE, FINE, FINE, SLOW], 1),
        ([FINE, REFUSING, FINE, FINE, FINE], 2),
        ([FINE, FINE, SLOW, FINE, FINE], 6),
        ([second([])] * 5, 6),
    ],
)
def test_normal_is_when_it_lasts(seconds: list[Second], back: int):
    assert seconds_until_normal(seconds, 30.0, 3) == back


def test_what_was_decided_late_is_no_goodput():
    assert second([0.5, 2.0, 2.1], status_201=3).decided_in_time == 2


def test_without_answers_there_is_no_normal():
    assert normal_p99_ms([FINE, SLOW]) == 200
    with pytest.raises(ValueError, match="nothing was decided"):
        normal_p99_ms([FINE, second([])])
