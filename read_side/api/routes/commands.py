"""What became of a command that was answered with 202."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from msgspec import Raw
from pydantic import BaseModel, ConfigDict, Field

from contracts import problems
from contracts.operations.tokens import Caller, TokenVerifier
from contracts.read_models import OutcomeDocument
from contracts.records import rfc3339
from contracts.refusals import REFUSALS, Reason
from read_side.api import answers
from read_side.api.callers import SIGNED, anybody
from read_side.api.described import content, gives
from read_side.api.failures import Problem, malformed, not_found
from read_side.api.pending import AT_PATTERN, command_place, pending
from read_side.queries.outcomes import CommandPlace, Decided, Outcomes

_STATUS: Final = {
    "show-scheduled": 201,
    "seats-held": 201,
    "seats-booked": 201,
    "seats-released": 204,
    "command-id-reused": 422,
}
"""What the command API answers to an event that is no refusal; 500 for the rest."""


class At(BaseModel):
    """`at` is `partition.offset.index`, as the 202 said it."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[str, Field(max_length=40, json_schema_extra={"pattern": AT_PATTERN})]


class _Refusal(msgspec.Struct):
    reason: str | None = None


def commands_router(outcomes: Outcomes, verifier: TokenVerifier) -> APIRouter:
    """`/commands/{command_id}?at=`."""
    router = APIRouter(tags=["commands"], dependencies=SIGNED)
    described = gives(answers.CommandOutcome, signed=True)
    described["responses"][202] = {
        "description": "Not known here yet; ask again after Retry-After.",
        "content": content(answers.CommandPending),
    }

    @router.get("/commands/{command_id}", summary="A command's outcome", **described)
    async def command(
        command_id: str, asked: Annotated[At, Query()], caller: Annotated[Caller, Depends(anybody(verifier))]
    ) -> Response:
        at = _place(asked.at)
        if not await outcomes.passed(at):
            said = pending(command_id)
            return Response(said.body, said.status, said.headers, answers.JSON)
        decided = await outcomes.outcome(command_id, at)
        if decided is None:
            detail = "There was none at this place, or it is more than 24 hours old."
            raise Problem(404, problems.problem(404, problems.NOT_FOUND, "There is no such command.", detail))
        if not _may_see(caller, decided):
            raise not_found("command")
        told = _outcome(command_id, decided)
        return Response(answers.encode(told), 200, {"Seatlog-Receipt": told.receipt}, answers.JSON)

    return router


def _place(text: str) -> CommandPlace:
    place = command_place(text)
    if place is None:
        raise malformed("at", "must be partition.offset.index")
    return place


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
