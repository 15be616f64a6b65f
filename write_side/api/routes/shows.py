"""Routes of organisers: putting a show on sale."""

from fastapi import APIRouter, Request, Response

from contracts.identifiers import scheduled_show_id
from contracts.limits import PLAN_REQUEST_BYTES
from contracts.operations.rate_limits import RateLimits
from contracts.operations.tokens import Role, TokenVerifier
from write_side.api.answers import Scheduled
from write_side.api.desk import Desk
from write_side.api.incoming import fresh_id, incoming, json_body
from write_side.api.routes.described import command_description
from write_side.api.routes.responses import response
from write_side.api.show_request import ShowRequest, show_request


def shows_router(desk: Desk, verifier: TokenVerifier, limits: RateLimits) -> APIRouter:
    """`POST /shows`."""
    router = APIRouter(tags=["shows"])

    @router.post(
        "/shows",
        summary="Put a show on sale",
        status_code=201,
        response_class=Response,
        openapi_extra=command_description(takes=ShowRequest, gives=Scheduled, status=201, says="It is on sale."),
    )
    async def schedule_show(request: Request) -> Response:
        """For organisers. The show's id is the `id` given, or made from the organiser and the Idempotency-Key."""
        sent = incoming(request.scope, verifier, limits, Role.ORGANISER)
        wanted = show_request(await json_body(sent.headers, request.receive, PLAN_REQUEST_BYTES))
        show_id = wanted.id or scheduled_show_id(sent.caller.id, sent.key or fresh_id())
        return response(await desk.ask(show_id, wanted.command(sent.caller.id, show_id), sent))

    return router
