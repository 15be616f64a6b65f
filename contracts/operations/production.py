"""What is refused outside development: secrets that others may know, and servers that let everybody in.

A process is in production unless it is told otherwise: whoever forgets the setting finds out at the first start.
"""

from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from contracts.operations.tokens import SECRET_BYTES_LEAST

DEVELOPMENT_MARK: Final = "development"
"""Stands in every secret that a local stack makes, so that it is known again elsewhere."""
WORDS_OF_NO_SECRET: Final = (DEVELOPMENT_MARK, "secret", "password", "changeme", "example", "seatlog")
DISTINCT_CHARACTERS_LEAST: Final = 10
"""32 random bytes practically never have fewer, as hexadecimal digits either; a repeated phrase often has."""
HOW_TO_DEVELOP: Final = "or set SEATLOG_ENVIRONMENT=development where nobody else can connect"


class Environment(StrEnum):
    """Where a process runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def secret_fault(name: str, secret: str) -> str | None:
    """Why the value of this variable is no secret, or None; the value is not repeated."""
    if len(secret.encode()) < SECRET_BYTES_LEAST:
        return f"{name} must have at least {SECRET_BYTES_LEAST} bytes"
    word = next((word for word in WORDS_OF_NO_SECRET if word in secret.lower()), None)
    if word is not None:
        return f"{name} has the word {word!r} in it: others may know it; take {SECRET_BYTES_LEAST} random bytes"
    if len(set(secret)) < DISTINCT_CHARACTERS_LEAST:
        return f"{name} can be guessed: take {SECRET_BYTES_LEAST} random bytes"
    return None


def mongo_fault(uri: str) -> str | None:
    """Why this MongoDB may let everybody in, or None."""
    address = urlsplit(uri)
    if address.username and address.password:
        return None
    if "authMechanism=MONGODB-X509" in address.query or "authMechanism=MONGODB-AWS" in address.query:
        return None  # these bring their credentials along by other means
    return "SEATLOG_MONGO names no user and password"


def demand_production(process: str, environment: Environment, *faults: str | None) -> None:
    """End the process with a sentence if it is in production and anything is at fault."""
    found = [fault for fault in faults if fault is not None]
    if environment is Environment.PRODUCTION and found:
        raise SystemExit(f"{process}: not fit for production: {'; '.join(found)}; mend it, {HOW_TO_DEVELOP}")
