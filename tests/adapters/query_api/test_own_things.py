"""Bookings, holds and commands: everybody's own, and nobody else's."""

import pytest

from contracts.operations.tokens import Role
from contracts.read_models import COMMAND_OUTCOMES, collection_name
from contracts.records import receipt, record_hash
from tests.adapters.query_api.conftest import Theatre
from tests.commands import ANN, BOB, ORGANISER, SHOW, book_hold, hold_seats, release_hold, schedule_show


async def sell(theatre: Theatre) -> None:
    theatre.log.do(("s", schedule_show()))
    theatre.log.do(
        ("h1", hold_seats("A-1-1")),
        ("h2", hold_seats("A-1-1", by=BOB)),
        ("h1", hold_seats("A-1-1")),
        ("h3", hold_seats("A-1-2")),
    )
    theatre.log.do(("b1", book_hold("h1")))
    theatre.log.do(("b3", book_hold("h3")))
    await theatre.project()


async def test_bookings_newest_first_in_pages(theatre: Theatre):
    await sell(theatre)
    first = (await theatre.get("/bookings?limit=1", ANN)).json()
    assert [booking["booking_id"] for booking in first["bookings"]] == ["b3"]
    second = (await theatre.get(f"/bookings?limit=1&cursor={first['next']}", ANN)).json()
    assert [booking["booking_id"] for booking in second["bookings"]] == ["b1"]
    assert second["next"] is None
    assert (await theatre.get("/bookings", BOB)).json() == {"bookings": [], "next": None}


@pytest.mark.parametrize("path", ["/shows", "/bookings"])
async def test_a_list_that_has_not_changed_is_not_sent_again(theatre: Theatre, path: str):
    await sell(theatre)
    tag = (await theatre.get(path, ANN)).headers["ETag"]
    answer = await theatre.get(path, ANN, If_None_Match=tag)
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    theatre.log.do(("h4", hold_seats("A-1-4")))
    theatre.log.do(("b4", book_hold("h4")))
    await theatre.project()
    answer = await theatre.get(path, ANN, If_None_Match=tag)
    assert (answer.status_code, answer.headers["ETag"] != tag) == (200, True)


async def test_a_booking_and_its_receipt(theatre: Theatre):
    await sell(theatre)
    booking = (await theatre.get("/bookings/b1", ANN)).json()
    paid = {"amount_minor": 4500, "currency": "EUR"}
    assert (booking["seats"], booking["amount"], booking["hold_id"]) == (["A-1-1"], paid, "h1")
    event = theatre.log.events[6]
    proof = (await theatre.get("/bookings/b1/receipt", ANN)).json()
    assert proof["receipt"] == receipt(0, event.offset, record_hash(event.value))


@pytest.mark.parametrize("path", ["/bookings/b1", "/bookings/b1/receipt", f"/shows/{SHOW}/holds/h1", "/bookings/none"])
async def test_anothers_is_404(theatre: Theatre, path: str):
    await sell(theatre)
    assert (await theatre.get(path, BOB)).status_code == 404


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.AUDITOR, Role.DOOR])
async def test_other_roles_have_no_bookings(theatre: Theatre, role: Role):
    for path in ("/bookings", "/bookings/b1"):
        assert (await theatre.get(path, ANN, role)).status_code == 403


async def test_a_hold_and_what_became_of_it(theatre: Theatre):
    await sell(theatre)
    found = (await theatre.get(f"/shows/{SHOW}/holds/h1", ANN)).json()
    total = {"amount_minor": 4500, "currency": "EUR"}
    assert (found["status"], found["seats"], found["total"]) == ("booked", ["A-1-1"], total)
    assert (await theatre.get("/shows/macbeth/holds/h1", ANN)).status_code == 404


async def test_a_commands_outcome_with_the_event_that_decided_it(theatre: Theatre):
    await sell(theatre)
    answer = await theatre.get("/commands/h1?at=0.1.0", ANN)
    outcome = answer.json()
    event = theatre.log.events[2]
    assert (answer.status_code, outcome["http_status"], outcome["type"]) == (200, 201, "seats-held")
    assert outcome["receipt"] == receipt(0, event.offset, record_hash(event.value)) == answer.headers["Seatlog-Receipt"]
    assert outcome["data"]["seats"] == ["A-1-1"]
    assert (outcome["version"], outcome["show_id"], outcome["repeated"]) == (2, SHOW, False)


async def test_a_refusal_says_why(theatre: Theatre):
    await sell(theatre)
    outcome = (await theatre.get("/commands/h2?at=0.1.1", BOB)).json()
    assert (outcome["http_status"], outcome["type"], outcome["data"]["reason"]) == (409, "hold-refused", "seats_taken")
    assert outcome["data"]["conflicts"][0]["seat"] == "A-1-1"


async def test_a_repeated_command_gets_what_the_first_one_got(theatre: Theatre):
    await sell(theatre)
    first = (await theatre.get("/commands/h1?at=0.1.0", ANN)).json()
    again = (await theatre.get("/commands/h1?at=0.1.2", ANN)).json()
    assert again == {**first, "repeated": True}


async def test_a_reused_id_is_422(theatre: Theatre):
    await sell(theatre)
    theatre.log.do(("h1", hold_seats("A-1-4")))
    await theatre.project()
    assert (await theatre.get("/commands/h1?at=0.4.0", ANN)).json()["http_status"] == 422


async def test_an_unreadable_command_is_500_for_whoever_knows_its_id_and_place(theatre: Theatre):
    theatre.log.send_bytes(b"{")
    theatre.log.decide()
    await theatre.project()
    stored = await theatre.database[collection_name(COMMAND_OUTCOMES, 1)].find_one({"_id": "0.0.0"})
    assert stored is not None
    outcome = (await theatre.get(f"/commands/{stored['command_id'] or '-'}?at=0.0.0", ANN)).json()
    assert stored["command_id"] == "" or outcome["http_status"] == 500


@pytest.mark.parametrize(("command_id", "at"), [("h1", "0.1.0"), ("h1", "0.1.2"), ("b1", "0.2.0")])
async def test_anothers_command_is_404(theatre: Theatre, command_id: str, at: str):
    await sell(theatre)
    assert (await theatre.get(f"/commands/{command_id}?at={at}", BOB)).status_code == 404


async def test_a_strangers_hold_is_unknown_here_too(theatre: Theatre):
    """`not_your_hold` would tell that the hold exists."""
    await sell(theatre)
    theatre.log.do(("h4", hold_seats("A-1-4")), ("r4", release_hold("h4", by=BOB)))
    await theatre.project()
    outcome = (await theatre.get("/commands/r4?at=0.4.1", BOB)).json()
    assert (outcome["http_status"], outcome["data"]["reason"]) == (404, "unknown_hold")


async def test_a_command_beyond_the_checkpoint_is_pending(theatre: Theatre):
    await sell(theatre)
    for at in ("0.4.0", "1.0.0", "2.17.3"):
        answer = await theatre.get(f"/commands/c?at={at}", ANN)
        assert (answer.status_code, answer.json()) == (202, {"command_id": "c", "status": "pending"})
        assert answer.headers["Retry-After"] == "1"


async def test_the_route_says_of_a_pending_command_what_the_front_says(theatre: Theatre):
    """An id with an underscore is no usual one, and goes through FastAPI."""
    await sell(theatre)
    front, route = [await theatre.get(f"/commands/{name}?at=0.4.0", ANN) for name in ("c-1", "c_1")]
    assert (front.status_code, front.text.replace("c-1", "c_1")) == (route.status_code, route.text)
    assert front.headers == route.headers


async def test_who_polls_without_a_valid_token_is_not_told_that_a_command_is_pending(theatre: Theatre):
    await sell(theatre)
    for headers in ({}, {"Authorization": "Bearer x"}):
        assert (await theatre.request("GET", "/commands/c?at=0.4.0", headers=headers)).status_code == 401


@pytest.mark.parametrize("at", ["0.1.9", "0.3.0", "7.0.0"])
async def test_a_command_that_was_passed_and_is_not_there_is_404(theatre: Theatre, at: str):
    await sell(theatre)
    assert (await theatre.get(f"/commands/h1?at={at}", ANN)).status_code == 404


async def test_an_organiser_sees_his_scheduling(theatre: Theatre):
    await sell(theatre)
    outcome = (await theatre.get("/commands/s?at=0.0.0", ORGANISER, Role.ORGANISER)).json()
    assert (outcome["http_status"], outcome["type"]) == (201, "show-scheduled")
