"""Seat maps as answers: compact for programs, in full for whoever reads JSON."""

import asyncio
from array import array
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final, NamedTuple

from contracts.records import rfc3339
from contracts.seat_plans import HELD, STATUS_NAMES, RowSpan, SeatIndex
from read_side.api import answers
from read_side.api.conditions import etag, matches
from read_side.api.failures import not_found
from read_side.queries.seat_maps import SeatMap, SeatMaps, SectionNow
from read_side.queries.shows import Shows

BODIES_IN_MEMORY: Final = 32
_LARGEST_GAP: Final = 2**16 - 1


class Said(NamedTuple):
    """A seat map's answer; without a body if the status is 304."""

    status: int
    headers: dict[str, str]
    body: bytes


class SeatsView:
    """Answers questions for seats."""

    def __init__(self, seat_maps: SeatMaps, shows: Shows) -> None:
        self._seat_maps = seat_maps
        self._shows = shows
        self._compact: OrderedDict[str, tuple[SeatMap, bytes]] = OrderedDict()

    async def seats(self, show_id: str, section: str | None, if_none_match: str | None, *, compact: bool) -> Said:
        """A show's seats, or those of one section. Raises Problem (404), Unsettled and pymongo's errors."""
        seat_map = await self._seat_maps.seat_map(show_id)
        if seat_map is None:
            raise not_found("show")
        headers = {"ETag": etag(seat_map.version)}
        if not seat_map.lapsed and matches(if_none_match, headers["ETag"]):
            return Said(304, headers, b"")
        if compact and section is None:
            return Said(200, headers, self._whole(seat_map))
        sections = [each for each in seat_map.sections if section in (None, each.name)]
        if not sections:
            raise not_found("section")
        if compact:
            return Said(200, headers, _compact(seat_map, sections))
        return Said(200, headers, await self._full(seat_map, sections))

    def _whole(self, seat_map: SeatMap) -> bytes:
        """The bytes are kept while the map is the same object."""
        known = self._compact.get(seat_map.show_id)
        if known is not None and known[0] is seat_map:
            return known[1]
        body = _compact(seat_map, list(seat_map.sections))
        self._compact[seat_map.show_id] = seat_map, body
        self._compact.move_to_end(seat_map.show_id)
        while len(self._compact) > BODIES_IN_MEMORY:
            self._compact.popitem(last=False)
        return body

    async def _full(self, seat_map: SeatMap, sections: list[SectionNow]) -> bytes:
        plan, show = await self._shows.plan(seat_map.show_id), await self._shows.show(seat_map.show_id)
        assert plan is not None
        assert show is not None
        prices = {
            price["category"]: answers.Money(amount_minor=price["amount_minor"], currency=show["currency"])
            for price in show["prices"]
        }
        spans = {span.name: span.rows for span in SeatIndex(plan).sections}
        told = []
        for section in sections:
            told.append(answers.Section(name=section.name, seats=list(_seats(section, spans[section.name], prices))))
            await asyncio.sleep(0)  # 100,000 seats take 0.15 s, in which others want their answers
        body = answers.SeatMap(show_id=seat_map.show_id, version=seat_map.version, sections=told)
        return answers.encode(body)


def _compact(seat_map: SeatMap, sections: list[SectionNow]) -> bytes:
    told = [_compact_section(each) for each in sections]
    return answers.encode(answers.CompactSeatMap(show_id=seat_map.show_id, version=seat_map.version, sections=told))


def _compact_section(section: SectionNow) -> answers.CompactSection:
    """Two bytes a hold's end: no hold lasts as long as 65,535 seconds, and lapsed ones are not shown."""
    expires = array("q", section.expires)
    earliest = min(expires, default=0)
    seconds = array("H", [min((at - earliest + 999) // 1000, _LARGEST_GAP) for at in expires])
    return answers.CompactSection(
        name=section.name,
        start=section.start,
        statuses=section.statuses,
        expires_from=earliest,
        expires=seconds.tobytes(),
    )


def _seats(section: SectionNow, rows: tuple[RowSpan, ...], prices: dict[str, answers.Money]) -> Iterator[answers.Seat]:
    expires = iter(array("q", section.expires))
    for span in rows:
        row, price, accessible = span.row, prices[span.row.category], set(span.row.accessible)
        prefix = f"{span.section}-{row.name}-"
        statuses = section.statuses[span.start - section.start : span.stop - section.start]
        for number, status in enumerate(statuses, row.first):
            yield answers.Seat(
                seat=f"{prefix}{number}",
                status=STATUS_NAMES[status],
                category=row.category,
                price=price,
                accessible=number in accessible,
                expires_at=rfc3339(next(expires)) if status == HELD else None,
            )
