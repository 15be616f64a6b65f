"""The shows with their terms and how many of their seats are free, held, booked and blocked."""

from collections.abc import Collection
from typing import Final, cast

from contracts.events import HoldExpired, SeatsBooked, SeatsHeld, SeatsReleased, ShowScheduled
from contracts.read_models import SHOWS, PolicyDocument, ShowDocument
from projections.documents import Change, Document, Documents, Writes
from projections.entry import Entry
from projections.recently_used import RecentlyUsed

SHOWS_IN_MEMORY: Final = 10_000


class Shows:
    """One document a show. Every event of a show moves its version, refusals too."""

    def __init__(self) -> None:
        self._shows: RecentlyUsed[ShowDocument | None] = RecentlyUsed(SHOWS_IN_MEMORY)
        self._new: set[str] = set()
        self._changed: set[str] = set()

    async def load(self, documents: Documents, show_ids: Collection[str]) -> None:
        """Bring the shows into memory; one that is stored nowhere is remembered as None."""
        absent = self._shows.absent(show_ids)
        if absent:
            found = {cast(str, document["_id"]): document for document in await documents.named(SHOWS, absent)}
            for show_id in absent:
                document = found.get(show_id)
                self._shows.put(show_id, None if document is None else cast(ShowDocument, dict(document)))
        self._shows.shrink(keep=show_ids)

    def fold(self, entry: Entry) -> None:
        """Events before a show is scheduled (its refusals) leave no document."""
        record, event = entry.record, entry.event
        show = self._shows.get(record.show_id)
        if show is None:
            if type(event) is ShowScheduled:
                self._shows.put(record.show_id, _scheduled(record.show_id, record.version, event))
                self._new.add(record.show_id)
            return
        if record.version <= show["version"]:
            return
        _count(show, event)
        show["version"] = record.version
        self._changed.add(record.show_id)

    def take(self) -> Writes:
        """New shows whole, the others' counts."""
        new, changed = self._new, self._changed - self._new
        self._new, self._changed = set(), set()
        return Writes(
            SHOWS,
            [cast(Document, dict(self._known(show_id))) for show_id in new],
            [_counts(self._known(show_id)) for show_id in changed],
        )

    def _known(self, show_id: str) -> ShowDocument:
        show = self._shows.get(show_id)
        assert show is not None, show_id
        return show


def _count(show: ShowDocument, event: object) -> None:
    if type(event) is SeatsHeld:
        lapsed = sum(len(hold.seats) for hold in event.lapsed_holds)
        show["held"] += len(event.seats) - lapsed
        show["free"] -= len(event.seats) - lapsed
    elif type(event) is SeatsReleased or type(event) is HoldExpired:
        show["held"] -= len(event.seats)
        show["free"] += len(event.seats)
    elif type(event) is SeatsBooked:
        show["held"] -= len(event.seats)
        show["booked"] += len(event.seats)


def _counts(show: ShowDocument) -> Change:
    fields = {"free": show["free"], "held": show["held"], "booked": show["booked"], "blocked": show["blocked"]}
    return Change(show["_id"], show["version"], fields)


def _scheduled(show_id: str, version: int, event: ShowScheduled) -> ShowDocument:
    capacity = event.plan.capacity()
    return ShowDocument(
        _id=show_id,
        version=version,
        organiser_id=event.organiser_id,
        title=event.title,
        venue=event.venue,
        starts_at=event.starts_at,
        sale_opens_at=event.sale.opens_at,
        sale_closes_at=event.sale.closes_at,
        presale_opens_at=None if event.presale is None else event.presale.opens_at,
        prices=[{"category": category, "amount_minor": price} for category, price in event.prices.items()],
        currency=event.currency,
        policy=PolicyDocument(
            hold_seconds=event.policy.hold_seconds,
            seats_per_hold=event.policy.seats_per_hold,
            seats_per_buyer=event.policy.seats_per_buyer,
            leave_no_single_seat=event.policy.leave_no_single_seat,
        ),
        capacity=capacity,
        free=capacity,
        held=0,
        booked=0,
        blocked=0,
    )
