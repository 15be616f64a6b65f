"""Routes of buyers. Hold and book are described here but answered by hot_paths.py, in front of the router."""

from fastapi import APIRouter, Request, Response

from contracts import problems
from contracts.commands import ReleaseHold
from contracts.identifiers import is_uuid
from contracts.operations.rate_limits import RateLimits
from contracts.operations.tokens import Role, TokenVerifier
from write_side.api.answers import Booking, Hold, told
from write_side.api.bodies import BookingBody, HoldBody
from write_side.api.desk import Desk
from write_side.api.incoming import Rejected, incoming, known_show_id
from write_side.api.routes.described import command_description
from write_side.api.routes.responses import response

_RELEASED = command_description(takes=None, gives=None, status=204, says="The seats are free.")
_HELD = command_description(takes=HoldBody, gives=Hold, status=201, says="The seats are held.")
_BOOKED = command_description(takes=BookingBody, gives=Booking, status=201, says="The seats are booked.")


def holds_router(desk: Desk, verifier: TokenVerifier, limits: RateLimits) -> APIRouter:
    """`DELETE /shows/{show_id}/holds/{hold_id}`, and the description of the hot paths."""
    router = APIRouter(tags=["holds and bookings"])

    @router.delete(
        "/shows/{show_id}/holds/{hold_id}",
        summary="Give a hold back",
        status_code=204,
        response_class=Response,
        openapi_extra=_RELEASED,
    )
    async def release_hold(show_id: str, hold_id: str, request: Request) -> Response:
        """For its holder; for anybody else the hold does not exist."""
        sent = incoming(request.scope, verifier, limits, Role.BUYER)
        show = known_show_id(show_id)
        if not is_uuid(hold_id):
            raise Rejected(told(404, problems.problem(404, problems.NOT_FOUND, "There is no such hold.")))
        return response(await desk.ask(show, ReleaseHold(buyer_id=sent.caller.id, hold_id=hold_id), sent))

    @router.post(
        "/shows/{show_id}/holds",
        summary="Hold seats",
        status_code=201,
        response_class=Response,
        openapi_extra=_HELD,
    )
    async def hold_seats(show_id: str) -> Response:
        """For buyers: these seats, or the best available ones."""
        raise NotImplementedError(f"hot_paths.py answers this, also for {show_id}")

    @router.post(
        "/shows/{show_id}/bookings",
        summary="Book a hold",
        status_code=201,
        response_class=Response,
        openapi_extra=_BOOKED,
    )
    async def book_hold(show_id: str) -> Response:
        """For the holder, who has paid under `payment_reference`."""
        raise NotImplementedError(f"hot_paths.py answers this, also for {show_id}")

    return router
