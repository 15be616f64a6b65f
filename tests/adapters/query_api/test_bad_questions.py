"""Questions that are not as they must be, and what is told instead of an answer."""

import pytest

from contracts import problems
from contracts.operations.tokens import Role, issue_token
from tests.adapters.query_api.conftest import SECRET, Theatre
from tests.commands import SHOW, schedule_show

MALFORMED = [
    ("/shows?limit=0", "limit"),
    ("/shows?limit=201", "limit"),
    ("/shows?limit=many", "limit"),
    ("/shows?cursor=%ff", "cursor"),
    ("/shows?cursor=WzEsMl0", "cursor"),
    ("/shows?cursor=WzEwMDAwMDAwMDAwMDAwMDAwMDAwMCwiYSJd", "cursor"),
    ("/shows?page=2", "page"),
    (f"/shows/{SHOW}?x=1", "x"),
    (f"/shows/{SHOW}/seats?format=xml", "format"),
    (f"/shows/{SHOW}/seats?format=compact&colour=red", "colour"),
    (f"/shows/{SHOW}/seats?section={'A' * 33}", "section"),
    ("/bookings?limit=-1", "limit"),
    ("/bookings/1?x=1", "x"),
    ("/commands/1", "at"),
    ("/commands/1?at=", "at"),
    ("/commands/1?at=1.2", "at"),
    ("/commands/1?at=1.2.x", "at"),
    ("/commands/1?at=1.2.%D9%A3", "at"),
    ("/commands/1?at=-1.2.3", "at"),
    ("/commands/1?at=1.2.3&why=1", "why"),
    (f"/commands/1?at=1.{'9' * 30}.3", "at"),
]


async def test_a_malformed_or_unknown_parameter_is_named(theatre: Theatre):
    for path, field in MALFORMED:
        answer = await theatre.get(path, who="ann")
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, problems.MEDIA_TYPE), path
        assert [error["field"] for error in answer.json()["errors"]] == [field], path


async def test_a_malformed_version_is_named(theatre: Theatre):
    theatre.log.do(("s", schedule_show()))
    await theatre.project()
    for value in ("soon", "-1", "1.5", "9" * 40):
        answer = await theatre.get(f"/shows/{SHOW}", If_Match_Version=value)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "If-Match-Version")


UNKNOWN = [
    *("/shows/nobody", "/shows/nobody/seats", "/shows/nobody/seats?format=compact", "/shows/~0", "/shows/~0/seats"),
    *("/shows/UPPER", "/shows/a%2Fb/seats?format=compact", "/nowhere", "/"),
]


async def test_what_does_not_exist_is_404(theatre: Theatre):
    for path in UNKNOWN:
        answer = await theatre.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, problems.MEDIA_TYPE), path


async def test_other_methods_are_405(theatre: Theatre):
    for method, path in [
        ("POST", "/shows"),
        ("DELETE", f"/shows/{SHOW}"),
        ("PUT", f"/shows/{SHOW}/seats?format=compact"),
    ]:
        answer = await theatre.request(method, path)
        assert (answer.status_code, answer.json()["type"]) == (405, "urn:seatlog:problem:method-not-allowed")


async def test_head_is_get_without_its_body(theatre: Theatre):
    theatre.log.do(("s", schedule_show()))
    await theatre.project()
    for path in (f"/shows/{SHOW}", f"/shows/{SHOW}/seats?format=compact", "/healthz", "/shows/nobody"):
        got, head = await theatre.get(path), await theatre.request("HEAD", path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["Content-Length"] == got.headers["Content-Length"]


FORGED = [
    "Basic YTpi",
    "Bearer nonsense",
    "Bearer " + issue_token("another secret that is long enough", "ann", Role.BUYER, 60),
    "Bearer " + issue_token(SECRET, "ann", Role.BUYER, -1),
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJyb2xlIjoiYnV5ZXIiLCJleHAiOjk5OTk5OTk5OTl9.",
]


async def test_what_is_somebodys_own_needs_a_token(theatre: Theatre):
    for path in ("/bookings", "/bookings/b", "/commands/c?at=0.0.0", f"/shows/{SHOW}/holds/h"):
        for headers in ({}, *({"Authorization": bearer} for bearer in FORGED)):
            answer = await theatre.request("GET", path, headers=headers)
            assert answer.status_code == 401, (path, headers)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json()["type"] == "urn:seatlog:problem:unauthenticated"


async def test_before_any_projector_has_run_it_is_503(theatre: Theatre):
    await theatre.database["projection_state"].delete_many({})
    await theatre.api.read_models.look()
    for path in ("/shows", f"/shows/{SHOW}/seats?format=compact", "/shows/a/seats"):
        answer = await theatre.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


async def test_the_openapi_document_describes_every_answer(theatre: Theatre):
    document = (await theatre.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for response in methods["get"]["responses"].values():
            for content in response.get("content", {}).values():
                for schema in content["schema"].get("anyOf", [content["schema"]]):
                    name = schema["$ref"].removeprefix("#/components/schemas/")
                    assert name in document["components"]["schemas"], path


@pytest.mark.parametrize("path", ["/shows/nowhere", "/shows/nowhere/seats", "/shows/nowhere/seats?format=compact"])
async def test_an_unknown_show_is_told_as_the_command_api_tells_it(theatre: Theatre, path: str):
    answer = await theatre.get(path)
    assert answer.status_code == 404
    told = answer.json()
    assert (told["type"], told["title"]) == ("urn:seatlog:problem:unknown-show", "There is no such show.")
