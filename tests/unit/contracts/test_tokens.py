"""Bearer tokens: what is believed, what is refused, what is remembered."""

import time

import jwt
import pytest

from contracts.operations import tokens
from contracts.operations.tokens import Role, TokenRefused, TokenVerifier, issue_token

SECRET = "a secret of thirty-two bytes, or more"


def bearer(secret=SECRET, algorithm="HS256", **changes):
    now = int(time.time())
    claims = {"iss": "seatlog", "sub": "ann", "role": "buyer", "iat": now, "exp": now + 600} | changes
    token = jwt.encode({name: value for name, value in claims.items() if value is not None}, secret, algorithm)
    return f"Bearer {token}"


def test_an_issued_token_names_its_caller():
    caller = TokenVerifier(SECRET).verify("Bearer " + issue_token(SECRET, "ann", Role.ORGANISER, 600))
    assert (caller.id, caller.role) == ("ann", Role.ORGANISER)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Basic YW5uOmFubg==",
        "Bearer not.a.token",
        bearer(secret="another secret of thirty-two bytes"),
        bearer(secret=None, algorithm="none"),
        bearer(exp=int(time.time()) - 1),
        bearer(exp=None),
        bearer(iss="somebody"),
        bearer(role="king"),
        bearer(role=None),
        bearer(sub=None),
        bearer(sub=""),
        bearer(sub="x" * 129),
        bearer(sub="ann\nbob"),
    ],
)
def test_what_proves_nothing_is_refused(authorization):
    with pytest.raises(TokenRefused):
        TokenVerifier(SECRET).verify(authorization)


def test_a_remembered_token_expires_all_the_same(monkeypatch):
    verifier, token = TokenVerifier(SECRET), bearer()
    verifier.verify(token)
    later = time.time() + 601
    monkeypatch.setattr(tokens.time, "time", lambda: later)
    with pytest.raises(TokenRefused, match="expired"):
        verifier.verify(token)


def test_a_remembered_token_is_not_decoded_again(monkeypatch):
    verifier, token = TokenVerifier(SECRET), bearer()
    first = verifier.verify(token)
    monkeypatch.setattr(tokens.jwt, "decode", lambda *_, **__: pytest.fail("decoded again"))
    assert verifier.verify(token) is first


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(tokens, "REMEMBERED_TOKENS", 3)
    verifier = TokenVerifier(SECRET)
    for number in range(10):
        verifier.verify(bearer(sub=f"buyer-{number}"))
    assert len(verifier._callers) == 3


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="at least 32 bytes"):
        TokenVerifier("short")
