"""What is asked for in a simulated sale: holds of few seats by few people, and what follows them; some of it twice."""

from collections.abc import Iterator
from random import Random
from typing import Final

from contracts.commands import Command, SalePolicy
from tests.commands import book_hold, command_record, hold_best, hold_seats, release_hold, schedule_show

ROWS: Final = (4, 4, 4)
BUYERS: Final = 20
HOLD_SECONDS: Final = 30
MOST_COMMANDS: Final = 4
REPEATED: Final = 0.1


def requests(chance: Random, shows: int) -> Iterator[tuple[str, bytes]]:
    """(show id, command record) without end: first each show is put on sale."""
    show_ids = [f"show-{number}" for number in range(shows)]
    sent: list[tuple[str, bytes]] = []
    for show_id in show_ids:
        terms = schedule_show(*ROWS, policy=SalePolicy(hold_seconds=HOLD_SECONDS))
        yield show_id, command_record(show_id, (f"schedule-{show_id}", terms))
    while True:
        if sent and chance.random() < REPEATED:
            yield chance.choice(sent)
            continue
        show_id, number = chance.choice(show_ids), len(sent)
        some = [(f"c{number}-{index}", _command(chance, number)) for index in range(chance.randint(1, MOST_COMMANDS))]
        sent.append((show_id, command_record(show_id, *some)))
        yield sent[-1]


def _command(chance: Random, number: int) -> Command:
    buyer, kind = f"buyer-{chance.randrange(BUYERS)}", chance.random()
    earlier = f"c{max(0, number - chance.randint(1, 20))}-0"
    if kind < 0.5:
        return hold_seats(f"A-{chance.randint(1, len(ROWS))}-{chance.randint(1, ROWS[0])}", by=buyer)
    if kind < 0.65:
        return hold_best(chance.randint(1, 3), by=buyer)
    return release_hold(earlier, buyer) if kind < 0.85 else book_hold(earlier, buyer)
