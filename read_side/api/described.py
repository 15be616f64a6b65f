"""How routes are described in OpenAPI: msgspec's types and the problems, said once."""

from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

from contracts import problems
from read_side.api import answers

_REFERENCE: Final = "#/components/schemas/{name}"
_TYPES: Final = (
    *(answers.Show, answers.ShowPage, answers.SeatMap, answers.CompactSeatMap),
    *(answers.Hold, answers.Booking, answers.BookingPage, answers.BookingReceipt),
    *(answers.CommandPending, answers.CommandOutcome),
)
_PROBLEM_SCHEMA: Final = problems.schema("`errors` names what is wrong with an invalid request.")


def gives(*either: type[object], tagged: bool = False, signed: bool = False) -> dict[str, Any]:
    """Keyword arguments of a route: what it answers, whether it has an ETag, whether it needs a token."""
    good: dict[str, Any] = {"description": "OK", "content": content(*either)}
    if tagged:
        says = "The show's version; of a list, its hash."
        good["headers"] = {"ETag": {"description": says, "schema": {"type": "string"}}}
    refusals = [404, 422, 429, 503, *([401, 403] if signed else [])]
    told: dict[int, Any] = {
        code: {"description": HTTPStatus(code).phrase, "content": {problems.MEDIA_TYPE: {"schema": _schema("Problem")}}}
        for code in sorted(refusals)
    }
    if tagged:
        told[304] = {"description": "You have this version."}
    return {"response_class": Response, "responses": {200: good, **told}}


def describe(app: FastAPI) -> None:
    """Have the application's OpenAPI document contain the schemas of msgspec's types."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            _, components = msgspec.json.schema_components(_TYPES, ref_template=_REFERENCE)
            made.setdefault("components", {}).setdefault("schemas", {}).update(components, Problem=_PROBLEM_SCHEMA)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def content(*either: type[object]) -> dict[str, Any]:
    """The content of a good answer, which is of one of these types."""
    schemas = [_schema(answer.__name__) for answer in either]
    return {answers.JSON: {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(name=name)}
