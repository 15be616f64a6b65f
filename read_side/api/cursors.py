"""Opaque cursors: where the next page begins, in a form that callers only hand back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

import msgspec

from read_side.api.failures import malformed

Position = tuple[int, str]
"""What pages are sorted by: a time in milliseconds, and an id to tell equal times apart."""
_LARGEST = 2**63 - 1


def cursor(position: Position) -> str:
    """A position as callers see it."""
    time, identifier = position
    return urlsafe_b64encode(msgspec.json.encode((int(time), identifier))).rstrip(b"=").decode()


def position(text: str) -> Position:
    """The position in a cursor. Raises Problem (422) for a text that is no cursor of ours."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        time, identifier = msgspec.json.decode(urlsafe_b64decode(padded), type=Position)
    except (msgspec.DecodeError, UnicodeError, Error) as error:
        raise malformed("cursor", "must be the `next` of an earlier page") from error
    if abs(time) > _LARGEST:
        raise malformed("cursor", "must be the `next` of an earlier page")
    return time, identifier
