"""The command API does what its OpenAPI document says, whatever it is asked."""

import copy
from pathlib import Path

import pytest

from contracts.operations.tokens import Role, issue_token
from scenarios.stack.stack import Stack
from tests.adapters.command_api import planted
from tests.adapters.command_api.people import People
from tests.schemathesis_runs import Known, document_of, run
from tests.stand_in_decider import StandInDecider

HOLD = "POST /shows/{show_id}/holds"
BOOK = "POST /shows/{show_id}/bookings"
RELEASE = "DELETE /shows/{show_id}/holds/{hold_id}"


@pytest.fixture
async def known(kafka: Stack, people: People, decider: StandInDecider) -> Known:
    """A show with holds of the buyer who asks."""
    show_id = await people.schedule()
    holds = [(await people.hold(show_id, f"A-1-{number}")).json()["hold_id"] for number in range(1, 9)]
    buyer = issue_token(kafka.token_secret, "ann", Role.BUYER, 3600)
    organiser = issue_token(kafka.token_secret, "opera", Role.ORGANISER, 3600)
    return Known(
        {"*": {"Authorization": f"Bearer {buyer}"}, "POST /shows": {"Authorization": f"Bearer {organiser}"}},
        {
            "path.show_id": [show_id],
            "path.hold_id": holds[:4],
            "body.hold_id": holds[4:],
            "body.amount.amount_minor": [4500],
            "body.amount.currency": ["EUR"],
            "body.seats[*]": [f"A-2-{number}" for number in range(1, 51)],
        },
    )


async def test_it_does_what_it_says(kafka: Stack, known: Known, tmp_path: Path):
    url = kafka.url("command-api")
    document = await document_of(url)
    found = await run(tmp_path, url, document, known)
    assert found.wrong == set(), found.said
    operations = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert found.accepted == operations, found.said


async def test_that_check_catches_what_is_not_as_it_says(kafka: Stack, known: Known, tmp_path: Path):
    url = planted.start(kafka, "stumble-over-ids")
    document = copy.deepcopy(await document_of(url))
    del document["paths"]["/shows/{show_id}/bookings"]["post"]["responses"]["422"]
    document["paths"]["/shows/{show_id}/holds"]["post"]["responses"]["422"]["content"] = {"text/plain": {}}
    document["components"]["schemas"]["Hold"]["properties"]["version"] = {"type": "string"}
    found = await run(tmp_path, url, document, known, RELEASE, BOOK, HOLD)
    kafka.process("stumble-over-ids").terminate()
    assert found.wrong == {
        f"Server error: {RELEASE}",
        f"Schema-valid request rejected: {RELEASE}",
        f"Undocumented status code: {BOOK}",
        f"Undocumented Content-Type: {HOLD}",
        f"Response violates schema: {HOLD}",
    }, found.said
