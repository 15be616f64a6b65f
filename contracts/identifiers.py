"""How shows and commands get their ids."""

import re
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.limits import SHOW_ID_CHARACTERS

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:seatlog")
_SHOW_ID: Final = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{SHOW_ID_CHARACTERS - 1}}}")


def is_show_id(text: str) -> bool:
    """Whether a text can name a show: a slug of lower-case letters, digits and hyphens, or a UUID."""
    return _SHOW_ID.fullmatch(text) is not None


def scheduled_show_id(organiser_id: str, idempotency_key: str) -> str:
    """The id of a show that its organiser did not name: scheduling it twice makes one show."""
    return _uuid("show", organiser_id, idempotency_key)


def keyed_command_id(caller_id: str, show_id: str, idempotency_key: str) -> str:
    """The id of a command sent with an Idempotency-Key: the same on whichever API node it lands."""
    return _uuid("command", caller_id, show_id, idempotency_key)


def expiry_command_id(hold_id: str) -> str:
    """The id under which the clock asks for the end of a hold."""
    return _uuid("expiry", hold_id)


def _uuid(kind: str, *parts: str) -> str:
    return str(uuid5(_NAMESPACE, "\x1f".join((kind, *parts))))


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID in its canonical form."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
