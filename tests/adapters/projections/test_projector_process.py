"""The real projector and the real query API over real servers that are killed under them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from pymongo.asynchronous.database import AsyncDatabase

from contracts.operations.tasks import end_tasks
from contracts.read_models import SEAT_MAPS, collection_name
from projections import process
from projections.documents import Document
from projections.generations import Generations, SwitchRefused
from projections.metrics import ProjectorMetrics
from projections.mongo_connection import connect
from scenarios.stack.services import PROJECT
from scenarios.stack.stack import Stack
from tests.adapters.projections.box_office import BoxOffice, stored_documents
from tests.until import until

SERVICES = ("kafka", "mongo", "projector", "query-api")
IN_TIME = {"Prefer": "wait=10"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack.start(tmp_path_factory.mktemp("read-side"), services=SERVICES, supervised=False) as stack:
        yield stack


@pytest.fixture(scope="module")
def offices() -> dict[str, BoxOffice]:
    """The logs outlive a single test, as Kafka does."""
    return {}


@pytest.fixture
async def office(stack: Stack, offices: dict[str, BoxOffice]) -> AsyncIterator[BoxOffice]:
    office = BoxOffice(stack.kafka)
    if "the one" in offices:
        office.take_over(offices["the one"])
    offices["the one"] = office
    async with office:
        yield office


@pytest.fixture
async def database(stack: Stack) -> AsyncIterator[AsyncDatabase[Document]]:
    async with connect(stack.mongo) as client:
        yield client[stack.mongo_database]


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.url("query-api"), timeout=15) as client:
        yield client


async def seen(api: httpx.AsyncClient, office: BoxOffice, show_id: str) -> Any:
    """The show as soon as the query API shows its last version."""
    wanted = {"If-Match-Version": str(office.version(show_id)), **IN_TIME}
    answer = await api.get(f"/shows/{show_id}", headers=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def in_force(database: AsyncDatabase[Document]) -> int:
    state: Any = await database["projection_state"].find_one({})
    return int(state["in_force"])


async def all_documents_are_right(office: BoxOffice, database: AsyncDatabase[Document], api: httpx.AsyncClient) -> None:
    for log in office.logs:
        for show_id in log.partition.shows:
            if not show_id.startswith("~"):
                await seen(api, office, show_id)
    assert await stored_documents(database, await in_force(database)) == await office.expected()


async def test_what_the_log_says_is_told_by_the_query_api(stack: Stack, office: BoxOffice, api: httpx.AsyncClient):
    await office.open("hamlet")
    await office.sell("hamlet", 0)
    show = await seen(api, office, "hamlet")
    assert show["seats"] == {"free": 100, "held": 100, "booked": 100, "blocked": 0}
    metrics = ""
    async with asyncio.timeout(10):
        while 'seatlog_projection_events_total{type="seats-booked"} 100.0' not in metrics:
            metrics = (await api.get(stack.url("projector") + "/metrics")).text  # counts a moment after it has written
    assert "seatlog_projection_void_records 6.0" in metrics


async def test_killed_again_and_again_it_writes_the_same_documents(
    stack: Stack, office: BoxOffice, api: httpx.AsyncClient, database: AsyncDatabase[Document]
):
    await office.open("macbeth")
    selling = asyncio.create_task(office.sell("macbeth", 0.005))
    while not selling.done():
        sold = office.version("macbeth")
        await until(lambda: selling.done() or office.version("macbeth") >= sold + 50)  # noqa: B023 - waited for at once
        stack.process("projector").kill()
        await asyncio.to_thread(stack.restart, "projector", wait=False)
    await selling
    await all_documents_are_right(office, database, api)


async def test_two_projectors_do_no_harm(
    stack: Stack, office: BoxOffice, api: httpx.AsyncClient, database: AsyncDatabase[Document]
):
    second = await asyncio.to_thread(stack.start_service, "projector", name="projector-2")
    await office.open("othello")
    await office.sell("othello", 0.003)
    await all_documents_are_right(office, database, api)
    await asyncio.to_thread(second.terminate)
    assert await asyncio.to_thread(second.wait) == 0


async def test_mongod_is_killed_and_comes_back(
    stack: Stack, office: BoxOffice, api: httpx.AsyncClient, database: AsyncDatabase[Document]
):
    for name in ("projector", "query-api"):
        assert await until_ready_is(stack, name, 200) == []
    await office.open("lear")
    before = stack.process("projector").pid, stack.process("query-api").pid
    selling = asyncio.create_task(office.sell("lear", 0.005))
    await until(lambda: office.version("lear") >= 50)
    stack.process("mongo").kill()
    answer = await api.get("/shows/lear/seats?format=compact")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.elapsed.total_seconds() < 3
    for name in ("projector", "query-api"):
        assert await until_ready_is(stack, name, 503) == ["MongoDB is away"]
    await selling
    await asyncio.to_thread(stack.restart, "mongo")
    for name in ("projector", "query-api"):
        assert await until_ready_is(stack, name, 200) == []
    await all_documents_are_right(office, database, api)
    assert (stack.process("projector").pid, stack.process("query-api").pid) == before


async def test_a_rebuild_switches_while_events_arrive(
    stack: Stack, office: BoxOffice, api: httpx.AsyncClient, database: AsyncDatabase[Document]
):
    await office.open("tempest")
    old = await in_force(database)
    selling = asyncio.create_task(office.sell("tempest", 0.005))
    rebuilding = asyncio.create_task(run_projections(stack, "rebuild", "--json"))
    versions = [0]
    while not rebuilding.done():
        answer = await api.get("/shows/tempest")
        if answer.status_code == 200 or len(versions) > 1:
            versions.append(answer.json()["version"])
        await asyncio.sleep(0.005)
    await selling
    result = await rebuilding
    assert result.returncode == 0, result.stderr
    rebuilt = json.loads(result.stdout)
    assert rebuilt["generation"] == await in_force(database) > old
    assert rebuilt["events"] > 1_000
    assert versions == sorted(versions)
    await all_documents_are_right(office, database, api)
    names = await database.list_collection_names()
    assert not [name for name in names if name.endswith(f"_g{old}")]


async def test_a_fence_stops_the_projector_until_it_is_lifted(
    stack: Stack, office: BoxOffice, api: httpx.AsyncClient, database: AsyncDatabase[Document]
):
    generations, generation = Generations(database), await in_force(database)
    await generations.fence(generation, generation + 1)
    assert await until_ready_is(stack, "projector", 503) == ["waiting for a rebuild to switch"]
    await office.open("timon")
    with pytest.raises(SwitchRefused):
        await generations.fence(generation, generation + 1)
    assert (await api.get("/shows/timon")).status_code == 404
    await generations.lift_fence(generation)
    await all_documents_are_right(office, database, api)


async def test_a_fence_whose_rebuild_died_is_lifted(
    stack: Stack,
    office: BoxOffice,
    api: httpx.AsyncClient,
    database: AsyncDatabase[Document],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(process, "FENCE_SECONDS", 0.3)
    await Generations(database).fence(await in_force(database), 999)
    here = process.ProjectorProcess(stack.kafka, database, ProjectorMetrics(CollectorRegistry()))
    running = asyncio.create_task(here.run())
    await office.open("cymbeline")
    await all_documents_are_right(office, database, api)
    await end_tasks(running)


async def test_the_comparison_notices_a_single_seat(office: BoxOffice, database: AsyncDatabase[Document]):
    maps = database[collection_name(SEAT_MAPS, await in_force(database))]
    found: Any = await maps.find_one({})
    changed = bytes([found["statuses"][0] ^ 1]) + found["statuses"][1:]
    await maps.update_one({"_id": found["_id"]}, {"$set": {"statuses": changed}})
    assert await stored_documents(database, await in_force(database)) != await office.expected()


async def test_it_stops_in_good_order(stack: Stack):
    for name in ("projector", "query-api"):
        process = stack.process(name)
        await asyncio.to_thread(process.terminate)
        assert await asyncio.to_thread(process.wait) == 0


async def until_ready_is(stack: Stack, name: str, status: int) -> list[str]:
    """What is missing, once /readyz has this status."""
    async with httpx.AsyncClient(base_url=stack.url(name)) as client, asyncio.timeout(20):
        while True:
            answer = await client.get("/readyz")
            if answer.status_code == status:
                missing: list[str] = answer.json()["missing"]
                return missing
            await asyncio.sleep(0.05)


async def run_projections(stack: Stack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "projections", *arguments]
    return await asyncio.to_thread(
        subprocess.run,
        command,
        env=stack.environment(),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
