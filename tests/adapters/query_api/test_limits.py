"""How often one caller may ask, and how many questions MongoDB is asked at once."""

import asyncio

import pytest
from pymongo.errors import WaitQueueTimeoutError

from contracts.operations.tokens import Role
from contracts.read_models import STATE
from read_side.api import serving
from read_side.api.failures import as_problem
from scenarios.stack.stack import Stack
from tests.adapters.query_api.conftest import QUOTA, Theatre

PENDING = "/commands/c?at=0.4.0"


async def test_who_asks_too_often_is_told_429_and_when_to_come_again(theatre: Theatre):
    answers = [await theatre.get(PENDING, "opera", Role.ORGANISER) for _ in range(QUOTA + 1)]
    assert [answer.status_code for answer in answers] == [202] * QUOTA + [429]
    refused = answers[-1]
    assert refused.json()["type"] == "urn:seatlog:problem:rate-limited"
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit-Policy"] == f'"organiser";q={QUOTA};w=10'


async def test_who_has_used_half_of_it_is_told_with_the_answer(theatre: Theatre):
    answers = [await theatre.get("/shows", "opera", Role.ORGANISER) for _ in range(QUOTA)]
    assert ["RateLimit" in answer.headers for answer in answers] == [False] * (QUOTA // 2) + [True] * (QUOTA // 2)


async def test_nobody_pays_for_another(theatre: Theatre):
    for _ in range(QUOTA + 1):
        await theatre.get(PENDING, "opera", Role.ORGANISER)
    assert (await theatre.get(PENDING, "ballet", Role.ORGANISER)).status_code == 202
    assert (await theatre.get("/shows")).status_code == 200
    assert (await theatre.request("GET", PENDING, headers={"Authorization": "Bearer x"})).status_code == 401


async def test_a_question_does_not_wait_for_ever_for_a_connection_to_mongodb(
    theatre: Theatre, servers: Stack, monkeypatch: pytest.MonkeyPatch
):
    """The second gets the connection when PyMongo asks once more, the third has waited twice by then."""
    monkeypatch.setattr(serving, "MONGO_CONNECTIONS", 1)
    async with serving.connect(servers.mongo) as client:
        documents = client[theatre.database.name][STATE]
        asked = [documents.find_one({"$where": "sleep(1700) || true"}) for _ in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} == {dict, WaitQueueTimeoutError}


def test_when_all_connections_to_mongodb_are_busy_it_is_503():
    problem = as_problem(WaitQueueTimeoutError("Timed out waiting for a connection from the connection pool."))
    assert (problem.status, problem.headers["Retry-After"]) == (503, "1")
    assert b"Too many questions wait for MongoDB." in problem.body
