"""Errors over HTTP as both APIs tell them: RFC 9457 problems, whose `type` is stable and made for programs."""

from http import HTTPStatus
from typing import Final

import msgspec

from contracts.refusals import REFUSALS, Reason

MEDIA_TYPE: Final = "application/problem+json"
_TYPE_PREFIX: Final = "urn:seatlog:problem:"

INVALID_REQUEST: Final = "invalid-request"
"""400 and 422; `errors` lists `{"field": ..., "message": ...}`."""
UNAUTHENTICATED: Final = "unauthenticated"
FORBIDDEN: Final = "forbidden"
NOT_FOUND: Final = "not-found"
METHOD_NOT_ALLOWED: Final = "method-not-allowed"
TOO_LARGE: Final = "request-too-large"
TOO_SLOW: Final = "request-too-slow"
UNSUPPORTED_MEDIA_TYPE: Final = "unsupported-media-type"
RATE_LIMITED: Final = "rate-limited"
UNAVAILABLE: Final = "unavailable"
NOT_YET: Final = "version-not-yet-visible"
INTERNAL: Final = "internal-error"

_TOLD_AS: Final = {Reason.NOT_YOUR_HOLD: Reason.UNKNOWN_HOLD}
"""Reasons that would tell a stranger that something exists, and what he is told instead."""

_TEXT: Final = {"type": "string"}

_encode: Final = msgspec.json.Encoder().encode


def problem(status: int, kind: str, title: str, detail: str | None = None, **fields: object) -> bytes:
    """The body of one problem: `kind` is the last part of its `type`; `fields` are added as they are."""
    body: dict[str, object] = {"type": _TYPE_PREFIX + kind, "title": title, "status": int(status)}
    if detail is not None:
        body["detail"] = detail
    return _encode(body | fields)


def schema(says: str, **more: object) -> dict[str, object]:
    """The JSON schema of a problem, described by `says`; `more` are the schemas of further members."""
    error = {"type": "object", "properties": {"field": _TEXT, "message": _TEXT}}
    members = {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "errors": {"type": "array", "items": error},
    }
    return {
        "type": "object",
        "description": f"RFC 9457. {says}",
        "properties": members | more,
        "required": ["type", "title", "status"],
    }


def invalid(status: int, errors: list[tuple[str, str]]) -> bytes:
    """A request that is not as it must be: `errors` are (field, what is wrong with it), at least one."""
    return problem(
        status,
        INVALID_REQUEST,
        "The request is not valid.",
        "; ".join(f"{field}: {message}" for field, message in errors),
        errors=[{"field": field, "message": message} for field, message in errors],
    )


def told_as(reason: Reason) -> Reason:
    """The reason that a caller is told, which may be less than the true one."""
    return _TOLD_AS.get(reason, reason)


def refusal_problem(reason: Reason, detail: str | None = None, **fields: object) -> tuple[HTTPStatus, bytes]:
    """The status and body for a refusal; `fields` such as `conflicts` are added as they are."""
    told = told_as(reason)
    status, sentence = REFUSALS[told]
    return status, problem(status, told.value.replace("_", "-"), sentence, detail, reason=told.value, **fields)
