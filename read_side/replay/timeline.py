"""What happened to a show, or to one seat of it: one line an event."""

from typing import Final, NamedTuple

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from contracts.codec import decode_event
from contracts.events import (
    BookingRefused,
    CommandFailed,
    CommandIdReused,
    CommandRepeated,
    CommandUnreadable,
    Event,
    ExpiryRefused,
    HoldExpired,
    HoldRefused,
    ReleaseRefused,
    ScheduleRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
    ShowScheduled,
)
from contracts.records import receipt, record_hash, rfc3339
from contracts.seat_plans import SeatIndex
from read_side.replay.log_reader import Log, Unreadable
from read_side.replay.shows import Found, no_such_show, partition_of_show, records_of_show

CLOCK: Final = "the clock"
_STYLES: Final = {"seats-held": "yellow", "seats-booked": "green", "show-scheduled": "bold"}


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One event record for people: who did what to which seats, `reason` if it was refused, `detail` for the rest."""

    time: str
    version: int
    offset: int
    type: str
    who: str | None
    seats: tuple[str, ...]
    reason: str | None
    detail: str
    void: bool
    command_id: str
    receipt: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A show's history, or one seat's."""

    show_id: str
    partition: int
    seat: str | None
    events: tuple[TimelineEntry, ...]


class _Told(NamedTuple):
    """What an event says: who, about which seats, and what else."""

    who: str | None
    seats: tuple[str, ...] = ()
    reason: str | None = None
    detail: str = ""


async def timeline(log: Log, show_id: str, seat: str | None, *, with_void: bool) -> Timeline:
    """The show's history up to the end of the log. Raises Unreadable for an unknown show or seat, Broken at a fault.

    A seat that the house does not have is known all the same if somebody asked for it.
    """
    storyteller = _Storyteller()
    entries, found_any = [], False
    partition = partition_of_show(log, show_id)
    async for found in records_of_show(log, show_id):
        found_any = True
        if not found.valid and not with_void:
            continue
        entry, about = storyteller.entry(partition, found)
        if seat is None or seat in about:
            entries.append(entry)
    if not found_any:
        raise await no_such_show(log, show_id)
    if seat is not None and not entries and not storyteller.has_seat(seat):
        raise Unreadable(f"The show {show_id} has no seat {seat}: labels are section-row-number, such as A-1-1.")
    return Timeline(show_id=show_id, partition=partition, seat=seat, events=tuple(entries))


class _Storyteller:
    """Remembers which seats a hold has and who caused a version, since later events only point there."""

    def __init__(self) -> None:
        self._seats: dict[str, tuple[str, ...]] = {}
        self._by_version: dict[int, _Told] = {}
        self._house: SeatIndex | None = None

    def has_seat(self, label: str) -> bool:
        """Whether the show that was scheduled has such a seat."""
        return self._house is not None and self._house.position(label) is not None

    def entry(self, partition: int, found: Found) -> tuple[TimelineEntry, frozenset[str]]:
        """The line for a record, and every seat that it concerns."""
        event, record = decode_event(found.record), found.record
        told = self._told(event)
        about = {*told.seats}
        if isinstance(event, SeatsHeld):
            about.update(seat for lapsed in event.lapsed_holds for seat in lapsed.seats)
        if found.valid:
            self._by_version[record.version] = told
            if isinstance(event, ShowScheduled):
                self._house = SeatIndex(event.plan)
            if isinstance(event, SeatsHeld):
                self._seats[event.hold_id] = event.seats
        entry = TimelineEntry(
            time=rfc3339(record.time),
            version=record.version,
            offset=found.offset,
            type=record.type,
            who=told.who,
            seats=told.seats,
            reason=told.reason,
            detail=told.detail,
            void=not found.valid,
            command_id=record.command_id,
            receipt=receipt(partition, found.offset, record_hash(found.value)),
        )
        return entry, frozenset(about)

    def _told(self, event: Event) -> _Told:
        match event:
            case ShowScheduled():
                return _Told(event.organiser_id, detail=f"{event.title}, {event.plan.capacity():,} seats")
            case SeatsHeld():
                return _Told(event.buyer_id, event.seats, detail=_held(event))
            case SeatsBooked():
                paid = _money(event.amount_minor, event.currency)
                return _Told(event.buyer_id, event.seats, detail=f"paid {paid} ({event.payment_reference})")
            case SeatsReleased():
                return _Told(event.buyer_id, event.seats)
            case HoldExpired():
                return _Told(CLOCK, event.seats, detail=f"was {event.buyer_id}'s")
            case _:
                return self._refused(event)

    def _refused(self, event: Event) -> _Told:
        match event:
            case HoldRefused():
                lost = "; ".join(f"{lost.seat} {lost.status} since {lost.since_version}" for lost in event.conflicts)
                return _Told(event.buyer_id, event.seats, event.reason, lost or _wish(event))
            case ReleaseRefused():
                return _Told(event.buyer_id, self._seats.get(event.hold_id, ()), event.reason)
            case BookingRefused():
                return _Told(event.buyer_id, self._seats.get(event.hold_id, ()), event.reason, _due(event))
            case ExpiryRefused():
                return _Told(CLOCK, self._seats.get(event.hold_id, ()), event.reason)
            case ScheduleRefused():
                return _Told(event.organiser_id, reason=event.reason, detail="; ".join(event.problems))
            case CommandRepeated() | CommandIdReused():
                first = self._by_version.get(event.version, _Told(None))
                return _Told(first.who, first.seats, detail=f"first answered by version {event.version}")
            case CommandUnreadable():
                return _Told(None, reason=event.reason)
            case CommandFailed():
                return _Told(None, reason=event.error)
        return _Told(None)


def _held(event: SeatsHeld) -> str:
    ended = "".join(f", ended the lapsed hold of {lapsed.buyer_id}" for lapsed in event.lapsed_holds)
    return f"until {rfc3339(event.expires_at)}{ended}"


def _due(event: BookingRefused) -> str:
    if event.due_minor is None or event.due_currency is None:
        return ""
    due, paid = _money(event.due_minor, event.due_currency), _money(event.amount_minor, event.currency)
    return f"{due} is due, {paid} was paid"


def _money(amount_minor: int, currency: str) -> str:
    return f"{amount_minor} minor units of {currency}"


def _wish(event: HoldRefused) -> str:
    if event.quantity is None:
        return ""
    return f"{event.quantity} seats of {event.category or 'any category'} in {event.section or 'any section'}"


def print_timeline(told: Timeline, console: Console) -> None:
    """One line an event; void records dim and labelled."""
    for event in told.events:
        style = "dim" if event.void else _STYLES.get(event.type, "red" if event.type.endswith("refused") else "")
        parts = [
            f"{event.time} v{event.version:<5} @{event.offset:<7}",
            f"{'VOID ' if event.void else ''}{event.type:<16}",
            event.who or "-",
            ", ".join(event.seats),
            event.reason or "",
            event.detail,
        ]
        line = Text("  ".join(part for part in parts if part), style=style)
        console.print(line, soft_wrap=True, highlight=False)
    what = f"seat {told.seat} of {told.show_id}" if told.seat else told.show_id
    console.print(f"{len(told.events):,} records of {escape(what)}, partition {told.partition}", style="dim")
