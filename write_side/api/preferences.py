"""How long a caller wants to wait: the Prefer header (RFC 7240), of which what is not understood is ignored."""

import re
from typing import Final, NamedTuple

from contracts.limits import WAIT_SECONDS_DEFAULT, WAIT_SECONDS_MOST

_WAIT: Final = re.compile(r"wait\s*=\s*\"?(\d{1,9})\"?\s*(?:;.*)?", re.ASCII | re.IGNORECASE)
_RESPOND_ASYNC: Final = re.compile(r"respond-async\s*(?:;.*)?", re.ASCII | re.IGNORECASE)


class Preference(NamedTuple):
    """`wait_seconds` 0 means: answer 202 as soon as the command's place in the log is known."""

    wait_seconds: float
    applied: bytes
    """The value for Preference-Applied, empty when nothing was asked for."""


DEFAULT: Final = Preference(WAIT_SECONDS_DEFAULT, b"")
AT_ONCE: Final = Preference(0.0, b"respond-async")


def preference(header: bytes | None) -> Preference:
    """The preference in a Prefer header. The first `wait` counts; `respond-async` with a wait means to wait first."""
    if header is None:
        return DEFAULT
    at_once = False
    for text in header.decode("latin-1").split(","):
        stated = text.strip()
        if match := _WAIT.fullmatch(stated):
            seconds = min(float(match[1]), WAIT_SECONDS_MOST)
            return Preference(seconds, b"wait=%d" % seconds)
        at_once = at_once or _RESPOND_ASYNC.fullmatch(stated) is not None
    return AT_ONCE if at_once else DEFAULT
