"""Signed bearer tokens: who calls, and in which role. Issued by one process, verified by the others."""

import time
from collections import OrderedDict
from enum import StrEnum
from typing import Final, NamedTuple

import jwt

ALGORITHM: Final = "HS256"
ISSUER: Final = "seatlog"
SECRET_BYTES_LEAST: Final = 32
"""RFC 7518, section 3.2: a key of at least the hash's size."""
CALLER_ID_CHARACTERS: Final = 128
"""A caller's id stands in every event about them."""
REMEMBERED_TOKENS: Final = 20_000


class Role(StrEnum):
    """What a caller may be."""

    BUYER = "buyer"
    ORGANISER = "organiser"
    DOOR = "door"
    AUDITOR = "auditor"


class Caller(NamedTuple):
    """Who sent a request; `expires_at` in seconds since 1970."""

    id: str
    role: Role
    expires_at: int


class TokenRefused(Exception):
    """The token does not prove who calls; the message says why, without repeating the token."""


def issue_token(secret: str, caller_id: str, role: Role, valid_seconds: int) -> str:
    """A token for this caller, for a development issuer or a test."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": caller_id, "role": role.value, "iat": now, "exp": now + valid_seconds}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


class TokenVerifier:
    """Verifies a token once and remembers it until it expires; the oldest of REMEMBERED_TOKENS are forgotten first."""

    def __init__(self, secret: str) -> None:
        if len(secret.encode()) < SECRET_BYTES_LEAST:
            raise ValueError(f"SEATLOG_TOKEN_SECRET must have at least {SECRET_BYTES_LEAST} bytes")
        self._secret = secret
        self._callers: OrderedDict[str, Caller] = OrderedDict()

    def verify(self, authorization: str | None) -> Caller:
        """The caller named by an Authorization header. Raises TokenRefused."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefused("an Authorization header with a bearer token is needed")
        caller = self._callers.get(token)
        if caller is None:
            caller = self._callers[token] = self._decode(token)
            if len(self._callers) > REMEMBERED_TOKENS:
                self._callers.popitem(last=False)
        if caller.expires_at <= time.time():
            del self._callers[token]
            raise TokenRefused("the token has expired")
        return caller

    def _decode(self, token: str) -> Caller:
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": ["exp", "sub", "role"]},
            )
            caller = Caller(claims["sub"], Role(claims["role"]), int(claims["exp"]))
        except jwt.ExpiredSignatureError as error:
            raise TokenRefused("the token has expired") from error
        except (jwt.InvalidTokenError, ValueError) as error:
            raise TokenRefused("the token is not valid") from error
        if not 1 <= len(caller.id) <= CALLER_ID_CHARACTERS or not caller.id.isprintable():
            raise TokenRefused(f"the token's sub must be 1 to {CALLER_ID_CHARACTERS} printable characters")
        return caller
