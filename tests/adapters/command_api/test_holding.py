"""The command API on real Kafka: every answer is what the log says, whoever asks and however often."""

import asyncio

import pytest

from contracts.codec import decode_log
from contracts.records import EventRecord
from scenarios.stack.stack import Stack
from tests.adapters.command_api import planted
from tests.adapters.command_api.people import People, receipt_holds, record_at, show
from tests.adapters.command_api.truth import Told, hold, lies
from tests.stand_in_decider import StandInDecider

RECEIPT = "Seatlog-Receipt"


@pytest.fixture(autouse=True)
def _deciding(decider: StandInDecider) -> None:
    """Every test here wants its commands decided."""


async def test_from_a_show_to_a_booking(kafka: Stack, people: People):
    show_id = await people.schedule()
    held = await people.hold(show_id, "A-1-1")
    assert held.status_code == 201, held.text
    made = held.json()
    assert held.headers["Location"] == f"/shows/{show_id}/holds/{made['hold_id']}"
    assert made["seats"] == [{"seat": "A-1-1", "price": {"amount_minor": 4500, "currency": "EUR"}}]
    assert made["total"] == {"amount_minor": 4500, "currency": "EUR"}
    dollars = await people.book(show_id, made["hold_id"], currency="USD")
    assert (dollars.status_code, dollars.json()["reason"], dollars.json()["due"]) == (
        422,
        "wrong_amount",
        made["total"],
    )
    booked = await people.book(show_id, made["hold_id"])
    assert (booked.status_code, booked.json()["seats"]) == (201, ["A-1-1"])
    for answer in (held, booked):
        assert await receipt_holds(kafka.kafka, answer.headers[RECEIPT])


async def test_a_wrong_receipt_would_be_noticed(kafka: Stack, people: People):
    receipt = (await people.hold(await people.schedule(), "A-1-1")).headers[RECEIPT]
    assert not await receipt_holds(kafka.kafka, receipt[:-1] + ("0" if receipt[-1] != "0" else "1"))


async def test_a_taken_seat_is_409_and_names_what_it_lost_to(people: People):
    show_id = await people.schedule()
    version = (await people.hold(show_id, "A-1-1")).json()["version"]
    refused = await people.hold(show_id, "A-1-1", who="bob")
    assert (refused.status_code, refused.headers["Content-Type"]) == (409, "application/problem+json")
    assert refused.json()["conflicts"] == [{"seat": "A-1-1", "status": "held", "since_version": version}]


async def test_a_hold_given_back_is_204_and_free_again(people: People):
    show_id = await people.schedule()
    held = await people.hold(show_id, "A-1-1")
    stranger = await people.delete(held.headers["Location"], "bob")
    assert (stranger.status_code, stranger.json()["reason"]) == (404, "unknown_hold")
    released = await people.delete(held.headers["Location"])
    assert (released.status_code, released.content) == (204, b"")
    assert (await people.hold(show_id, "A-1-1", who="bob")).status_code == 201


async def test_the_best_available_are_held(people: People):
    show_id = await people.schedule()
    held = await people.post(f"/shows/{show_id}/holds", {"best_available": {"quantity": 4}})
    assert (held.status_code, len(held.json()["seats"])) == (201, 4)


async def test_an_unknown_show_is_404_with_a_receipt(kafka: Stack, people: People):
    answer = await people.hold("nowhere", "A-1-1")
    assert (answer.status_code, answer.json()["reason"]) == (404, "unknown_show")
    assert await receipt_holds(kafka.kafka, answer.headers[RECEIPT])


async def said_thrice(people: People, show_id: str, who: str) -> list[tuple[object, ...]]:
    """What the same hold under the same key is answered: the first answer and the later ones, byte by byte."""
    answers = [await people.hold(show_id, "A-1-1", who=who, Idempotency_Key="k") for _ in range(3)]
    return [(one.status_code, one.content, one.headers[RECEIPT], one.headers.get("Location")) for one in answers]


async def test_the_same_key_again_is_the_same_answer_byte_by_byte(people: People):
    show_id = await people.schedule()
    for who, status in (("ann", 201), ("bob", 409)):
        first, *later = await said_thrice(people, show_id, who)
        assert first[0] == status
        assert later == [first, first]


@pytest.mark.parametrize("fault", ["forget-keys", "answer-with-the-repeat"])
async def test_that_check_catches_who_answers_a_repeat_as_new(kafka: Stack, people: People, fault: str):
    show_id = await people.schedule()
    async with People(planted.start(kafka, fault), kafka.token_secret) as misled:
        for who, status in (("ann", 201), ("bob", 409)):
            first, *later = await said_thrice(misled, show_id, who)
            assert first[0] == status
            assert later != [first, first]
    kafka.process(fault).terminate()


async def test_another_body_under_the_same_key_is_422(people: People):
    show_id = await people.schedule()
    await people.hold(show_id, "A-1-1", Idempotency_Key="k")
    answer = await people.hold(show_id, "A-1-2", Idempotency_Key="k")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:seatlog:problem:command-id-reused")


async def test_scheduling_twice_with_one_key_makes_one_show(people: People):
    body = show()
    del body["id"]
    first, again = [await people.post("/shows", body, "organiser", Idempotency_Key="once") for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()


async def test_a_repeat_on_another_node_that_never_saw_the_first(kafka: Stack, people: People):
    show_id = await people.schedule()
    first = await people.hold(show_id, "A-1-1", Idempotency_Key="k")
    kafka.start_service("command-api", name="command-api-2")
    async with People(kafka.url("command-api-2"), kafka.token_secret) as elsewhere:
        for _ in range(2):  # the second time from this node's memory
            again = await elsewhere.hold(show_id, "A-1-1", Idempotency_Key="k")
            assert (again.content, again.headers[RECEIPT]) == (first.content, first.headers[RECEIPT])
        assert "repeats_total 2.0" in (await elsewhere.get("/metrics")).text
    kafka.process("command-api-2").terminate()


SEATS = [f"A-{row}-{number}" for row in range(1, 5) for number in range(1, 51)]


async def many_at_once(people: People, show_id: str) -> list[Told]:
    return await asyncio.gather(*(hold(people, show_id, seat, f"buyer-{seat}", "k") for seat in SEATS))


async def test_many_at_once_get_each_their_own_answer(kafka: Stack, people: People):
    told = await many_at_once(people, await people.schedule())
    assert await lies(kafka.kafka, told) == []
    answers = [one.answer for one in told if one.answer]
    assert [answer.status_code for answer in answers] == [201] * len(SEATS)
    assert [answer.json()["seats"][0]["seat"] for answer in answers] == SEATS


async def test_that_check_catches_who_answers_with_the_neighbours_event(kafka: Stack, people: People):
    show_id = await people.schedule()
    async with People(planted.start(kafka, "answer-the-neighbour"), kafka.token_secret) as misled:
        assert await lies(kafka.kafka, await many_at_once(misled, show_id))
    kafka.process("answer-the-neighbour").terminate()


async def test_many_for_one_seat_make_one_hold(people: People):
    show_id = await people.schedule()
    answers = await asyncio.gather(*(people.hold(show_id, "A-1-1", who=f"buyer-{number}") for number in range(100)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 99


async def test_a_trace_travels_with_the_command(kafka: Stack, people: People):
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await people.hold(await people.schedule(), "A-1-1", traceparent=trace)
    partition, offset, _ = answer.headers[RECEIPT].split(":")
    event = decode_log((await record_at(kafka.kafka, int(partition), int(offset))).value)
    assert isinstance(event, EventRecord)
    command = await record_at(kafka.kafka, int(partition), event.source[0], "booking.commands")
    assert trace.encode() in command.value


async def test_respond_async_is_202_with_the_place_of_the_command(kafka: Stack, people: People):
    show_id = await people.schedule()
    answer = await people.hold(show_id, "A-1-1", Prefer="respond-async")
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "respond-async")
    assert answer.json()["status"] == "pending"
    command_id = answer.json()["command_id"]
    path, place = answer.headers["Location"].split("?at=")
    assert path == f"/commands/{command_id}"
    partition, offset, _ = place.split(".")
    command = await record_at(kafka.kafka, int(partition), int(offset), "booking.commands")
    assert command_id.encode() in command.value


async def test_without_a_decision_in_time_it_is_202_and_later_the_answer(people: People, decider: StandInDecider):
    show_id = await people.schedule()
    decider.go.clear()
    pending = await people.hold(show_id, "A-1-1", Idempotency_Key="k", Prefer="wait=1")
    assert (pending.status_code, pending.headers["Retry-After"]) == (202, "1")
    decider.go.set()
    assert (await people.hold(show_id, "A-1-1", Idempotency_Key="k")).status_code == 201


async def test_metrics_and_health_tell_of_it(people: People):
    await people.hold(await people.schedule(), "A-1-1")
    text = (await people.get("/metrics")).text
    for name in ("answer_seconds_count", "append_seconds_count", "group_commands_count", "waiters", "tail_lag_records"):
        assert f"seatlog_command_api_{name}" in text
    assert (await people.get("/healthz")).json() == {"alive": True}
    assert (await people.get("/readyz")).json() == {"ready": True, "missing": [], "degraded": []}
