"""What somebody is told whose command is not decided yet, and who asks once a second.

While the deciders are away thousands may ask. So this one answer is given in front of FastAPI (front.py) as well as by
the route.
"""

import re
from typing import Final

from contracts.operations.tokens import TokenRefused, TokenVerifier
from read_side.api import answers
from read_side.api.failures import RETRY_AFTER
from read_side.api.seating import Said
from read_side.queries.outcomes import CommandPlace, Outcomes

AT_PATTERN: Final = r"^([0-9]{1,6})\.([0-9]{1,18})\.([0-9]{1,6})$"
_AT: Final = re.compile(AT_PATTERN, re.ASCII)


def command_place(text: str) -> CommandPlace | None:
    """A place as `partition.offset.index`; None if it is none."""
    found = _AT.fullmatch(text)
    return None if found is None else CommandPlace(*(int(number) for number in found.groups()))


def pending(command_id: str) -> Said:
    """202: not known here yet."""
    return Said(202, dict(RETRY_AFTER), answers.encode(answers.CommandPending(command_id=command_id)))


class PendingView:
    """Answers who may ask for a command that is not decided; whatever else is asked is for the route."""

    def __init__(self, outcomes: Outcomes, verifier: TokenVerifier) -> None:
        self._outcomes = outcomes
        self._verifier = verifier

    async def pending(self, command_id: str, at: str, authorization: str | None) -> Said | None:
        """202, or None if this is not all that can be said. Raises NotProjected and pymongo's errors."""
        place = command_place(at)
        if place is None:
            return None
        try:
            self._verifier.verify(authorization)
        except TokenRefused:
            return None
        return None if await self._outcomes.passed(place) else pending(command_id)
