"""The houses that benchmarks sell: 20,000 seats each, and as many of them as a run needs."""

from collections.abc import Iterator
from itertools import count, islice
from random import Random
from typing import Final
from uuid import UUID

from contracts.codec import encode_commands, post
from contracts.commands import HoldSeats, SalePolicy, SaleWindow, ScheduleShow
from contracts.limits import LATEST_INSTANT
from contracts.records import CommandRecord, PostedCommand
from contracts.seat_plans import Row, SeatPlan, Section
from contracts.topics import partition_of
from scenarios import house

SECTIONS: Final = 20
ROWS: Final = 20
SEATS_PER_ROW: Final = 50
SEATS: Final = SECTIONS * ROWS * SEATS_PER_ROW
CURRENCY: Final = "EUR"
LONG_HOLD_SECONDS: Final = 7200
"""So that no hold of a benchmark lapses while it is measured."""


def large_plan() -> SeatPlan:
    """20 sections of 20 rows of 50 seats: 20,000."""
    return SeatPlan(
        sections=tuple(
            Section(
                name=f"Block{section}",
                rows=tuple(
                    Row(name=str(number), seats=SEATS_PER_ROW, category="gold" if number <= ROWS // 2 else "silver")
                    for number in range(1, ROWS + 1)
                ),
            )
            for section in range(1, SECTIONS + 1)
        )
    )


def seat_labels() -> tuple[str, ...]:
    """Every seat of the large plan, in plan order."""
    return house.seat_labels(large_plan())


def on_sale(hold_seconds: int = LONG_HOLD_SECONDS) -> ScheduleShow:
    """A large show that is on sale, for ever."""
    return ScheduleShow(
        organiser_id="benchmark",
        title="Benchmark",
        venue="Seatlog Arena",
        starts_at=LATEST_INSTANT,
        sale=SaleWindow(opens_at=0, closes_at=LATEST_INSTANT),
        plan=large_plan(),
        prices={"gold": 9500, "silver": 6500},
        currency=CURRENCY,
        policy=SalePolicy(hold_seconds=hold_seconds),
    )


def show_ids(prefix: str, shows: int, partitions: int) -> list[str]:
    """Ids of so many shows, dealt out to the partitions in turn."""
    return [
        next(
            name
            for name in (f"{prefix}-{place}-{n}" for n in count())
            if partition_of(name, partitions) == place % partitions
        )
        for place in range(shows)
    ]


def holds(random: Random) -> Iterator[PostedCommand]:
    """One hold for each seat of a show, in random order, each by a buyer of its own."""
    seats = list(seat_labels())
    random.shuffle(seats)
    for seat in seats:
        buyer, command = (str(UUID(int=random.getrandbits(128), version=4)) for _ in range(2))
        yield post(HoldSeats(buyer_id=buyer, seats=(seat,)), command)


def schedule_record(show_id: str) -> bytes:
    """The command record that puts a large show on sale."""
    return encode_commands(CommandRecord(show_id=show_id, commands=(post(on_sale(), f"schedule-{show_id}"),)))


def hold_records(show_id: str, per_record: int, random: Random) -> Iterator[bytes]:
    """Command records that hold every seat of a show, so many commands a record."""
    waiting = holds(random)
    while commands := tuple(islice(waiting, per_record)):
        yield encode_commands(CommandRecord(show_id=show_id, commands=commands))
