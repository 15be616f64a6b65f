"""How routes are described in OpenAPI: what every command takes and every answer may be, said once."""

from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contracts import problems
from contracts.limits import IDEMPOTENCY_KEY_CHARACTERS, WAIT_SECONDS_DEFAULT, WAIT_SECONDS_MOST
from write_side.api.answers import Booking, Hold, Pending, Scheduled
from write_side.api.bodies import BookingBody, HoldBody
from write_side.api.show_request import ShowRequest

_REFERENCE: Final = "#/components/schemas/{name}"
_RECEIPT: Final = {
    "Seatlog-Receipt": {
        "description": "`partition:offset:sha256` of the event that decided it.",
        "schema": {"type": "string"},
    }
}
_CONFLICT_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "seat": {"type": "string"},
        "status": {"type": "string"},
        "since_version": {"type": "integer"},
    },
}
_PROBLEM_SCHEMA: Final = problems.schema(
    "`reason` is there for refusals, `errors` for invalid requests.",
    reason={"type": "string"},
    conflicts={"type": "array", "items": _CONFLICT_SCHEMA},
)
_PROBLEMS: Final = (400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503)
_RETRY_AFTER: Final = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
_LATER: Final = {
    429: {
        **_RETRY_AFTER,
        "RateLimit-Policy": {"description": '`"buyer";q=500;w=10`: requests, seconds.', "schema": {"type": "string"}},
        "RateLimit": {
            "description": '`"buyer";r=0;t=10`: requests left, seconds until all are again. Also on other answers to '
            "who has used half of them.",
            "schema": {"type": "string"},
        },
    },
    503: _RETRY_AFTER,
}
_MEANS: Final = {
    429: "You are asking too often; nothing was taken.",
    503: "The command was not taken: Kafka is away, or more commands wait than can be answered in time.",
}
_PARAMETERS: Final = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same key and body again is answered as the first time; another body is 422.",
        "schema": {"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_CHARACTERS, "pattern": "^[!-~]+$"},
    },
    {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": f"RFC 7240: `wait=N` seconds for the answer (default {WAIT_SECONDS_DEFAULT:g}, at most "
        f"{WAIT_SECONDS_MOST:g}), or `respond-async`. No answer by then is 202.",
        "schema": {"type": "string"},
    },
]


def command_description(
    *, takes: type[object] | None, gives: type[object] | None, status: int, says: str
) -> dict[str, Any]:
    """The `openapi_extra` of one command: its body, its answer, and what all commands have alike."""
    answers: dict[str, Any] = {str(status): {"description": says, "headers": dict(_RECEIPT)}}
    if gives is not None:
        answers[str(status)]["headers"]["Location"] = {"schema": {"type": "string"}}
        answers[str(status)]["content"] = _content("application/json", gives.__name__)
    answers["202"] = {
        "description": "Not decided in time. Location, if the log has the command, is where its outcome will be.",
        "headers": {"Location": {"schema": {"type": "string"}}, "Retry-After": {"schema": {"type": "integer"}}},
        "content": _content("application/json", Pending.__name__),
    }
    for code in _PROBLEMS:
        answers[str(code)] = {
            "description": _MEANS.get(code, HTTPStatus(code).phrase),
            "content": _content(problems.MEDIA_TYPE, "Problem"),
        }
        if code in _MEANS:
            answers[str(code)]["headers"] = _LATER[code]
    described: dict[str, Any] = {"parameters": list(_PARAMETERS), "responses": answers}
    if takes is not None:
        described["requestBody"] = {"required": True, "content": _content("application/json", takes.__name__)}
    return described


def describe(app: FastAPI) -> None:
    """Have the application's OpenAPI document contain the schemas of msgspec's and Pydantic's types alike."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            made.setdefault("components", {}).setdefault("schemas", {}).update(_schemas())
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _content(media_type: str, schema: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _REFERENCE.format(name=schema)}}}


def _schemas() -> dict[str, Any]:
    own = [HoldBody, BookingBody, Hold, Booking, Scheduled, Pending]
    _, components = msgspec.json.schema_components(own, ref_template=_REFERENCE)
    hold = components[HoldBody.__name__]
    del hold["properties"]["standing"]  # known only so that its refusal can say why
    hold["oneOf"] = [{"required": ["seats"]}, {"required": ["best_available"]}]
    show = ShowRequest.model_json_schema(ref_template=_REFERENCE.replace("{name}", "{model}"))
    return {**components, **show.pop("$defs"), "ShowRequest": show, "Problem": _PROBLEM_SCHEMA}
