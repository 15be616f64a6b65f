"""What is put into the commands beside the command APIs: holds by few people, some of it twice, and poison."""

from collections.abc import Iterator
from random import Random
from typing import Final

import msgspec

from contracts.commands import Command
from tests.commands import book_hold, command_record, hold_best, hold_seats, release_hold

ROWS: Final = (4, 4, 4)
BUYERS: Final = 20
HOLD_SECONDS: Final = 30
MOST_COMMANDS: Final = 4
REPEATED: Final = 0.1
_DEEP: Final = 5_000
_JUNK: Final = (
    b"",
    b"{}",
    b"\xff\xfe no UTF-8",
    b"x" * 300_000,
    b"[" * _DEEP,
    b'{"show_id":"show-0","commands":[]}',
    b'{"show_id":"show-0","commands":' + b"[" * _DEEP,
)
_BAD_BODIES: Final = (b"{}", b'{"type":"sing"}', b"7", b"[" * _DEEP + b"]" * _DEEP, b'{"type":"hold-seats"}')


def show_ids(shows: int) -> list[str]:
    """Of a simulated sale."""
    return [f"show-{number}" for number in range(shows)]


def requests(chance: Random, shows: int) -> Iterator[tuple[str, bytes]]:
    """(show id, command record) without end."""
    sent: list[tuple[str, bytes]] = []
    while True:
        if sent and chance.random() < REPEATED:
            yield chance.choice(sent)
            continue
        show_id, number = chance.choice(show_ids(shows)), len(sent)
        some = [(f"c{number}-{index}", _command(chance, number)) for index in range(chance.randint(1, MOST_COMMANDS))]
        sent.append((show_id, command_record(show_id, *some)))
        yield sent[-1]


def poison(chance: Random, shows: int, number: int) -> tuple[str, bytes]:
    """(show id, record) of which nothing, or one command among 63 good ones, or no more than 64, can be decided."""
    show_id, kind = chance.choice(show_ids(shows)), chance.random()
    if kind < 0.5:
        return show_id, chance.choice(_JUNK)
    many = 65 if kind < 0.6 else 64
    good = [(f"p{number}-{index}", _command(chance, number)) for index in range(many)]
    record = msgspec.json.decode(command_record(show_id, *good))
    if kind >= 0.6:
        spoilt = record["commands"][chance.randrange(many)]
        if kind < 0.8:
            spoilt["body"] = msgspec.Raw(chance.choice(_BAD_BODIES))
        elif kind < 0.9:
            spoilt["schema"] = 99
        else:
            spoilt["id"] = "x" * 500
    return show_id, msgspec.json.encode(record)


def _command(chance: Random, number: int) -> Command:
    buyer, kind = f"buyer-{chance.randrange(BUYERS)}", chance.random()
    earlier = f"c{max(0, number - chance.randint(1, 20))}-0"
    if kind < 0.5:
        return hold_seats(f"A-{chance.randint(1, len(ROWS))}-{chance.randint(1, ROWS[0])}", by=buyer)
    if kind < 0.65:
        return hold_best(chance.randint(1, 3), by=buyer)
    return release_hold(earlier, buyer) if kind < 0.85 else book_hold(earlier, buyer)
