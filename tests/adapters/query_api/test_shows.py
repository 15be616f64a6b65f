"""Shows and seat maps as anybody sees them."""

import asyncio
import base64
import time
from array import array

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from contracts.read_models import SEAT_MAPS, SHOWS, collection_name
from contracts.seat_plans import Row
from read_side.queries import seat_maps
from read_side.queries.read_models import Document, ReadModels
from tests.adapters.query_api.conftest import Theatre
from tests.commands import BOB, FAR_AHEAD, SHOW, book_hold, hold_seats, plan, schedule_show
from tests.until import until

TWO_SECTIONS = plan(
    A=[Row(name="1", seats=2, category="gold", accessible=(2,))],
    B=[Row(name="1", seats=3, category="gold", first=7)],
)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The read models that the API has looked into, each time that it has."""
    names: list[str] = []
    collection = ReadModels.collection

    def noted(self: ReadModels, name: str) -> AsyncCollection[Document]:
        names.append(name)
        return collection(self, name)

    monkeypatch.setattr(ReadModels, "collection", noted)
    return names


async def sell(theatre: Theatre) -> None:
    """Two held until far ahead, one booked."""
    theatre.log.time = FAR_AHEAD - 10_000_000
    theatre.log.do(("s", schedule_show(plan=TWO_SECTIONS)))
    theatre.log.do(("h1", hold_seats("A-1-1", "B-1-8")), ("h2", hold_seats("B-1-9", by=BOB)))
    theatre.log.do(("b2", book_hold("h2", by=BOB)))
    await theatre.project()


async def test_a_show_tells_its_terms_its_counts_and_its_version(theatre: Theatre):
    await sell(theatre)
    answer = await theatre.get(f"/shows/{SHOW}")
    show = answer.json()
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"4"'
    assert show["version"] == 4
    assert show["seats"] == {"free": 2, "held": 2, "booked": 1, "blocked": 0}
    assert show["prices"] == {"gold": {"amount_minor": 4500, "currency": "EUR"}}
    assert show["starts_at"] == "2286-11-20T17:46:40.000Z"


async def test_seats_in_full(theatre: Theatre):
    await sell(theatre)
    answer = await theatre.get(f"/shows/{SHOW}/seats")
    assert answer.headers["ETag"] == '"4"'
    seats = {seat["seat"]: seat for section in answer.json()["sections"] for seat in section["seats"]}
    assert {label: seat["status"] for label, seat in seats.items()} == {
        "A-1-1": "held",
        "A-1-2": "free",
        "B-1-7": "free",
        "B-1-8": "held",
        "B-1-9": "booked",
    }
    assert seats["A-1-2"] == {
        "seat": "A-1-2",
        "status": "free",
        "category": "gold",
        "price": {"amount_minor": 4500, "currency": "EUR"},
        "accessible": True,
        "expires_at": None,
    }
    assert seats["A-1-1"]["expires_at"] == "2286-11-20T15:10:00.002Z"


@pytest.mark.parametrize("more", ["", "&section=B"], ids=["hot path", "route"])
async def test_seats_in_few_bytes(theatre: Theatre, more: str):
    await sell(theatre)
    answer = await theatre.get(f"/shows/{SHOW}/seats?format=compact{more}")
    section = answer.json()["sections"][-1]
    assert (section["name"], section["start"]) == ("B", 2)
    assert list(base64.b64decode(section["statuses"])) == [0, 1, 2]
    gaps = array("H", base64.b64decode(section["expires"])).tolist()
    assert [section["expires_from"] + 1000 * gap for gap in gaps] == [theatre.log.time - 1 + 600_000]
    assert answer.headers["ETag"] == '"4"'


async def test_one_section_alone(theatre: Theatre):
    await sell(theatre)
    answer = await theatre.get(f"/shows/{SHOW}/seats?section=A")
    assert [section["name"] for section in answer.json()["sections"]] == ["A"]
    assert (await theatre.get(f"/shows/{SHOW}/seats?section=Z")).status_code == 404


@pytest.mark.parametrize("path", ["", "/seats", "/seats?format=compact"])
async def test_who_has_the_version_gets_304(theatre: Theatre, path: str):
    await sell(theatre)
    for tag in ['"4"', 'W/"4"', '"1", "4"', "*"]:
        answer = await theatre.get(f"/shows/{SHOW}{path}", If_None_Match=tag)
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", '"4"')
    assert (await theatre.get(f"/shows/{SHOW}{path}", If_None_Match='"3"')).status_code == 200


async def test_a_lapsed_seat_is_free_at_once_and_nobody_gets_304_meanwhile(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
):
    theatre.log.do(("s", schedule_show(plan=TWO_SECTIONS)))
    theatre.log.do(("h1", hold_seats("A-1-1")))
    await theatre.project()
    path = f"/shows/{SHOW}/seats?format=compact"
    lapse = theatre.log.time + 600_000
    monkeypatch.setattr(seat_maps, "now_milliseconds", lambda: lapse - 1)
    assert base64.b64decode((await theatre.get(path)).json()["sections"][0]["statuses"]) == bytes([1, 0])
    assert (await theatre.get(path, If_None_Match='"2"')).status_code == 304
    monkeypatch.setattr(seat_maps, "now_milliseconds", lambda: lapse)
    answer = await theatre.get(path, If_None_Match='"2"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    section = answer.json()["sections"][0]
    assert (base64.b64decode(section["statuses"]), section["expires"]) == (bytes(2), "")
    full = await theatre.get(f"/shows/{SHOW}/seats")
    assert full.json()["sections"][0]["seats"][0]["status"] == "free"


async def test_shows_come_in_pages_by_their_start(theatre: Theatre):
    starts = {"a": 5_000_000, "b": 3_000_000, "c": 5_000_000, "d": 4_000_000}
    for show_id, starts_at in starts.items():
        theatre.log.do((f"s-{show_id}", schedule_show(starts_at=starts_at)), show_id=show_id)
    await theatre.project()
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await theatre.get(f"/shows?limit=1{cursor}")).json()
        seen += [show["show_id"] for show in page["shows"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["b", "d", "a", "c"]


async def test_a_version_asked_for_is_waited_for(theatre: Theatre, looked: list[str]):
    await sell(theatre)
    theatre.log.do(("h3", hold_seats("A-1-2")))
    asked = asyncio.create_task(
        theatre.get(f"/shows/{SHOW}/seats?format=compact", If_Match_Version="5", Prefer="wait=9")
    )
    await until(lambda: asked.done() or looked.count(SHOWS) >= 3)
    assert not asked.done(), "for an answer at once it would look twice"
    await theatre.project()
    answer = await asked
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"5"')


@pytest.mark.parametrize("path", [f"/shows/{SHOW}", f"/shows/{SHOW}/seats", "/shows/not-yet"])
async def test_a_version_that_does_not_come_in_time_is_503(theatre: Theatre, path: str):
    await sell(theatre)
    began = time.monotonic()
    answer = await theatre.get(path, If_Match_Version="99", Prefer="wait=0")
    assert time.monotonic() - began < 1
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["type"].endswith(":version-not-yet-visible")


async def test_a_map_ahead_of_its_show_is_not_shown(theatre: Theatre, looked: list[str]):
    """The projector writes sections first: until the show follows, a section is newer than the version to be told."""
    await sell(theatre)
    sections = theatre.database[collection_name(SEAT_MAPS, 1)]
    await sections.update_one({"_id": f"{SHOW}/A"}, {"$set": {"version": 5, "statuses": bytes([1, 1])}})
    await theatre.database[collection_name(SHOWS, 1)].update_one({"_id": SHOW}, {"$set": {"version": 4}})
    asked = asyncio.create_task(theatre.get(f"/shows/{SHOW}/seats?format=compact"))
    await until(lambda: asked.done() or looked.count(SEAT_MAPS) >= 2)
    assert not asked.done(), "for an answer at once it would look once"
    await theatre.database[collection_name(SHOWS, 1)].update_one({"_id": SHOW}, {"$set": {"version": 5}})
    assert (await asked).headers["ETag"] == '"5"'


async def test_a_map_that_stays_ahead_is_503(theatre: Theatre):
    await sell(theatre)
    sections = theatre.database[collection_name(SEAT_MAPS, 1)]
    await sections.update_one({"_id": f"{SHOW}/A"}, {"$set": {"version": 5}})
    answer = await theatre.get(f"/shows/{SHOW}/seats?format=compact")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


async def test_a_new_generation_is_read_once_it_is_in_force(theatre: Theatre):
    await sell(theatre)
    await theatre.get(f"/shows/{SHOW}/seats?format=compact")
    await theatre.open(generation=2)
    theatre.log.do(("h3", hold_seats("A-1-2")))
    await theatre.project()
    assert (await theatre.get(f"/shows/{SHOW}/seats?format=compact")).headers["ETag"] == '"4"'
    await theatre.database["projection_state"].update_one({}, {"$set": {"in_force": 2}})
    await theatre.api.read_models.look()
    assert (await theatre.get(f"/shows/{SHOW}/seats?format=compact")).headers["ETag"] == '"5"'
