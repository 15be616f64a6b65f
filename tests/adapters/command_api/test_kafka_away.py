"""Kafka killed and started again: 503 for what was not handed over, else the truth or 202, and then as before."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from scenarios.stack.ports import Ports
from scenarios.stack.stack import Stack
from tests.adapters.command_api import planted
from tests.adapters.command_api.people import People
from tests.adapters.command_api.truth import Told, hold, lies
from tests.stand_in_decider import stand_in_decider
from tests.until import until

REFUSES = "refuse-what-was-handed-over"
ACCEPTS = "accept-what-is-not-decided"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A Kafka of these tests' own, which they hurt and mend again; beside the command API two with a planted fault."""
    folder = tmp_path_factory.mktemp("kafka-away")
    with Stack.start(folder, services=("kafka", "command-api"), supervised=False) as stack:
        for fault in (REFUSES, ACCEPTS):
            planted.start(stack, fault)
        yield stack


@pytest.fixture
def free_port() -> Iterator[int]:
    ports = Ports.free()
    yield ports["nobody"]
    ports.release()


async def ready(people: People, status: int) -> httpx.Response:
    return await people.see("/readyz", lambda answer: answer.status_code == status, within_seconds=60)


async def works(people: People, show_id: str) -> None:
    """Wait until a hold of the show is accepted: all that was handed over before it has landed too."""
    await ready(people, 200)
    async with asyncio.timeout(30):
        while (await people.hold(show_id, "A-3-1", who=secrets.token_hex(4))).status_code not in (201, 409):
            pass


async def flood(people: People, show_id: str, told: list[Told]) -> None:
    """Holds sent over three seconds; what was told is added as it comes."""

    async def buyer(number: int) -> None:
        told.append(await hold(people, show_id, f"A-1-{number % 50 + 1}", f"buyer-{number}", "k"))

    async with asyncio.TaskGroup() as buyers:
        for number in range(300):
            buyers.create_task(buyer(number))
            await asyncio.sleep(0.01)


async def test_kafka_goes_and_comes_back(own: Stack):
    """Nobody is told anything that is not so. That an API would be found out which accepts what is not decided is seen
    at the same time; one that refuses what it has handed over is certain to be met with a broker that is paused."""
    async with (
        stand_in_decider(own.kafka),
        People(own.url("command-api"), own.token_secret) as people,
        People(own.url(ACCEPTS), own.token_secret) as accepting,
    ):
        shows = [await people.schedule() for _ in range(2)]
        told: list[list[Told]] = [[], []]
        handed_over = asyncio.gather(*map(flood, (people, accepting), shows, told))
        await until(lambda: all(len(some) >= 20 for some in told))
        own.process("kafka").kill()
        await handed_over

        missing = (await ready(people, 503)).json()["missing"]
        assert any("cannot be written to" in sentence for sentence in missing)
        began = time.monotonic()
        refused = await people.hold(shows[0], "A-2-1")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert time.monotonic() - began < 1.0, "at once, and not after a wait of two seconds"

        await asyncio.to_thread(own.restart, "kafka")
        for somebody, show_id in zip((people, accepting), shows, strict=True):
            await works(somebody, show_id)
        assert await lies(own.kafka, told[0]) == []
        assert any("told 201, which the log does not say" in lie for lie in await lies(own.kafka, told[1]))


async def test_a_paused_broker_is_202_for_what_it_was_given_and_503_for_the_rest(own: Stack):
    secret = own.token_secret
    async with (
        stand_in_decider(own.kafka),
        People(own.url("command-api"), secret) as people,
        People(own.url(REFUSES), secret) as refusing,
    ):
        show_id = await people.schedule()
        own.process("kafka").stop()
        first, planted_first = await asyncio.gather(
            hold(people, show_id, "A-1-1", "ann", "k"), hold(refusing, show_id, "A-1-3", "bob", "k")
        )
        assert first.answer is not None
        assert (first.answer.status_code, first.answer.json()["status"]) == (202, "unconfirmed")
        assert "Location" not in first.answer.headers
        assert (await people.hold(show_id, "A-1-2")).status_code == 503
        own.process("kafka").resume()
        await works(refusing, show_id)
        assert await lies(own.kafka, [planted_first])
        await works(people, show_id)
        # What was handed over before has landed meanwhile, once, and its sender can learn of it.
        again = await hold(people, show_id, "A-1-1", "ann", "k")
        assert again.answer is not None
        assert again.answer.status_code == 201
        assert await lies(own.kafka, [first, again]) == []


async def test_without_kafka_it_does_not_start_and_says_so(free_port: int):
    environment = os.environ | {
        "SEATLOG_KAFKA": f"127.0.0.1:{free_port}",
        "SEATLOG_KAFKA_PATIENCE_SECONDS": "0.1",
        "SEATLOG_ENVIRONMENT": "development",
        "SEATLOG_TOKEN_SECRET": "s" * 32,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "write_side.api", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().splitlines()[-1].startswith(f"command-api: no Kafka at 127.0.0.1:{free_port}; start it")


async def test_without_a_secret_it_does_not_start_and_says_so():
    environment = {name: value for name, value in os.environ.items() if name != "SEATLOG_TOKEN_SECRET"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "write_side.api", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert (process.returncode, said.decode()) == (1, "write_side.api: SEATLOG_TOKEN_SECRET: Field required\n")
