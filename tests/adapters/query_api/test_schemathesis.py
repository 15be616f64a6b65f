"""The query API does what its OpenAPI document says, whatever it is asked."""

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.operations.tokens import Role, issue_token
from tests.adapters.query_api.conftest import SECRET, open_theatre
from tests.commands import ANN, SHOW, book_hold, hold_seats, schedule_show
from tests.conftest import StartStack
from tests.schemathesis_runs import Known, document_of, run

KNOWN = Known(
    {"*": {"Authorization": "Bearer " + issue_token(SECRET, ANN, Role.BUYER, 3600), "Prefer": "wait=0"}},
    {
        "path.show_id": [SHOW],
        "path.hold_id": ["h1", "h2"],
        "path.booking_id": ["b1"],
        "path.command_id": ["h1", "b1"],
        "query.at": ["0.1.0", "0.2.0"],
        "header.if-match-version": ["1", "4"],
    },
)


@pytest.fixture
async def url(start_stack: StartStack) -> AsyncIterator[str]:
    """A real process that reads what a sale has left."""
    stack = await asyncio.to_thread(start_stack, ("mongo",))
    async with open_theatre(stack.mongo) as theatre:
        theatre.log.do(("s", schedule_show()))
        theatre.log.do(("h1", hold_seats("A-1-1")), ("h2", hold_seats("A-1-2")))
        theatre.log.do(("b1", book_hold("h1")))
        await theatre.project()
        told = {
            "SEATLOG_MONGO_DATABASE": theatre.database.name,
            "SEATLOG_TOKEN_SECRET": SECRET,
            "SEATLOG_BUYER_REQUESTS_PER_SECOND": "0",
        }
        await asyncio.to_thread(stack.start_service, "query-api", environment=told)
        yield stack.url("query-api")


async def test_it_does_what_it_says(url: str, tmp_path: Path):
    document = await document_of(url)
    found = await run(tmp_path, url, document, KNOWN)
    assert found.wrong == set(), found.said
    assert found.accepted == {f"GET {path}" for path in document["paths"]}, found.said


async def test_that_check_catches_what_is_not_as_it_says(url: str, tmp_path: Path):
    document = copy.deepcopy(await document_of(url))
    del document["paths"]["/shows/{show_id}"]["get"]["responses"]["200"]
    document["paths"]["/shows"]["get"]["responses"]["422"]["content"] = {"text/plain": {}}
    document["components"]["schemas"]["Booking"]["properties"]["amount"] = {"type": "integer"}
    wrong = ["GET /shows/{show_id}", "GET /shows", "GET /bookings/{booking_id}"]
    found = await run(tmp_path, url, document, KNOWN, *wrong)
    assert found.wrong == {
        "Undocumented status code: GET /shows/{show_id}",
        "Undocumented Content-Type: GET /shows",
        "Response violates schema: GET /bookings/{booking_id}",
    }, found.said
