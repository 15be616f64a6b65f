"""Answers as responses of FastAPI's kind, and the errors that its router finds by itself."""

from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ExceptionHandler

from contracts import problems
from contracts.operations.request_body import CallerGone
from write_side.api.answers import PROBLEM, Answer, internal_error
from write_side.api.incoming import Rejected

_FOUND_BY_THE_ROUTER: Final = {
    404: (problems.NOT_FOUND, "There is nothing under this path."),
    405: (problems.METHOD_NOT_ALLOWED, "This method cannot be used here."),
}


def response(answer: Answer) -> Response:
    """An answer as it is, byte by byte."""
    made = Response(answer.body, answer.status)
    made.raw_headers = answer.headers
    return made


def tell_errors(app: FastAPI) -> None:
    """Have every error of this application told as a problem."""
    handlers: dict[type[Exception], ExceptionHandler] = {
        Rejected: _rejected,
        CallerGone: _gone,
        HTTPException: _http,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _rejected(_: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    return response(error.answer)


async def _gone(_: Request, error: Exception) -> Response:
    assert isinstance(error, CallerGone)
    return Response(status_code=400)  # nobody is there to read it


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind, title = _FOUND_BY_THE_ROUTER.get(error.status_code, (problems.INVALID_REQUEST, "The request is not valid."))
    body = problems.problem(error.status_code, kind, title)
    return Response(body, error.status_code, dict(error.headers or {}), PROBLEM.decode())


async def _unexpected(_: Request, __: Exception) -> Response:
    return response(internal_error())
