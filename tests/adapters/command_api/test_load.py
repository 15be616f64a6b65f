"""No decider, too many commands, too many requests: each is told at once, and what is told is so."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from contracts.topics import partition_of
from scenarios.stack.stack import Stack
from tests.adapters.command_api import planted
from tests.adapters.command_api.people import People
from tests.adapters.command_api.truth import Told, hold, lies
from tests.stand_in_decider import StandInDecider

QUEUED = 10
QUOTA = 20
STRICT = {"SEATLOG_QUEUED_COMMANDS": str(QUEUED), "SEATLOG_BUYER_REQUESTS_PER_SECOND": str(QUOTA / 10)}


@pytest.fixture(scope="module")
def strict_api(kafka: Stack) -> Iterator[str]:
    """A command API that takes little."""
    kafka.start_service("command-api", name="strict", environment=STRICT)
    yield kafka.url("strict")
    kafka.process("strict").terminate()


@pytest.fixture
async def strict(kafka: Stack, strict_api: str) -> AsyncIterator[People]:
    async with People(strict_api, kafka.token_secret) as strict:
        yield strict


async def degraded(people: People, sentence: str) -> None:
    """Wait until /readyz, with 200, says this under `degraded`; nothing at all if it is empty."""
    await people.see(
        "/readyz",
        lambda answer: (
            answer.status_code == 200
            and (sentence in str(answer.json()["degraded"]) if sentence else not answer.json()["degraded"])
        ),
    )


async def seconds_until_202(people: People, show_id: str, seat: str) -> float:
    """How long a hold is kept waiting that nobody decides."""
    began = time.monotonic()
    answer = await people.hold(show_id, seat)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    return time.monotonic() - began


async def test_without_a_decider_202_at_once_until_answers_come_again(people: People, decider: StandInDecider):
    show_id = await people.schedule()
    number = partition_of(show_id, 3)
    decider.go.clear()
    assert await seconds_until_202(people, show_id, "A-1-1") > 1.5
    await degraded(people, f"partition {number} is not being decided")
    assert await people.meter("circuit_state", number) == 2
    assert await seconds_until_202(people, show_id, "A-1-2") < 1.0
    decider.go.set()
    await degraded(people, "")
    assert await people.meter("circuit_state", number) == 0
    assert (await people.hold(show_id, "A-1-3")).status_code == 201
    assert (await people.hold(show_id, "A-1-2", who="bob")).status_code == 409, "what was told 202 was decided"


async def test_that_check_catches_who_keeps_everybody_waiting(kafka: Stack, people: People, decider: StandInDecider):
    show_id = await people.schedule()
    planted.start(kafka, "keep-waiting")
    decider.go.clear()
    async with People(kafka.url("keep-waiting"), kafka.token_secret) as waiting:
        await seconds_until_202(waiting, show_id, "A-1-1")
        assert await seconds_until_202(waiting, show_id, "A-1-2") > 1.5
    decider.go.set()


async def test_without_a_decider_so_many_are_taken_and_no_more(kafka: Stack, strict: People, decider: StandInDecider):
    show_id = await strict.schedule()
    number = partition_of(show_id, 3)
    decider.go.clear()
    told: list[Told] = []
    for place in range(QUEUED + 1):
        told.append(await hold(strict, show_id, f"A-1-{place + 1}", f"buyer-{place}", "k", Prefer="respond-async"))
    await degraded(strict, f"partition {number} takes no commands: Nothing is being decided")
    late = await hold(strict, show_id, "A-2-1", "late", "k")
    assert [one.answer and one.answer.status_code for one in told] == [202] * (QUEUED + 1)
    assert late.answer is not None
    assert late.answer.status_code == 503
    assert int(late.answer.headers["Retry-After"]) >= 1
    other = next(name for name in (f"other-{n}" for n in range(100)) if partition_of(name, 3) != number)
    assert (await strict.hold(other, "A-1-1", Prefer="respond-async")).status_code == 202, "another partition"
    decider.go.set()
    await degraded(strict, "")
    again = await hold(strict, show_id, "A-2-1", "late", "k")
    assert again.answer is not None
    assert again.answer.status_code == 201
    assert await lies(kafka.kafka, [*told, again]) == []
    assert await lies(kafka.kafka, [late]) != [], "refused, and recorded when he asked again"


async def test_who_asks_too_often_is_429_and_nothing_of_it_is_recorded(
    kafka: Stack, strict: People, decider: StandInDecider
):
    show_id = await strict.schedule()
    told = await asyncio.gather(*(hold(strict, show_id, f"A-1-{n + 1}", "ann", f"k-{n}") for n in range(2 * QUOTA)))
    statuses = [one.answer.status_code for one in told if one.answer is not None]
    assert QUOTA <= statuses.count(201) < 1.5 * QUOTA, "a few come back meanwhile"
    refused = [one.answer for one in told if one.answer is not None and one.answer.status_code == 429]
    assert len(refused) == 2 * QUOTA - statuses.count(201)
    assert refused[0].headers["RateLimit-Policy"] == f'"buyer";q={QUOTA};w=10'
    assert refused[0].headers["RateLimit"].startswith('"buyer";r=0;t=')
    assert refused[0].headers["Retry-After"] == "1"
    assert (await strict.hold(show_id, "A-2-1", who="bob")).status_code == 201
    assert await lies(kafka.kafka, told) == []
