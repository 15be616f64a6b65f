"""What became of a command, for whoever was told 202 and asks again every second.

While the deciders are away thousands do. So front.py answers them in front of FastAPI, by the same code as the route.
"""

import re
from typing import Final

import msgspec
from msgspec import Raw

from contracts import problems
from contracts.operations.tokens import Caller
from contracts.read_models import OutcomeDocument
from contracts.records import rfc3339
from contracts.refusals import REFUSALS, Reason
from read_side.api import answers
from read_side.api.failures import RETRY_AFTER, Problem, malformed, not_found
from read_side.api.seating import Said
from read_side.queries.outcomes import CommandPlace, Decided, Outcomes

AT_PATTERN: Final = r"^([0-9]{1,6})\.([0-9]{1,18})\.([0-9]{1,6})$"
_AT: Final = re.compile(AT_PATTERN, re.ASCII)
_STATUS: Final = {
    "show-scheduled": 201,
    "seats-held": 201,
    "seats-booked": 201,
    "seats-released": 204,
    "command-id-reused": 422,
}
"""What the command API answers to an event that is no refusal; 500 for the rest."""


class _Refusal(msgspec.Struct):
    reason: str | None = None


class OutcomeView:
    """Answers questions for a command's outcome."""

    def __init__(self, outcomes: Outcomes) -> None:
        self._outcomes = outcomes

    async def outcome(self, command_id: str, at: str, caller: Caller) -> Said:
        """200, or 202 while it is not known here. Raises Problem (404, 422), NotProjected and pymongo's errors."""
        place = _place(at)
        if not await self._outcomes.passed(place):
            return Said(202, dict(RETRY_AFTER), answers.encode(answers.CommandPending(command_id=command_id)))
        decided = await self._outcomes.outcome(command_id, place)
        if decided is None:
            detail = "There was none at this place, or it is more than 24 hours old."
            raise Problem(404, problems.problem(404, problems.NOT_FOUND, "There is no such command.", detail))
        if not _may_see(caller, decided):
            raise not_found("command")
        told = _outcome(command_id, decided)
        return Said(200, {"Seatlog-Receipt": told.receipt}, answers.encode(told))


def _place(text: str) -> CommandPlace:
    """A place as `partition.offset.index`."""
    found = _AT.fullmatch(text)
    if found is None:
        raise malformed("at", "must be partition.offset.index")
    partition, offset, index = (int(number) for number in found.groups())
    return CommandPlace(partition, offset, index)


def _may_see(caller: Caller, decided: Decided) -> bool:
    """An outcome that names nobody tells nothing about anybody: its command's id and place are enough."""
    owners = {decided.outcome["caller_id"], decided.first["caller_id"] if decided.first else None} - {None}
    return not owners or caller.id in owners


def _outcome(command_id: str, decided: Decided) -> answers.CommandOutcome:
    """Of a repeated command: what the first one got."""
    repeated = decided.outcome["type"] == "command-repeated"
    shown = decided.first if repeated and decided.first is not None else decided.outcome
    status, data = _told(shown)
    return answers.CommandOutcome(
        command_id=command_id,
        http_status=status,
        show_id=shown["show_id"],
        type=shown["type"],
        version=shown["version"],
        receipt=shown["receipt"],
        repeated=repeated,
        data=Raw(data),
        decided_at=rfc3339(int(shown["time"].timestamp() * 1000)),
    )


def _told(outcome: OutcomeDocument) -> tuple[int, bytes]:
    """Status and data; a reason that would tell a stranger something is replaced, as the command API does."""
    data = outcome["data"]
    reason = msgspec.json.decode(data, type=_Refusal).reason
    if not outcome["type"].endswith("-refused") or reason is None:
        return _STATUS.get(outcome["type"], 500), data
    told = problems.told_as(Reason(reason))
    if told.value != reason:
        data = msgspec.json.encode(msgspec.json.decode(data) | {"reason": told.value})
    return int(REFUSALS[told].status), data
