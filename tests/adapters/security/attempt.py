"""What an attempt is, and the risks that attempts are sorted by."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

RISKS: Final = {
    "API1": "Broken object level authorization",
    "API2": "Broken authentication",
    "API3": "Broken object property level authorization",
    "API4": "Unrestricted resource consumption",
    "API5": "Broken function level authorization",
    "API6": "Unrestricted access to sensitive business flows",
    "API7": "Server side request forgery",
    "API8": "Security misconfiguration",
    "API9": "Improper inventory management",
    "API10": "Unsafe consumption of APIs",
}
"""The OWASP API Security Top 10 of 2023."""
NOTHING: Final[Mapping[str, Any]] = {}


class Attempt(NamedTuple):
    """One request and the answer it must get: status, and a word of the body.

    `by` is a person, or a way to forge a token (forging.py). `body` is sent as JSON, bytes as they are; `show` are
    changes to a good request for a show. `may` could do the very same: then it is refused for who asks, and not for
    how. Reading goes to the query API unless `at_commands`. {names} in braces are filled in by stage.py.
    """

    risk: str
    what: str
    request: str
    answer: int
    says: str = ""
    by: str = "bob"
    body: Any = None
    show: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = NOTHING
    may: str = ""
    at_commands: bool = False


def hold(risk: str, what: str, answer: int, says: str, body: Any, by: str = "bob", **headers: str) -> Attempt:
    """A hold at Ann's show."""
    return Attempt(risk, what, "POST /shows/{show}/holds", answer, says, by, body, headers=dashed(headers))


def book(risk: str, what: str, answer: int, says: str, body: Any, by: str = "bob") -> Attempt:
    """A booking at Ann's show."""
    return Attempt(risk, what, "POST /shows/{show}/bookings", answer, says, by, body)


def schedule(
    risk: str, what: str, answer: int, says: str, by: str = "organiser", may: str = "", **show: Any
) -> Attempt:
    """A good request for a show, with these changes."""
    return Attempt(risk, what, "POST /shows", answer, says, by, show=show, may=may)


def ask(risk: str, what: str, path: str, answer: int, says: str = "", by: str = "bob", **headers: str) -> Attempt:
    """A question to the query API."""
    return Attempt(risk, what, f"GET {path}", answer, says, by, headers=dashed(headers))


def dashed(headers: Mapping[str, str]) -> dict[str, str]:
    """Names of headers as they are sent."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
