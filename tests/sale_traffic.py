"""Random sales for property tests: command records as they arrive at one partition, good, bad and repeated.

A sale is drawn by `random.Random` from a seed, and Hypothesis draws seed and length: its own draws crowd at the edges,
where hardly a seat is ever sold.
"""

from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from contracts.commands import Command, HoldBestAvailable, HoldSeats, Presale, SalePolicy, SaleWindow, ScheduleShow
from contracts.seat_plans import Row
from tests.commands import (
    ANN,
    BOB,
    EVE,
    PRICE,
    book_hold,
    command_record,
    expire_hold,
    hold_best,
    hold_seats,
    plan,
    release_hold,
    schedule_show,
)
from tests.domain_language import hours, seconds
from tests.log_of_commands import Arrived, bodies_of

BUYERS = (ANN, BOB, EVE)
SHOWS = (*["hamlet"] * 12, "macbeth", "nowhere", "~0")
PASSING_TIMES = (*[0, 1, 1000, seconds(15), seconds(30)] * 3, -2000, seconds(29), hours(0.5), hours(23))
LABELS = tuple(f"{section}-{row}-{seat}" for section in "AB" for row in (1, 2) for seat in range(1, 5))
JUNK = (b"", b"{}", b"\xff", b'{"show_id":"hamlet","commands":[{"id":"x"}]}', b'{"show_id":"hamlet","commands":[]}')
BAD_BODIES = (b"{}", b'{"type":"hold-seats"}', b'{"type":"sing"}', b"7", b'{"type":"expire-hold","hold_id":"h","x":1}')


class Said(NamedTuple):
    """A command as its sender knows it."""

    command_id: str
    command: Command


def traffic(records: int = 25) -> st.SearchStrategy[list[Arrived]]:
    """What arrives at the only partition: records of one to three commands, with junk and repeats among them."""
    return st.builds(_sale, st.integers(0, 2**32), st.integers(8, records))


def _sale(seed: int, records: int) -> list[Arrived]:
    chance = Random(seed)
    said: list[Said] = []
    now = 0
    arrived = [(now, command_record("hamlet", ("s", _scheduling(chance))))]
    for number in range(records):
        now = max(0, now + chance.choice(PASSING_TIMES))
        kind = chance.randrange(25)
        if kind == 0:
            arrived.append((now, chance.choice(JUNK)))
        elif kind == 1:
            arrived.append((now, bodies_of("hamlet", *chance.choices(BAD_BODIES, k=chance.randint(1, 3)))))
        else:
            batch = [_saying(chance, said, f"c{number}-{index}") for index in range(chance.randint(1, 3))]
            said += batch
            arrived.append((now, command_record(chance.choice(SHOWS), *batch)))
    return arrived


def _scheduling(chance: Random) -> ScheduleShow:
    """A small house, on sale for an hour; sometimes one that cannot be sold."""
    opens_at = chance.choice((0, 0, 0, seconds(30)))
    return schedule_show(
        starts_at=hours(1),
        sale=SaleWindow(opens_at=opens_at, closes_at=hours(1)),
        plan=plan(
            **{
                name: [
                    Row(name=str(number), seats=chance.randint(2, 4), category="gold", accessible=(1,))
                    for number in range(1, chance.randint(1, 2) + 1)
                ]
                for name in "AB"[: chance.randint(1, 2)]
            }
        ),
        currency=chance.choice((*["EUR"] * 9, "?")),
        presale=Presale(opens_at=1000, code_digest="code") if opens_at and chance.random() < 0.5 else None,
        policy=SalePolicy(
            hold_seconds=30,
            seats_per_hold=chance.choice((4, 4, 2)),
            seats_per_buyer=chance.choice((None, None, 2, 4)),
            leave_no_single_seat=chance.random() < 0.2,
        ),
    )


def _saying(chance: Random, said: list[Said], fresh_id: str) -> Said:
    """Something new; or the same again; or something else under an id that was used."""
    manner = chance.randrange(10) if said else 9
    if manner == 0:
        return chance.choice(said)
    command_id = chance.choice(said).command_id if manner == 1 else fresh_id
    holds = [one for one in said[-5:] if isinstance(one.command, HoldSeats | HoldBestAvailable)]
    return Said(command_id, _hold(chance) if not holds or chance.random() < 0.5 else _later(chance, holds))


def _hold(chance: Random) -> Command:
    code = chance.choice((None, None, "code", "cod"))
    if chance.random() < 0.6:
        seats = chance.choices(LABELS[: chance.choice((2, 4, 4, 16))], k=chance.randint(1, 2))
        return hold_seats(*seats, by=chance.choice(BUYERS), code=code)
    return hold_best(
        by=chance.choice(BUYERS),
        quantity=chance.randint(1, 5),
        section=chance.choice((None, None, "A", "C")),
        accessible=chance.random() < 0.2,
        together=chance.random() < 0.5,
        presale_code_digest=code,
    )


def _later(chance: Random, holds: list[Said]) -> Command:
    """What follows a hold, mostly by its buyer."""
    hold_id, hold = chance.choice(holds)
    assert isinstance(hold, HoldSeats | HoldBestAvailable)
    buyer = chance.choice((hold.buyer_id, hold.buyer_id, hold.buyer_id, *BUYERS))
    kind = chance.choice(("release", "expire", "book", "book", "schedule"))
    if kind == "release":
        return release_hold(hold_id, buyer)
    if kind == "expire":
        return expire_hold(hold_id)
    if kind == "schedule":
        return _scheduling(chance)
    seats = len(hold.seats) if isinstance(hold, HoldSeats) else hold.quantity
    amount = PRICE * seats - chance.choice((0, 0, 0, 1))
    currency = chance.choice(("EUR", "EUR", "EUR", "USD"))
    return book_hold(hold_id, buyer, amount, currency)
