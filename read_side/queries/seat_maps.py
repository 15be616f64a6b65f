"""Seat maps as they were at one version of their show."""

import asyncio
import time
from array import array
from collections import OrderedDict
from typing import Final, cast

from msgspec import Struct

from contracts.read_models import SEAT_MAPS, SHOWS, SeatMapDocument
from contracts.seat_plans import FREE, HELD
from read_side.queries.read_models import ReadModels
from read_side.queries.shared_reads import SharedReads

SHOWS_IN_MEMORY: Final = 32
UNSETTLED_SECONDS: Final = 1.0
"""How long to look for a moment at which no batch is half written; a batch takes a few milliseconds."""
_PAUSE_SECONDS: Final = 0.003
_NEVER: Final = 2**62


class Unsettled(Exception):
    """The seat map was half written every time that it was looked at."""


class SectionNow(Struct, frozen=True, kw_only=True):
    """A section at a moment: one status a seat in plan order, and when the held ones lapse."""

    name: str
    start: int
    statuses: bytes
    expires: bytes


class SeatMap(Struct, frozen=True, kw_only=True):
    """A show's seats at `version`, those free whose hold had lapsed when this was made; `lapsed` says whether there
    were any. Until `holds_until` (milliseconds) no other hold lapses."""

    show_id: str
    version: int
    sections: tuple[SectionNow, ...]
    lapsed: bool
    holds_until: int


class _Stored(Struct, frozen=True, kw_only=True):
    generation: int
    version: int
    sections: tuple[SeatMapDocument, ...]


class SeatMaps:
    """Reads seat maps. Those read last stay in memory, and are read again when their show's version has moved."""

    def __init__(self, read_models: ReadModels) -> None:
        self._read_models = read_models
        self._stored: OrderedDict[str, _Stored] = OrderedDict()
        self._made: dict[str, SeatMap] = {}
        self._reads = SharedReads(self._read)
        self._versions = SharedReads(self._read_version)

    async def seat_map(self, show_id: str) -> SeatMap | None:
        """The seat map at a version not older than this call; None for an unknown show. Raises Unsettled."""
        return await self._reads.get(show_id)

    async def version(self, show_id: str) -> int | None:
        """A show's version, not older than this call; None for an unknown show."""
        return await self._versions.get(show_id)

    async def _read_version(self, show_id: str) -> int | None:
        show = await self._read_models.collection(SHOWS).find_one({"_id": show_id}, {"version": 1})
        return None if show is None else cast(int, show["version"])

    async def _read(self, show_id: str) -> SeatMap | None:
        deadline = time.monotonic() + UNSETTLED_SECONDS
        while True:
            version = await self._read_version(show_id)
            if version is None:
                return None
            stored = await self._at(show_id, version)
            if stored is not None:
                return self._now(show_id, stored, now_milliseconds())
            if time.monotonic() > deadline:
                raise Unsettled(show_id)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _at(self, show_id: str, version: int) -> _Stored | None:
        """The sections at this version, which was just read; None if they are ahead of it by now."""
        generation = self._read_models.generation
        known = self._stored.get(show_id)
        if known is not None and (known.generation, known.version) == (generation, version):
            self._stored.move_to_end(show_id)
            return known
        in_show = {"_id": {"$gte": f"{show_id}/", "$lt": f"{show_id}0"}}  # "0" is the character after the slash
        found = await self._read_models.collection(SEAT_MAPS).find(in_show).to_list()
        sections = cast(list[SeatMapDocument], found)
        if any(section["version"] > version for section in sections):
            return None
        sections.sort(key=lambda section: section["start"])
        stored = self._stored[show_id] = _Stored(generation=generation, version=version, sections=tuple(sections))
        self._made.pop(show_id, None)
        while len(self._stored) > SHOWS_IN_MEMORY:
            forgotten, _ = self._stored.popitem(last=False)
            self._made.pop(forgotten, None)
        return stored

    def _now(self, show_id: str, stored: _Stored, now: int) -> SeatMap:
        made = self._made.get(show_id)
        if made is None or made.version != stored.version or made.holds_until <= now:
            made = self._made[show_id] = at_moment(show_id, stored.version, stored.sections, now)
        return made


def now_milliseconds() -> int:
    """The wall clock, in milliseconds since 1970."""
    return int(time.time() * 1000)


def at_moment(show_id: str, version: int, sections: tuple[SeatMapDocument, ...], now: int) -> SeatMap:
    """The map as it is at `now` (milliseconds): a hold whose time is over has freed its seats."""
    shown = []
    lapsed, holds_until = False, _NEVER
    for section in sections:
        statuses, expires = section["statuses"], array("q", section["expires"])
        if expires and min(expires) <= now:
            lapsed = True
            statuses, expires = _without_lapsed(statuses, expires, now)
        holds_until = min(holds_until, min(expires, default=_NEVER))
        shown.append(
            SectionNow(name=section["section"], start=section["start"], statuses=statuses, expires=expires.tobytes())
        )
    return SeatMap(show_id=show_id, version=version, sections=tuple(shown), lapsed=lapsed, holds_until=holds_until)


def _without_lapsed(statuses: bytes, expires: "array[int]", now: int) -> tuple[bytes, "array[int]"]:
    fresh = bytearray(statuses)
    held = (position for position, status in enumerate(statuses) if status == HELD)
    for position, expires_at in zip(held, expires, strict=True):
        if expires_at <= now:
            fresh[position] = FREE
    return bytes(fresh), array("q", (expires_at for expires_at in expires if expires_at > now))
