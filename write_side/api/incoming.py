"""A request before it is a command: who sends it, with which headers and how many bytes. Plain ASGI, no framework."""

import os
import re
import time
from typing import Final, NamedTuple

from contracts import problems
from contracts.identifiers import is_show_id, keyed_command_id
from contracts.limits import IDEMPOTENCY_KEY_CHARACTERS
from contracts.operations.health import Receive, Scope
from contracts.operations.rate_limits import RateLimits, Standing, too_often
from contracts.operations.request_body import CLOSE, BodyTooLarge, whole_body
from contracts.operations.tokens import Caller, Role, TokenRefused, TokenVerifier
from write_side.api.answers import Answer, retry_after, told
from write_side.api.preferences import Preference, preference

WRONG_ROLE: Final = "wrong_role"
_KEY: Final = re.compile(rb"[\x21-\x7e]{1,%d}" % IDEMPOTENCY_KEY_CHARACTERS)
_TRACEPARENT: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_JSON: Final = re.compile(rb"application/json\s*(;\s*charset=\"?utf-8\"?\s*)?", re.IGNORECASE)
_PLAIN_JSON: Final = b"application/json"


class Rejected(Exception):
    """The request is no command; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Incoming(NamedTuple):
    """What the headers of a request say."""

    caller: Caller
    key: str | None
    preference: Preference
    traceparent: str
    headers: dict[bytes, bytes]
    standing: Standing | None
    """Of a caller who has used much of his quota."""

    def command_id(self, show_id: str) -> str:
        """The id of the command that this request makes: the same for the same caller, show and Idempotency-Key."""
        return fresh_id() if self.key is None else keyed_command_id(self.caller.id, show_id, self.key)


def incoming(scope: Scope, verifier: TokenVerifier, limits: RateLimits, role: Role) -> Incoming:
    """Read the headers of a request that only this role may send. Raises Rejected."""
    headers = dict(scope["headers"])
    caller = _caller(headers.get(b"authorization"), verifier)
    standing = limits.take(caller)
    if standing is not None and standing.wait_seconds:
        more = retry_after(standing.wait_seconds), *standing.headers()
        raise Rejected(told(429, too_often(standing), *more))
    if caller.role is not role:
        detail = f"This needs the role {role.value}, and you are {caller.role.value}."
        body = problems.problem(403, problems.FORBIDDEN, "Your role may not do this.", detail, reason=WRONG_ROLE)
        raise Rejected(told(403, body))
    key = headers.get(b"idempotency-key")
    if key is not None and _KEY.fullmatch(key) is None:
        message = f"must be 1 to {IDEMPOTENCY_KEY_CHARACTERS} visible ASCII characters"
        raise invalid(400, "Idempotency-Key", message)
    trace = headers.get(b"traceparent")
    return Incoming(
        caller,
        None if key is None else key.decode("ascii"),
        preference(headers.get(b"prefer")),
        trace.decode("ascii") if trace is not None and _TRACEPARENT.fullmatch(trace) else "",
        headers,
        standing,
    )


def _caller(authorization: bytes | None, verifier: TokenVerifier) -> Caller:
    try:
        return verifier.verify(None if authorization is None else authorization.decode("latin-1"))
    except TokenRefused as error:
        body = problems.problem(401, problems.UNAUTHENTICATED, "A valid bearer token is needed.", str(error))
        challenge = b'Bearer realm="seatlog"' + (b', error="invalid_token"' if authorization else b"")
        raise Rejected(told(401, body, (b"www-authenticate", challenge))) from error


async def json_body(headers: dict[bytes, bytes], receive: Receive, limit_bytes: int) -> bytes:
    """The whole body of a JSON request, counted while it comes. Raises Rejected (413, 415) and CallerGone."""
    media_type = headers.get(b"content-type", b"")
    if media_type != _PLAIN_JSON and _JSON.fullmatch(media_type) is None:
        detail = "The Content-Type must be application/json."
        body = problems.problem(415, problems.UNSUPPORTED_MEDIA_TYPE, "This media type is not understood.", detail)
        raise Rejected(told(415, body, CLOSE))
    try:
        return await whole_body(headers, receive, limit_bytes)
    except BodyTooLarge as error:
        detail = f"The body may have at most {limit_bytes} bytes."
        body = problems.problem(413, problems.TOO_LARGE, "The request is too large.", detail)
        raise Rejected(told(413, body, *([CLOSE] if error.unread else []))) from error


def invalid(status: int, field: str, message: str) -> Rejected:
    """A request with one field that is not as it must be."""
    return Rejected(told(status, problems.invalid(status, [(field, message)])))


def known_show_id(text: str) -> str:
    """A show id as a path has it. Raises Rejected (404) if no show can be called that."""
    if not is_show_id(text):
        raise Rejected(told(404, problems.problem(404, problems.NOT_FOUND, "There is no such show.")))
    return text


def fresh_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    stamp = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    digits = (stamp + os.urandom(10)).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
