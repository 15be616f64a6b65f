"""SIGTERM: whoever waits is answered at once, nothing that was taken is lost, and the exit code is 0."""

import asyncio
import time

import httpx

from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import People, record_at
from tests.stand_in_decider import StandInDecider
from tests.until import until


async def test_whoever_waits_is_told_202_at_once(kafka: Stack, people: People, decider: StandInDecider):
    show_id = await people.schedule()
    process = kafka.start_service("command-api", name="stopping")
    decider.go.clear()
    async with People(kafka.url("stopping"), kafka.token_secret) as waiters:
        asked = [
            asyncio.ensure_future(waiters.hold(show_id, f"A-1-{number}", Prefer="wait=10")) for number in range(1, 41)
        ]
        await waiters.see("/metrics", lambda answer: "waiters 40.0" in answer.text)
        began = time.monotonic()
        process.terminate()
        answers = await asyncio.gather(*asked)
    assert await asyncio.to_thread(process.wait) == 0
    assert time.monotonic() - began < 4
    assert [answer.status_code for answer in answers] == [202] * 40
    for answer in answers[:3]:
        partition, offset, _ = answer.headers["Location"].split("?at=")[1].split(".")
        command = await record_at(kafka.kafka, int(partition), int(offset), "booking.commands")
        assert answer.json()["command_id"].encode() in command.value


async def test_under_load_every_request_has_a_true_end(kafka: Stack, people: People, decider: StandInDecider):
    """Each is answered; who was cut off as the server closed idle connections learns the truth by asking again."""
    show_id = await people.schedule()
    process = kafka.start_service("command-api", name="busy")
    answers: list[httpx.Response] = []
    cut: list[str] = []

    async def buyer(waiters: People, number: int) -> None:
        for attempt in range(1000):
            key = f"{number}-{attempt}"
            try:
                answer = await waiters.hold(show_id, "A-1-1", who=f"buyer-{number}", Idempotency_Key=key)
            except httpx.TransportError:
                cut.append(key)
                return
            answers.append(answer)
            if answer.status_code in (202, 503):
                return

    async with People(kafka.url("busy"), kafka.token_secret) as waiters:
        buyers = [asyncio.ensure_future(buyer(waiters, number)) for number in range(50)]
        await until(lambda: len(answers) >= 300)
        process.terminate()
        await asyncio.gather(*buyers)
    assert await asyncio.to_thread(process.wait) == 0
    assert {answer.status_code for answer in answers} <= {201, 202, 409, 503}
    for key in cut:
        again = await people.hold(show_id, "A-1-1", who=f"buyer-{key.split('-')[0]}", Idempotency_Key=key)
        assert again.status_code in (201, 409)
