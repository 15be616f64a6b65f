"""How a rebuild and a projector hand over, step by step, on a real mongod."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast
from uuid import uuid4

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from contracts.read_models import STATE
from projections.checkpoints import Checkpoints, Superseded
from projections.documents import Document
from projections.entry import Position
from projections.generations import Generations, SwitchRefused
from projections.mongo_connection import connect
from scenarios.stack.stack import Stack

FIRST = {0: Position(4, 0, (3, 0), "a"), 1: Position(7, 0, (6, 1), "b")}
LATER = {0: Position(9, 0, (8, 0), "c")}


@pytest.fixture
async def database(servers: Stack) -> AsyncIterator[AsyncDatabase[Document]]:
    async with connect(servers.mongo) as client:
        database = client[f"generations_{uuid4().hex}"]
        yield database
        await client.drop_database(database.name)


async def test_the_first_state_is_generation_one_for_whoever_comes_first(database: AsyncDatabase[Document]):
    states = await asyncio.gather(*(Generations(database).state(3) for _ in range(8)))
    assert {(state["in_force"], state["last"], state["partitions"]) for state in states} == {(1, 1, 3)}


async def test_checkpoints_are_read_back(database: AsyncDatabase[Document]):
    checkpoints = Checkpoints(database, 1)
    await checkpoints.prepare(3)
    await checkpoints.advance(FIRST)
    await checkpoints.advance(LATER)
    assert await checkpoints.positions(3) == {**FIRST, **LATER, 2: Position()}


async def test_a_checkpoint_never_goes_back(database: AsyncDatabase[Document]):
    checkpoints = Checkpoints(database, 1)
    await checkpoints.prepare(3)
    await checkpoints.advance(LATER)
    with pytest.raises(Superseded):
        await checkpoints.advance(FIRST)
    assert (await checkpoints.positions(1))[0] == LATER[0]


async def test_an_advance_whose_answer_got_lost_may_be_done_again(database: AsyncDatabase[Document]):
    checkpoints = Checkpoints(database, 1)
    await checkpoints.prepare(3)
    await checkpoints.advance(FIRST)
    await checkpoints.advance(FIRST)


async def test_a_fence_stops_every_checkpoint_even_unmoved_ones(database: AsyncDatabase[Document]):
    generations, checkpoints = Generations(database), Checkpoints(database, 1)
    await generations.state(3)
    await generations.fence(1, 2)
    for positions in (FIRST, LATER, {2: Position(0, 0, (0, 0), "d")}):
        with pytest.raises(Superseded):
            await checkpoints.advance(positions)


async def test_without_a_fence_a_rebuild_cannot_switch(database: AsyncDatabase[Document]):
    generations = Generations(database)
    await generations.state(3)
    new = await generations.claim()
    with pytest.raises(SwitchRefused):
        await generations.switch(1, new)
    await generations.fence(1, 2)
    await generations.switch(1, new)
    assert (await generations.state(3))["in_force"] == new == 2


async def test_only_one_of_two_rebuilds_fences(database: AsyncDatabase[Document]):
    generations = Generations(database)
    await generations.state(3)
    await generations.fence(1, 2)
    with pytest.raises(SwitchRefused):
        await generations.fence(1, 2)


async def test_a_lifted_fence_lets_the_projector_go_on_and_refuses_the_switch(database: AsyncDatabase[Document]):
    generations, checkpoints = Generations(database), Checkpoints(database, 1)
    await generations.state(3)
    await generations.fence(1, 2)
    await generations.lift_fence(1)
    await checkpoints.advance(FIRST)
    with pytest.raises(SwitchRefused):
        await generations.switch(1, 2)


async def test_a_fence_that_was_lifted_by_half_is_mended(database: AsyncDatabase[Document]):
    """Whoever lifts a fence may die between the state and the checkpoints, or his answer may get lost there."""
    generations, checkpoints = Generations(database), Checkpoints(database, 1)
    await generations.state(3)
    await generations.fence(1, 2)
    await database[STATE].update_one({}, {"$set": {"fenced": 0}})
    with pytest.raises(Superseded):
        await checkpoints.advance(FIRST)
    await generations.mend_fence(1)
    await checkpoints.advance(FIRST)


async def test_a_fence_that_stands_is_not_mended(database: AsyncDatabase[Document]):
    generations, checkpoints = Generations(database), Checkpoints(database, 1)
    await generations.state(3)
    await generations.fence(1, 2)
    await generations.mend_fence(1)
    await checkpoints.lift_fence(3)
    with pytest.raises(Superseded):
        await checkpoints.advance(FIRST)


async def test_an_abandoned_generation_is_deleted_and_its_switch_refused(database: AsyncDatabase[Document]):
    generations, checkpoints = Generations(database), Checkpoints(database, 1)
    await generations.state(3)
    await generations.prepare(2, 3)
    await generations.fence(1, 2)
    await generations.abandon(1, 2)
    await checkpoints.advance(FIRST)
    with pytest.raises(SwitchRefused):
        await generations.switch(1, 2)
    assert not [name for name in await database.list_collection_names() if name.endswith("_g2")]


async def test_a_switch_whose_answer_got_lost_is_not_abandoned(database: AsyncDatabase[Document]):
    """It would delete the documents in force."""
    generations = Generations(database)
    await generations.state(3)
    await generations.prepare(2, 3)
    await generations.fence(1, 2)
    await generations.switch(1, 2)
    await generations.abandon(1, 2)
    assert (await generations.state(3))["in_force"] == 2
    assert [name for name in await database.list_collection_names() if name.endswith("_g2")]


async def test_old_generations_are_dropped_whole(database: AsyncDatabase[Document]):
    generations = Generations(database)
    await generations.state(3)
    await generations.prepare(2, 3)
    await generations.prepare(3, 3)
    await generations.drop_before(3)
    names = cast(list[str], await database.list_collection_names())
    assert {name for name in names if not name.endswith("_g3")} == {"projection_state"}
