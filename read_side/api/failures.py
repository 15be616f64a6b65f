"""Everything that can go wrong with a question, as problems (RFC 9457)."""

from collections.abc import Mapping
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, OperationFailure, WaitQueueTimeoutError
from starlette.exceptions import HTTPException

from contracts import problems
from contracts.operations.tokens import TokenRefused
from read_side.queries.read_models import NotProjected
from read_side.queries.seat_maps import Unsettled

RETRY_AFTER: Final = {"Retry-After": "1"}
_GOING_AWAY: Final = frozenset({6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
"""Codes by which MongoDB says that it is going away or is not the primary."""
_log = structlog.get_logger()


class Problem(Exception):
    """A whole answer that says no."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def not_found(what: str) -> Problem:
    """404: there is no such thing, or not for this caller; said as the command API says it."""
    return Problem(404, problems.problem(404, f"unknown-{what}", f"There is no such {what}."))


def malformed(field: str, message: str) -> Problem:
    """422 that names the field."""
    return Problem(422, problems.invalid(422, [(field, message)]))


def not_yet(version: int, seen: int | None) -> Problem:
    """503: the version asked for is not visible here yet."""
    state = "the show is not visible yet" if seen is None else f"version {seen} is what is visible"
    detail = f"Version {version} was asked for; {state}."
    body = problems.problem(503, problems.NOT_YET, "That version is not visible yet.", detail, version=seen)
    return Problem(503, body, RETRY_AFTER)


def unavailable(detail: str) -> Problem:
    """503: try again soon."""
    body = problems.problem(503, problems.UNAVAILABLE, "The read models cannot be read at the moment.", detail)
    return Problem(503, body, RETRY_AFTER)


def as_problem(error: Exception) -> Problem:
    """The problem that an error means; 500 for one that nobody foresaw, which is also logged."""
    match error:
        case Problem():
            return error
        case TokenRefused():
            body = problems.problem(401, problems.UNAUTHENTICATED, "A valid bearer token is needed.", str(error))
            return Problem(401, body, {"WWW-Authenticate": 'Bearer realm="seatlog"'})
        case NotProjected():
            return unavailable("No projector has run yet.")
        case Unsettled():
            return unavailable("The seat map changed every time that it was read.")
        case WaitQueueTimeoutError():
            return unavailable("Too many questions wait for MongoDB.")
        case ConnectionFailure() | ExecutionTimeout():
            return unavailable("MongoDB is away.")
        case OperationFailure(code=code) if code in _GOING_AWAY:
            return unavailable("MongoDB is away.")
        case _:
            _log.error("a question failed", exc_info=error)
            return Problem(500, problems.problem(500, problems.INTERNAL, "Something went wrong on our side."))


def answer(problem: Problem) -> Response:
    """A problem as a response."""
    return Response(problem.body, problem.status, problem.headers, problems.MEDIA_TYPE)


def tell_problems(app: FastAPI) -> None:
    """Have an application answer every error as a problem."""

    async def told(_: Request, error: Exception) -> Response:
        return answer(as_problem(error))

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [(str(each["loc"][-1]), str(each["msg"])) for each in error.errors()]
        return answer(Problem(422, problems.invalid(422, found)))

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = {404: problems.NOT_FOUND, 405: problems.METHOD_NOT_ALLOWED}.get(error.status_code, problems.INTERNAL)
        body = problems.problem(error.status_code, kind, str(error.detail))
        return answer(Problem(error.status_code, body, error.headers))

    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, refused)
    for kind in (Problem, TokenRefused, NotProjected, Unsettled, ConnectionFailure, ExecutionTimeout, OperationFailure):
        app.add_exception_handler(kind, told)
    app.add_exception_handler(Exception, told)
