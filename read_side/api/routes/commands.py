"""What became of a command that was answered with 202."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.operations.tokens import Caller, TokenVerifier
from read_side.api import answers
from read_side.api.callers import SIGNED, anybody
from read_side.api.described import content, gives
from read_side.api.outcome_view import AT_PATTERN, OutcomeView


class At(BaseModel):
    """`at` is `partition.offset.index`, as the 202 said it."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[str, Field(max_length=40, json_schema_extra={"pattern": AT_PATTERN})]


def commands_router(view: OutcomeView, verifier: TokenVerifier) -> APIRouter:
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
        said = await view.outcome(command_id, asked.at, caller)
        return Response(said.body, said.status, said.headers, answers.JSON)

    return router
