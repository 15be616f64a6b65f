"""Tokens that prove nothing, each in its own way; FORGERIES of attempts.py says what each is."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import jwt

from contracts.operations.tokens import ISSUER, Role, issue_token

EMPTY_FILE: Final = "/dev/null"


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a true token of Ann's, changed; None leaves a claim out."""
    told = {"iss": ISSUER, "sub": "ann", "role": Role.BUYER.value, "exp": int(time.time()) + 600} | changes
    return {name: value for name, value in told.items() if value is not None}


def by_hand(header: Mapping[str, str], secret: bytes) -> str:
    """A token whose header says what it likes, signed by HMAC-SHA-256 all the same."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims())]
    signature = hmac.digest(secret, b".".join(parts), hashlib.sha256)
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def signed(secret: str, **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, algorithm="HS256")


WAYS: Final[dict[str, Callable[[str], str | None]]] = {
    "nobody": lambda secret: None,
    "basic": lambda secret: "Basic " + base64.b64encode(b"ann:ann").decode(),
    "nonsense": lambda secret: "Bearer ey.ey.ey",
    "expired": lambda secret: "Bearer " + issue_token(secret, "ann", Role.BUYER, -1),
    "foreign": lambda secret: "Bearer " + issue_token("x" + secret, "ann", Role.BUYER, 600),
    "unsigned": lambda secret: "Bearer " + jwt.encode(claims(), None, algorithm="none"),
    "other-algorithm": lambda secret: "Bearer " + jwt.encode(claims(), secret, algorithm="HS512"),
    "confused": lambda secret: "Bearer " + by_hand({"alg": "RS256", "typ": "JWT"}, secret.encode()),
    "key-by-file": lambda secret: (
        "Bearer " + by_hand({"alg": "HS256", "kid": EMPTY_FILE}, Path(EMPTY_FILE).read_bytes())
    ),
    "eternal": lambda secret: "Bearer " + signed(secret, exp=None),
    "other-issuer": lambda secret: "Bearer " + signed(secret, iss="somebody"),
    "king": lambda secret: "Bearer " + signed(secret, role="king"),
    "too-long": lambda secret: "Bearer " + signed(secret, sub="a" * 10_000),
    "cut": lambda secret: "Bearer " + signed(secret)[:-1],
}
