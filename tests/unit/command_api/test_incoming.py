"""Headers and bodies of requests, before there is a command."""

import asyncio
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any

import jwt
import pytest

from contracts.identifiers import keyed_command_id
from contracts.operations.rate_limits import RateLimits
from contracts.operations.request_body import CallerGone
from contracts.operations.tokens import ISSUER, Role, TokenVerifier, issue_token
from tests.unit.command_api.saying import told
from write_side.api.incoming import Incoming, Rejected, fresh_id, incoming, json_body, known_show_id

SECRET = "s" * 32
VERIFIER = TokenVerifier(SECRET)
NO_LIMITS = RateLimits({}, lambda: None)
JSON = {b"content-type": b"application/json"}
ANN = issue_token(SECRET, "ann", Role.BUYER, 3600)


def read(token: str | None = ANN, role: Role = Role.BUYER, **headers: str) -> Incoming:
    pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    if token is not None:
        pairs.append((b"authorization", f"Bearer {token}".encode()))
    return incoming({"headers": pairs}, VERIFIER, NO_LIMITS, role)


def refused(token: str | None = ANN, **more: Any) -> Rejected:
    with pytest.raises(Rejected) as rejected:
        read(token, **more)
    return rejected.value


def forged(key: str = SECRET, algorithm: str = "HS256", **changes: object) -> str:
    claims: dict[str, object] = {"iss": ISSUER, "sub": "ann", "role": "buyer", "exp": int(time.time()) + 3600}
    return jwt.encode({k: v for k, v in (claims | changes).items() if v is not None}, key, algorithm=algorithm)


def test_the_caller_is_who_the_token_says():
    assert (read().caller.id, read().caller.role) == ("ann", Role.BUYER)
    assert read(forged()).caller.id == "ann", "so that the forgeries below differ in one thing only"


@pytest.mark.parametrize(
    "token",
    [
        None,
        "",
        "nonsense",
        "\xff\xfe",
        forged(key="t" * 32),
        forged(key="", algorithm="none"),
        forged(exp=int(time.time()) - 1),
        forged(exp=None),
        forged(sub=None),
        forged(role="emperor"),
        forged(iss="somebody"),
        ANN[:-2] + ("AA" if not ANN.endswith("AA") else "BB"),
    ],
)
def test_whoever_proves_nothing_is_401_with_a_challenge(token: str | None):
    pairs = [] if token is None else [(b"authorization", b"Bearer " + token.encode("latin-1"))]
    with pytest.raises(Rejected) as rejected:
        incoming({"headers": pairs}, VERIFIER, NO_LIMITS, Role.BUYER)
    assert rejected.value.answer.status == 401
    assert dict(rejected.value.answer.headers)[b"www-authenticate"].startswith(b"Bearer")


def test_a_wrong_role_is_403():
    said = told(refused(role=Role.ORGANISER).answer.body)
    assert (said["status"], said["reason"]) == (403, "wrong_role")


def test_a_key_makes_the_command_id_and_without_one_it_is_fresh():
    assert read(idempotency_key="k").command_id("hamlet") == keyed_command_id("ann", "hamlet", "k")
    assert read().command_id("hamlet") != read().command_id("hamlet")


@pytest.mark.parametrize("key", ["", "a b", "k\x7f", "ü", "x" * 129])
def test_a_bad_key_is_named(key: str):
    rejected = refused(idempotency_key=key)
    assert rejected.answer.status == 400
    assert told(rejected.answer.body)["errors"][0]["field"] == "Idempotency-Key"  # type: ignore[index]


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (TRACE, TRACE),
        (TRACE.upper(), ""),
        (TRACE + "-x", ""),
        ("00-" + "0" * 32 + TRACE[35:], ""),
        ("ff" + TRACE[2:], ""),
        ("", ""),
    ],
)
def test_a_well_formed_trace_is_passed_on(sent: str, kept: str):
    assert read(traceparent=sent).traceparent == kept


def test_fresh_ids_are_uuid_7_in_the_order_of_time():
    ids = [fresh_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    for text in ids[:50]:
        parsed = uuid.UUID(text)
        assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, text)
        assert abs(int(text.replace("-", "")[:12], 16) / 1000 - time.time()) < 5
    assert re.sub("-", "", ids[0])[:12] <= re.sub("-", "", ids[-1])[:12]


def pieces(*bodies: bytes, end: str = "http.request") -> Any:
    messages: Iterable[dict[str, Any]] = iter(
        [{"type": "http.request", "body": body, "more_body": True} for body in bodies]
        + [{"type": end, "body": b"", "more_body": False}]
    )

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return next(messages)  # type: ignore[call-overload,no-any-return]

    return receive


async def test_a_body_comes_whole_however_it_was_cut():
    assert await json_body(JSON, pieces(b"{", b"}"), 2) == b"{}"


@pytest.mark.parametrize(
    "media_type",
    [b"application/json", b"Application/JSON", b"application/json; charset=utf-8", b'application/json;charset="UTF-8"'],
)
async def test_json_may_be_called_json(media_type: bytes):
    assert await json_body({b"content-type": media_type}, pieces(b"{}"), 10) == b"{}"


@pytest.mark.parametrize("media_type", [b"", b"text/plain", b"application/jsonp", b"application/json; charset=utf-16"])
async def test_another_media_type_is_415(media_type: bytes):
    with pytest.raises(Rejected) as rejected:
        await json_body({b"content-type": media_type}, pieces(b"{}"), 10)
    assert rejected.value.answer.status == 415


@pytest.mark.parametrize("length", [None, b"1", b"-5", b"x"])
async def test_too_much_is_413_whatever_content_length_says(length: bytes | None):
    headers = JSON if length is None else JSON | {b"content-length": length}
    with pytest.raises(Rejected) as rejected:
        await json_body(headers, pieces(*[b"x" * 10] * 5), 49)
    assert rejected.value.answer.status == 413
    assert (b"connection", b"close") in rejected.value.answer.headers


async def test_a_length_over_the_limit_is_413_before_anything_is_read():
    with pytest.raises(Rejected) as rejected:
        await json_body(JSON | {b"content-length": b"11"}, pieces(), 10)
    assert rejected.value.answer.status == 413


async def test_a_caller_who_leaves_in_the_middle_is_no_request():
    with pytest.raises(CallerGone):
        await json_body(JSON, pieces(b"{", end="http.disconnect"), 10)


@pytest.mark.parametrize("show_id", ["", "Hamlet", "a b", "-x", "~0", "x" * 65, "ü"])
def test_what_cannot_be_a_show_is_404(show_id: str):
    with pytest.raises(Rejected) as rejected:
        known_show_id(show_id)
    assert rejected.value.answer.status == 404
