"""Headers that make a question conditional: ETag, If-None-Match, If-Match-Version and Prefer."""

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

from contracts.limits import WAIT_SECONDS_DEFAULT, WAIT_SECONDS_MOST
from read_side.api.failures import malformed, not_yet

VERSION_HEADER: Final = "If-Match-Version"
_LOOK_SECONDS: Final = 0.01
"""Those who wait for the same show look together."""
_WAIT: Final = re.compile(r"(?:^|,)\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?:[,;]|$)", re.ASCII | re.IGNORECASE)
VERSION_PATTERN: Final = "^[0-9]{1,18}$"
_VERSION: Final = re.compile(VERSION_PATTERN, re.ASCII)


def etag(version: int) -> str:
    """A strong tag: the version."""
    return f'"{version}"'


def etag_of_page(body: bytes) -> str:
    """A strong tag: the hash of the page, as a list of many things has no version."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller has this representation already (RFC 9110, section 13.1.2: compared weakly)."""
    if if_none_match is None:
        return False
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in if_none_match.split(","))


async def wait_for_version(look: Callable[[], Awaitable[int | None]], wanted: str | None, prefer: str | None) -> None:
    """Wait until a show has reached the version in If-Match-Version, as long as Prefer allows. Raises Problem."""
    if wanted is None:
        return
    if _VERSION.fullmatch(wanted) is None:
        raise malformed(VERSION_HEADER, "must be a version, a whole number")
    deadline = time.monotonic() + _wait_seconds(prefer)
    while True:
        seen = await look()
        if seen is not None and seen >= int(wanted):
            return
        if time.monotonic() >= deadline:
            raise not_yet(int(wanted), seen)
        await asyncio.sleep(_LOOK_SECONDS)


def _wait_seconds(prefer: str | None) -> float:
    found = _WAIT.search(prefer or "")
    return WAIT_SECONDS_DEFAULT if found is None else min(float(found[1]), WAIT_SECONDS_MOST)
