"""Public: shows and their seats."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.identifiers import is_show_id
from contracts.limits import LABEL_CHARACTERS
from contracts.read_models import ShowDocument
from contracts.records import rfc3339
from read_side.api import answers
from read_side.api.conditions import VERSION_PATTERN, etag, matches, wait_for_version
from read_side.api.cursors import cursor, position
from read_side.api.described import gives
from read_side.api.failures import not_found
from read_side.api.routes.listing import IfNoneMatch, told_page
from read_side.api.routes.parameters import Nothing, Page
from read_side.api.seating import SeatsView
from read_side.queries.seat_maps import SeatMaps
from read_side.queries.shows import Place, Shows

IfMatchVersion = Annotated[
    str | None,
    Header(description="Wait until this version is visible.", json_schema_extra={"pattern": VERSION_PATTERN}),
]
Prefer = Annotated[str | None, Header(description="`wait=N`: how many seconds If-Match-Version may wait, at most 10.")]


class Format(StrEnum):
    """How seats are told."""

    FULL = "full"
    COMPACT = "compact"


class SeatParameters(BaseModel):
    """`section` leaves out all others."""

    model_config = ConfigDict(extra="forbid")

    section: Annotated[str | None, Field(max_length=LABEL_CHARACTERS)] = None
    format: Format = Format.FULL


def shows_router(shows: Shows, seat_maps: SeatMaps, seats_view: SeatsView) -> APIRouter:
    """`/shows`, `/shows/{show_id}` and `/shows/{show_id}/seats`."""
    router = APIRouter(tags=["shows"])

    @router.get("/shows", summary="Shows by their start", **gives(answers.ShowPage, tagged=True))
    async def list_shows(page: Annotated[Page, Query()], if_none_match: IfNoneMatch = None) -> Response:
        after = None if page.cursor is None else Place(*position(page.cursor))
        found = await shows.page(page.limit + 1, after)
        shown = found[: page.limit]
        following = cursor((shown[-1]["starts_at"], shown[-1]["_id"])) if len(found) > page.limit else None
        return told_page(answers.ShowPage(shows=[_show(show) for show in shown], next=following), if_none_match)

    @router.get("/shows/{show_id}", summary="A show and how it sells", **gives(answers.Show, tagged=True))
    async def one_show(
        show_id: str,
        _: Annotated[Nothing, Query()],
        if_none_match: IfNoneMatch = None,
        if_match_version: IfMatchVersion = None,
        prefer: Prefer = None,
    ) -> Response:
        _known(show_id)
        await wait_for_version(lambda: seat_maps.version(show_id), if_match_version, prefer)
        show = await shows.show(show_id)
        if show is None:
            raise not_found("show")
        headers = {"ETag": etag(show["version"])}
        if matches(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(answers.encode(_show(show)), headers=headers, media_type=answers.JSON)

    @router.get(
        "/shows/{show_id}/seats", summary="The seat map", **gives(answers.SeatMap, answers.CompactSeatMap, tagged=True)
    )
    async def seats(
        show_id: str,
        asked: Annotated[SeatParameters, Query()],
        request: Request,
        if_none_match: IfNoneMatch = None,
        if_match_version: IfMatchVersion = None,
        prefer: Prefer = None,
    ) -> Response:
        """`format=compact` is small and fast: a CompactSeatMap. A hold whose time is over is shown as free at once;
        while there is one whose end is not recorded yet, there is no 304."""
        _known(show_id)
        await wait_for_version(lambda: seat_maps.version(show_id), if_match_version, prefer)
        compact = asked.format is Format.COMPACT
        said = await seats_view.seats(show_id, asked.section, if_none_match, compact=compact)
        return Response(said.body, said.status, said.headers, None if said.status == 304 else answers.JSON)

    return router


def _known(show_id: str) -> None:
    if not is_show_id(show_id):
        raise not_found("show")


def _show(show: ShowDocument) -> answers.Show:
    currency = show["currency"]
    presale = show["presale_opens_at"]
    return answers.Show(
        show_id=show["_id"],
        version=show["version"],
        organiser_id=show["organiser_id"],
        title=show["title"],
        venue=show["venue"],
        starts_at=rfc3339(show["starts_at"]),
        sale=answers.Window(opens_at=rfc3339(show["sale_opens_at"]), closes_at=rfc3339(show["sale_closes_at"])),
        presale=None if presale is None else answers.Opening(opens_at=rfc3339(presale)),
        prices={
            price["category"]: answers.Money(amount_minor=price["amount_minor"], currency=currency)
            for price in show["prices"]
        },
        currency=currency,
        policy=answers.Policy(**show["policy"]),
        capacity=show["capacity"],
        seats=answers.Counts(free=show["free"], held=show["held"], booked=show["booked"], blocked=show["blocked"]),
    )
