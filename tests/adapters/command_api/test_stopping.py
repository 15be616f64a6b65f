"""SIGTERM: whoever waits is answered at once, nothing that was taken is lost, and the exit code is 0."""

import asyncio
import time

from scenarios.stack.stack import Stack
from tests.adapters.command_api import planted
from tests.adapters.command_api.people import People
from tests.adapters.command_api.truth import Told, hold, lies
from tests.stand_in_decider import StandInDecider
from tests.until import until


async def stopped_while_they_wait(kafka: Stack, name: str, show_id: str) -> tuple[int, float, list[Told]]:
    """Forty wait for an answer that does not come when the process is told to stop: its exit code, the seconds that it
    took, and what they heard. Nobody decides meanwhile."""
    async with People(kafka.url(name), kafka.token_secret) as waiters:
        asked = [
            asyncio.ensure_future(hold(waiters, show_id, f"A-1-{number}", "ann", f"{number}", Prefer="wait=10"))
            for number in range(1, 41)
        ]
        await waiters.see("/metrics", lambda answer: "waiters 40.0" in answer.text)
        began = time.monotonic()
        process = kafka.process(name)
        process.terminate()
        told = await asyncio.gather(*asked)
    return await asyncio.to_thread(process.wait), time.monotonic() - began, told


def all_were_told_202(told: list[Told]) -> bool:
    return all(one.answer is not None and one.answer.status_code == 202 for one in told)


async def test_whoever_waits_is_told_202_at_once(kafka: Stack, people: People, decider: StandInDecider):
    show_id = await people.schedule()
    kafka.start_service("command-api", name="stopping")
    decider.go.clear()
    code, seconds, told = await stopped_while_they_wait(kafka, "stopping", show_id)
    assert (code, seconds < 4, all_were_told_202(told)) == (0, True, True)
    assert await lies(kafka.kafka, told) == []
    assert all("Location" in one.answer.headers for one in told if one.answer)


async def test_that_check_catches_who_drops_the_waiters(kafka: Stack, people: People, decider: StandInDecider):
    show_id = await people.schedule()
    planted.start(kafka, "drop-who-waits")
    decider.go.clear()
    _, _, told = await stopped_while_they_wait(kafka, "drop-who-waits", show_id)
    assert not all_were_told_202(told)


async def stopped_under_load(kafka: Stack, name: str, show_id: str) -> list[Told]:
    """Fifty hold again and again until the process has gone; what they were told. Its exit code must be 0."""
    told: list[Told] = []

    async def buyer(waiters: People, number: int) -> None:
        for attempt in range(1000):
            told.append(await hold(waiters, show_id, "A-1-1", f"buyer-{number}", f"{number}-{attempt}"))
            answer = told[-1].answer
            if answer is None or answer.status_code in (202, 503):
                return

    process = kafka.process(name)
    async with People(kafka.url(name), kafka.token_secret) as waiters:
        buyers = asyncio.gather(*(buyer(waiters, number) for number in range(50)))
        await until(lambda: len(told) >= 300)
        process.terminate()
        await buyers
    assert await asyncio.to_thread(process.wait) == 0
    return told


async def test_under_load_everybody_is_told_the_truth(kafka: Stack, people: People, decider: StandInDecider):
    """Each is answered; who was cut off as the server closed idle connections can learn the truth by asking again."""
    show_id = await people.schedule()
    kafka.start_service("command-api", name="busy")
    told = await stopped_under_load(kafka, "busy", show_id)
    assert await lies(kafka.kafka, told) == []
    again = [await hold(people, *one[:4]) for one in told if one.answer is None]
    assert {one.answer.status_code for one in again if one.answer} <= {201, 409}
    assert await lies(kafka.kafka, again) == []


async def test_that_check_catches_who_refuses_the_waiters(kafka: Stack, people: People, decider: StandInDecider):
    show_id = await people.schedule()
    planted.start(kafka, "refuse-who-waits")
    decider.go.clear()
    _, _, told = await stopped_while_they_wait(kafka, "refuse-who-waits", show_id)
    assert any("503, and is in the log" in lie for lie in await lies(kafka.kafka, told))
