"""A buyer's own bookings and holds."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from contracts.operations.tokens import Caller, TokenVerifier
from contracts.read_models import BookingDocument
from contracts.records import rfc3339
from read_side.api import answers
from read_side.api.callers import SIGNED, buyer
from read_side.api.cursors import cursor, position
from read_side.api.described import gives
from read_side.api.failures import not_found
from read_side.api.routes.listing import IfNoneMatch, told_page
from read_side.api.routes.parameters import Nothing, Page
from read_side.queries.purchases import Place, Purchases


def purchases_router(purchases: Purchases, verifier: TokenVerifier) -> APIRouter:
    """`/bookings`, `/bookings/{id}`, `/bookings/{id}/receipt` and `/shows/{id}/holds/{hold}`."""
    router = APIRouter(tags=["yours"], dependencies=SIGNED)
    Buyer = Annotated[Caller, Depends(buyer(verifier))]  # noqa: N806 - a type for the routes below
    Plain = Annotated[Nothing, Query()]  # noqa: N806

    @router.get(
        "/bookings", summary="Your bookings, newest first", **gives(answers.BookingPage, tagged=True, signed=True)
    )
    async def bookings(caller: Buyer, page: Annotated[Page, Query()], if_none_match: IfNoneMatch = None) -> Response:
        after = None if page.cursor is None else Place(*position(page.cursor))
        found = await purchases.bookings(caller.id, page.limit + 1, after)
        shown = found[: page.limit]
        following = cursor((shown[-1]["booked_at"], shown[-1]["_id"])) if len(found) > page.limit else None
        return told_page(
            answers.BookingPage(bookings=[_booking(each) for each in shown], next=following), if_none_match
        )

    @router.get("/bookings/{booking_id}", summary="A booking of yours", **gives(answers.Booking, signed=True))
    async def booking(booking_id: str, caller: Buyer, _: Plain) -> Response:
        return _json(_booking(await _owned(purchases, caller, booking_id)))

    @router.get("/bookings/{booking_id}/receipt", summary="Its proof", **gives(answers.BookingReceipt, signed=True))
    async def booking_receipt(booking_id: str, caller: Buyer, _: Plain) -> Response:
        proof = (await _owned(purchases, caller, booking_id))["receipt"]
        partition, offset, sha256 = proof.split(":")
        return _json(
            answers.BookingReceipt(
                booking_id=booking_id, partition=int(partition), offset=int(offset), sha256=sha256, receipt=proof
            )
        )

    @router.get("/shows/{show_id}/holds/{hold_id}", summary="A hold of yours", **gives(answers.Hold, signed=True))
    async def hold(show_id: str, hold_id: str, caller: Buyer, _: Plain) -> Response:
        found = await purchases.hold(caller.id, show_id, hold_id)
        if found is None:
            raise not_found("hold")
        return _json(
            answers.Hold(
                hold_id=found["_id"],
                show_id=found["show_id"],
                version=found["version"],
                status=found["status"],
                seats=found["seats"],
                total=answers.Money(amount_minor=sum(found["prices_minor"]), currency=found["currency"]),
                expires_at=rfc3339(found["expires_at"]),
            )
        )

    return router


async def _owned(purchases: Purchases, caller: Caller, booking_id: str) -> BookingDocument:
    found = await purchases.booking(caller.id, booking_id)
    if found is None:
        raise not_found("booking")
    return found


def _booking(booking: BookingDocument) -> answers.Booking:
    return answers.Booking(
        booking_id=booking["_id"],
        show_id=booking["show_id"],
        hold_id=booking["hold_id"],
        version=booking["version"],
        seats=booking["seats"],
        amount=answers.Money(amount_minor=booking["amount_minor"], currency=booking["currency"]),
        payment_reference=booking["payment_reference"],
        booked_at=rfc3339(booking["booked_at"]),
    )


def _json(body: object) -> Response:
    return Response(answers.encode(body), media_type=answers.JSON)
