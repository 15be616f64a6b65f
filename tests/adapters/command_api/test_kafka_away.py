"""Kafka killed and started again: 503 for what was not handed over, else the truth or 202, and then as before."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from scenarios.stack.ports import Ports
from scenarios.stack.stack import Stack
from tests.adapters.command_api.people import People, record_at
from tests.stand_in_decider import stand_in_decider


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A Kafka of these tests' own, which they hurt and mend again."""
    folder = tmp_path_factory.mktemp("kafka-away")
    with Stack.start(folder, services=("kafka", "command-api"), supervised=False) as stack:
        yield stack


@pytest.fixture
def free_port() -> Iterator[int]:
    ports = Ports.free()
    yield ports["nobody"]
    ports.release()


async def ready(people: People, status: int) -> httpx.Response:
    return await people.see("/readyz", lambda answer: answer.status_code == status, within_seconds=60)


async def test_kafka_goes_and_comes_back(own: Stack):
    async with stand_in_decider(own.kafka), People(own.url("command-api"), own.token_secret) as people:
        show_id = await people.schedule()
        handed_over = asyncio.ensure_future(flood(people, show_id))
        own.process("kafka").kill()
        during = await handed_over
        assert set(during) <= {201, 202, 409, 503}, during

        missing = (await ready(people, 503)).json()["missing"]
        assert any("cannot be written to" in sentence for sentence in missing)
        began = time.monotonic()
        refused = await people.hold(show_id, "A-2-1")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert time.monotonic() - began < 0.5, "at once"

        await asyncio.to_thread(own.restart, "kafka")
        await ready(people, 200)
        async with asyncio.timeout(30):
            while (again := await people.hold(show_id, "A-3-1")).status_code != 201:
                assert again.status_code in (202, 503)
                await asyncio.sleep(0.1)


async def flood(people: People, show_id: str) -> dict[int, int]:
    """Holds sent over three seconds, and how often each status was the answer."""
    sent = []
    for number in range(300):
        sent.append(asyncio.ensure_future(people.hold(show_id, f"A-1-{number % 50 + 1}", who=f"buyer-{number}")))
        await asyncio.sleep(0.01)
    answers = await asyncio.gather(*sent)
    return {status: sum(a.status_code == status for a in answers) for status in {a.status_code for a in answers}}


async def test_a_paused_broker_is_202_for_what_it_was_given_and_503_for_the_rest(own: Stack):
    async with stand_in_decider(own.kafka), People(own.url("command-api"), own.token_secret) as people:
        show_id = await people.schedule()
        own.process("kafka").stop()
        first = await people.hold(show_id, "A-1-1", Idempotency_Key="k")
        assert (first.status_code, first.json()["status"]) == (202, "unconfirmed")
        assert "Location" not in first.headers
        assert (await people.hold(show_id, "A-1-2")).status_code == 503
        own.process("kafka").resume()
        await ready(people, 200)
        assert (await people.hold(show_id, "A-1-2")).status_code == 201
        # What was handed over before has landed meanwhile, once, and its sender can learn of it.
        again = await people.hold(show_id, "A-1-1", Idempotency_Key="k")
        assert again.status_code == 201
        partition, offset, _ = again.headers["Seatlog-Receipt"].split(":")
        assert b'"seats-held"' in (await record_at(own.kafka, int(partition), int(offset))).value


async def test_without_kafka_it_does_not_start_and_says_so(free_port: int):
    environment = os.environ | {
        "SEATLOG_KAFKA": f"127.0.0.1:{free_port}",
        "SEATLOG_KAFKA_PATIENCE_SECONDS": "0.1",
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
    assert (process.returncode, said.decode()) == (1, "command-api: SEATLOG_TOKEN_SECRET: Field required\n")
