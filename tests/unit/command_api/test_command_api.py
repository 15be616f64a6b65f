"""The ASGI application with a desk that only notes what it is asked: routes, roles, problems, OpenAPI."""

import copy
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.commands import BookHold, Command, HoldSeats, ReleaseHold, ScheduleShow
from contracts.limits import BUYER_REQUEST_BYTES, PLAN_REQUEST_BYTES
from contracts.operations.rate_limits import RateLimits
from contracts.operations.tokens import Role, TokenVerifier, issue_token
from tests.unit.command_api.saying import COMMAND, held, seen
from tests.unit.command_api.test_bodies import AnyFields, json_values
from tests.unit.command_api.test_show_request import GOOD
from write_side.api.answers import Answer, decided, unavailable
from write_side.api.app import documented_app
from write_side.api.hot_paths import CommandApi

SECRET = "s" * 32
BOOKING = {"hold_id": COMMAND, "payment_reference": "p", "amount": {"amount_minor": 1, "currency": "EUR"}}


class NotingDesk:
    def __init__(self) -> None:
        self.asked: list[tuple[str, Command]] = []
        self.error: Exception | None = None
        self.away: Answer | None = None

    def turned_away(self, show_id: str) -> Answer | None:
        return self.away

    async def ask(self, show_id: str, command: Command, request: Any) -> Answer:
        if self.error is not None:
            raise self.error
        self.asked.append((show_id, command))
        return decided(seen(held()))


class Bench(SimpleNamespace):
    desk: NotingDesk
    client: httpx.AsyncClient
    app: Any

    async def send(self, method: str, path: str, role: Role | None = Role.BUYER, **more: Any) -> httpx.Response:
        headers = {} if role is None else {"Authorization": "Bearer " + issue_token(SECRET, "ann", role, 60)}
        return await self.client.request(method, path, headers=headers | more.pop("headers", {}), **more)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    desk, verifier = NotingDesk(), TokenVerifier(SECRET)
    missing: list[str] = []
    degraded: list[str] = []
    limits = RateLimits({Role.BUYER: 50.0, Role.ORGANISER: 50.0}, lambda: None, lambda: 0)
    app = documented_app(desk, verifier, limits)  # type: ignore[arg-type]
    api = CommandApi(app, desk, verifier, limits, lambda: missing, lambda: degraded)  # type: ignore[arg-type]
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield Bench(desk=desk, client=client, app=app, missing=missing, degraded=degraded)


COMMANDS = [
    ("POST", "/shows/hamlet/holds", {"seats": ["A-1-1"]}, Role.BUYER, HoldSeats),
    ("POST", "/shows/hamlet/bookings", BOOKING, Role.BUYER, BookHold),
    ("DELETE", f"/shows/hamlet/holds/{COMMAND}", None, Role.BUYER, ReleaseHold),
    ("POST", "/shows", GOOD, Role.ORGANISER, ScheduleShow),
]


@pytest.mark.parametrize(("method", "path", "body", "role", "command"), COMMANDS)
async def test_each_request_is_its_command(bench: Bench, method: str, path: str, body: Any, role: Role, command: type):
    answer = await bench.send(method, path, role, json=body)
    assert answer.status_code == 201, answer.text
    [(show_id, asked)] = bench.desk.asked
    assert (show_id, type(asked)) == ("hamlet", command)


@pytest.mark.parametrize(("method", "path", "body", "role", "command"), COMMANDS)
async def test_no_other_role_may(bench: Bench, method: str, path: str, body: Any, role: Role, command: type):
    for other in set(Role) - {role}:
        assert (await bench.send(method, path, other, json=body)).status_code == 403
    assert (await bench.send(method, path, None, json=body)).status_code == 401
    assert bench.desk.asked == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("POST", "/shows/", 404),
        ("POST", "/shows/hamlet/holds/", 404),
        ("POST", "/shows/a/b/holds", 404),
        ("GET", "/shows/hamlet/holds", 405),
        ("PUT", "/shows/hamlet/bookings", 405),
        ("DELETE", "/shows", 405),
        ("POST", "/shows/No%20Show/holds", 404),
        ("POST", "/shows/~0/holds", 404),
        ("DELETE", f"/shows/~0/holds/{COMMAND}", 404),
        ("DELETE", "/shows/hamlet/holds/nonsense", 404),
    ],
)
async def test_what_is_not_there_is_a_problem(bench: Bench, method: str, path: str, status: int):
    answer = await bench.send(method, path, json={"seats": ["A-1-1"]} if method == "POST" else None)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert bench.desk.asked == []


async def test_405_says_what_may(bench: Bench):
    assert (await bench.send("GET", "/shows/hamlet/holds")).headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "role", "limit"),
    [("/shows/hamlet/holds", Role.BUYER, BUYER_REQUEST_BYTES), ("/shows", Role.ORGANISER, PLAN_REQUEST_BYTES)],
)
async def test_sizes_are_limited_for_everybody(bench: Bench, path: str, role: Role, limit: int):
    media = {"Content-Type": "application/json"}
    within = await bench.send("POST", path, role, content=b" " * limit, headers=media)
    over = await bench.send("POST", path, role, content=b" " * (limit + 1), headers=media)
    assert (within.status_code, over.status_code) == (400, 413)
    assert (
        await bench.send("POST", path, role, content=b"{}", headers={"Content-Type": "text/plain"})
    ).status_code == 415


@pytest.mark.parametrize(("method", "path", "body", "role", "command"), COMMANDS)
async def test_an_error_of_ours_is_500_and_tells_nothing(
    bench: Bench, method: str, path: str, body: Any, role: Role, command: type
):
    bench.desk.error = KeyError("a secret")
    answer = await bench.send(method, path, role, json=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text


async def test_who_is_turned_away_is_not_heard(bench: Bench):
    bench.desk.away = unavailable("Too much.", 7)
    answer = await bench.send("POST", "/shows/hamlet/holds", None, content=b"no token, no JSON, no media type")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["detail"]) == (503, "7", "Too much.")
    assert (await bench.send("POST", "/shows/No%20Show/holds", None)).status_code == 404
    assert (await bench.send("GET", "/healthz", None)).status_code == 200


@pytest.mark.parametrize(("method", "path", "body", "role", "command"), COMMANDS)
async def test_who_asks_too_often_is_429(bench: Bench, method: str, path: str, body: Any, role: Role, command: type):
    answers = [await bench.send(method, path, role, json=body) for _ in range(501)]
    assert {answer.status_code for answer in answers[:-1]} == {201}
    last = answers[-1]
    assert (last.status_code, last.headers["Content-Type"]) == (429, "application/problem+json")
    assert last.headers["Retry-After"] == "1"
    assert last.headers["RateLimit-Policy"] == f'"{role.value}";q=500;w=10'
    assert last.headers["RateLimit"].startswith(f'"{role.value}";r=0;t=')
    assert len(bench.desk.asked) == 500


async def test_readiness_says_what_is_missing(bench: Bench):
    bench.missing.append("Kafka")
    answer = await bench.send("GET", "/readyz", None)
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["Kafka"], "degraded": []})
    assert (await bench.send("GET", "/healthz", None)).status_code == 200


async def test_what_concerns_a_part_of_the_shows_does_not_take_the_process_away_from_the_others(bench: Bench):
    bench.degraded.append("log fault in partition 1 at offset 7: it has no value")
    answer = await bench.send("GET", "/readyz", None)
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": [], "degraded": bench.degraded})
    bench.missing.append("Kafka")
    assert (await bench.send("GET", "/readyz", None)).status_code == 503


def lacking(document: dict[str, Any]) -> list[str]:
    """What an OpenAPI document of this API does not say, or says of what is not there."""
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    wrong = [f"{method} {path}" for method, path in described ^ ROUTES]
    schemas = document["components"]["schemas"]
    text = msgspec.json.encode(document).decode()
    references = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    wrong += sorted(references - set(schemas))
    for name, schema in schemas.items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError:
            wrong.append(name)
    return wrong


ROUTES = {
    ("POST", "/shows"),
    ("POST", "/shows/{show_id}/holds"),
    ("DELETE", "/shows/{show_id}/holds/{hold_id}"),
    ("POST", "/shows/{show_id}/bookings"),
}


async def test_openapi_describes_every_command_with_schemas_that_exist(bench: Bench):
    document = (await bench.send("GET", "/openapi.json", None)).json()
    assert document["openapi"].startswith("3.1")
    assert lacking(document) == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda document: document["paths"].pop("/shows"), "POST /shows"),
        (lambda document: document["paths"]["/shows"].update(put={}), "PUT /shows"),
        (lambda document: document["components"]["schemas"].pop("Money"), "Money"),
        (lambda document: document["components"]["schemas"]["Hold"].update(type="hold"), "Hold"),
    ],
)
def test_that_check_catches_a_document_that_is_not_whole(bench: Bench, spoil: Callable[[Any], object], found: str):
    document = copy.deepcopy(bench.app.openapi())
    spoil(document)
    assert lacking(document) == [found]


BODIES = {"/shows/hamlet/holds": "HoldBody", "/shows/hamlet/bookings": "BookingBody"}


async def check_agreement(bench: Bench, path: str, body: Any) -> None:
    """Nothing is taken that the schema forbids, and nothing but problems comes of the rest."""
    document = bench.app.openapi()
    schema = {"$ref": f"#/components/schemas/{BODIES[path]}", "components": document["components"]}
    fits = jsonschema.Draft202012Validator(schema).is_valid(body)
    media = {"Content-Type": "application/json"}
    answer = await bench.send("POST", path, content=msgspec.json.encode(body), headers=media)
    assert answer.status_code in ((201, 422) if fits else (422,)), answer.text
    assert answer.status_code != 422 or answer.json()["errors"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=json_values | st.just({"seats": ["A-1-1"]}) | st.just(BOOKING), path=st.sampled_from(sorted(BODIES)))
async def test_what_openapi_says_of_a_body_is_what_is_taken(bench: Bench, body: Any, path: str):
    await check_agreement(bench, path, body)


async def test_that_check_catches_a_body_taken_against_the_schema(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    body = {"seats": ["A-1-1"], "colour": "red"}
    await check_agreement(bench, "/shows/hamlet/holds", body)
    monkeypatch.setattr("write_side.api.bodies._hold_decoder", msgspec.json.Decoder(AnyFields))
    with pytest.raises(AssertionError):
        await check_agreement(bench, "/shows/hamlet/holds", body)


async def test_that_check_catches_a_schema_that_forbids_what_is_taken(bench: Bench):
    body = {"seats": ["A-1-1"], "presale_code": "friends"}
    await check_agreement(bench, "/shows/hamlet/holds", body)
    del bench.app.openapi()["components"]["schemas"]["HoldBody"]["properties"]["presale_code"]
    with pytest.raises(AssertionError):
        await check_agreement(bench, "/shows/hamlet/holds", body)
