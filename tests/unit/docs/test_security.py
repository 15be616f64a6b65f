"""docs/security.md has the attempts that are made, each test that it points to is there, and no route is untold."""

import ast

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pymongo import AsyncMongoClient

from contracts.operations.rate_limits import RateLimits
from contracts.operations.tokens import TokenVerifier
from read_side.api.app import QueryApi
from tests.adapters.security.attempt import RISKS
from tests.adapters.security.attempts import ATTEMPTS
from tests.adapters.security.elsewhere import ELSEWHERE
from tests.adapters.security.forging import WAYS
from tests.adapters.security.told import FILE, with_attempts
from tests.documents import PROJECT, code, rows
from write_side.api.app import documented_app

SECURITY = FILE.read_text(encoding="utf-8")
HTTP = (PROJECT / "docs" / "http.md").read_text(encoding="utf-8")
SECRET = "s" * 32
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OPEN_TO_ALL = {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}
"""The descriptions themselves, which FastAPI leaves out of them."""


def is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    path = PROJECT / "tests" / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name for each in tree.body)


def untold(text: str, routes: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Routes that only one of document and code has."""
    told = {route.partition(" ")[::2] for cells in rows(text) for route in code(cells[0])}
    return {(method, path) for method, path in told ^ routes if method in METHODS}


def served(app: FastAPI) -> set[str]:
    """The paths of an application and of the routers in it."""
    lists = [app.routes, *(each.original_router.routes for each in app.routes if hasattr(each, "original_router"))]
    return {route.path for routes in lists for route in routes if hasattr(route, "path")}


@pytest.fixture
def apps():
    query = QueryApi(AsyncMongoClient("mongodb://127.0.0.1:1")["x"], SECRET, {}, CollectorRegistry()).app
    return [documented_app(None, TokenVerifier(SECRET), RateLimits({}, lambda: None)), query._others._others]


@pytest.fixture
def routes(apps) -> set[tuple[str, str]]:
    """What both OpenAPI documents describe."""
    return {
        (method.upper(), path) for app in apps for path, methods in app.openapi()["paths"].items() for method in methods
    }


def test_the_document_has_every_attempt_and_no_other():
    assert with_attempts(SECURITY) == SECURITY, "run `python -m tests.adapters.security.told`"


def test_an_attempt_that_was_changed_is_found():
    changed = SECURITY.replace("| read another's hold | 404 `unknown-hold` |", "| read another's hold | 403 |")
    assert changed != SECURITY
    assert with_attempts(changed) != changed


def test_each_risk_has_attempts():
    assert set(RISKS) - {"API10"} <= {each.risk for each in ATTEMPTS}
    assert {each.risk for each in ELSEWHERE} <= set(RISKS)


def test_each_way_to_forge_a_token_is_tried_on_both_apis():
    assert {by: sum(each.by == by for each in ATTEMPTS if each.risk == "API2") for by in WAYS} == {
        by: 4 if by == "nobody" else 2 for by in WAYS
    }


def test_the_tests_that_are_pointed_to_are_there():
    assert [each.test for each in ELSEWHERE if not is_there(each.test)] == []


@pytest.mark.parametrize("test", ["unit/docs/test_security.py::test_nothing", "unit/nowhere.py::test_it"])
def test_a_test_that_is_not_there_is_found(test):
    assert not is_there(test)


def test_the_document_lists_every_route_and_no_other(routes):
    assert untold(HTTP, routes) == set()


@pytest.mark.parametrize(
    ("true", "false"),
    [("| `POST /shows` |", "| `PUT /shows` |"), ("`GET /bookings/{booking_id}`, ", "")],
)
def test_a_route_that_is_not_listed_is_found(routes, true, false):
    assert true in HTTP
    assert untold(HTTP.replace(true, false), routes)


def test_every_route_is_described(apps):
    for app in apps:
        assert served(app) - set(app.openapi()["paths"]) == OPEN_TO_ALL


def test_a_route_that_is_not_described_is_found(apps):
    apps[0].add_api_route("/admin", lambda: None, include_in_schema=False)
    assert served(apps[0]) - set(apps[0].openapi()["paths"]) - OPEN_TO_ALL == {"/admin"}
