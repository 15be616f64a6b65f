"""Given, when, then: the words in which the tests of the domain are told.

`given` begins a story with what happened to one show; `when` decides a command and lets its event happen too; `then`
says what the last event must have been. Times are log time in milliseconds: `seconds(61)`, `hours(24)`.
"""

from itertools import count
from typing import Any, NamedTuple

from contracts.codec import post
from contracts.commands import Command, Presale, SalePolicy
from contracts.events import Event, HoldExpired, SeatsBooked, SeatsHeld, SeatsReleased, ShowScheduled
from tests.commands import ANN, CURRENCY, FAR_AHEAD, PRICE, SHOW, hold_of, schedule_show
from write_side.domain.decide import decide
from write_side.domain.identity import Answer, remember
from write_side.domain.journal import Journal
from write_side.domain.show import Show, evolve


def seconds(number: float) -> int:
    """So many seconds of log time."""
    return round(number * 1000)


def hours(number: float) -> int:
    """So many hours of log time."""
    return seconds(number * 3600)


STARTS_AT = FAR_AHEAD
OVER_AT = STARTS_AT + hours(24)


class Happened(NamedTuple):
    """An event of the past, with the command that it answered."""

    event: Event
    command_id: str
    at: int


class Story:
    """One show, and the events that `when` added to its past."""

    def __init__(self) -> None:
        self.show = Show(SHOW, Journal())
        self.ids = (f"command-{number}" for number in count(1))
        self.last: Event | None = None

    def happen(self, event: Event, command_id: str, at: int, digest: str = "") -> None:
        """Let an event become the show's newest; its log offset is 100 more than its version."""
        show = self.show
        show.version += 1
        show.time = max(show.time, at)
        evolve(show, event)
        remember(show.memory, event, command_id, Answer(digest, show.version, show.version + 100), show.time)


_story = Story()


def given(*past: Happened) -> None:
    """Begin a story."""
    global _story  # noqa: PLW0603 - a test tells one story at a time, and every test begins its own
    _story = Story()
    for event, command_id, at in past:
        _story.happen(event, command_id, at)


def when(command: Command, at: int = 1, command_id: str | None = None) -> Event:
    """Decide a command and let its event happen."""
    command_id = command_id or next(_story.ids)
    digest = post(command, command_id).digest
    event = decide(_story.show, command, at, command_id=command_id, digest=digest)
    _story.last = event
    _story.happen(event, command_id, at, digest)
    return event


def then(expected: Event | type[Event], **fields: Any) -> None:
    """The last event is this one; or, given a type, is of that type and has these fields."""
    event = _story.last
    if isinstance(expected, type):
        assert type(event) is expected, f"{event!r} is no {expected.__name__}"
        said = {name: getattr(event, name) for name in fields}
        assert said == fields, f"{event!r} was to have {fields}"
    else:
        assert event == expected, f"{event!r} was to be {expected!r}"


def scheduled(seats: int = 4, *, at: int = 0, policy: SalePolicy | None = None, **changes: Any) -> Happened:
    """A show of one row `A-1` went on sale."""
    asked = schedule_show(seats, policy=policy or SalePolicy(), **changes)
    terms = {name: getattr(asked, name) for name in ShowScheduled.__struct_fields__}
    return Happened(ShowScheduled(**terms), "scheduling", at)


def presale(opens_at: int, code_digest: str = "open-sesame") -> Presale:
    """A presale for those who know the code."""
    return Presale(opens_at=opens_at, code_digest=code_digest)


def booking_of(buyer: str) -> str:
    """The id of a buyer's booking, when he has one only."""
    return f"booking-of-{buyer}"


def held(*seats: str, by: str = ANN, for_seconds: float = 600, at: int = 0, hold: str | None = None) -> Happened:
    """Seats were held."""
    hold_id = hold or hold_of(by)
    event = SeatsHeld(
        hold_id=hold_id,
        buyer_id=by,
        seats=seats,
        prices_minor=(PRICE,) * len(seats),
        currency=CURRENCY,
        expires_at=at + seconds(for_seconds),
    )
    return Happened(event, hold_id, at)


def booked(*seats: str, by: str = ANN, at: int = 0) -> Happened:
    """A hold of these seats became a booking."""
    event = SeatsBooked(
        booking_id=booking_of(by),
        hold_id=hold_of(by),
        buyer_id=by,
        seats=seats,
        amount_minor=PRICE * len(seats),
        currency=CURRENCY,
        payment_reference="paid",
    )
    return Happened(event, booking_of(by), at)


def released(*seats: str, by: str = ANN, at: int = 0) -> Happened:
    """A hold was given back."""
    return Happened(SeatsReleased(hold_id=hold_of(by), buyer_id=by, seats=seats), f"release-by-{by}", at)


def expired(*seats: str, by: str = ANN, at: int = 0) -> Happened:
    """A hold was ended by the clock."""
    return Happened(HoldExpired(hold_id=hold_of(by), buyer_id=by, seats=seats), f"expiry-for-{by}", at)
