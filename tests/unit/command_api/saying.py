"""Events and records for tests of the command API, said shortly."""

import asyncio

import msgspec

from contracts.codec import decode_log, encode_event, post
from contracts.events import Event, SeatsHeld
from contracts.records import EventRecord
from tests.commands import hold_seats
from write_side.api.answers import Seen
from write_side.api.backlog import Mark
from write_side.api.circuit import Circuit
from write_side.api.deciding import Deciding
from write_side.api.waiting import Asked, Outcome

SHOW = "hamlet"
COMMAND = "01a20454-d338-7e5a-9896-6759c3b6d61f"


def held(hold_id: str = COMMAND, seat: str = "A-1-1") -> SeatsHeld:
    return SeatsHeld(
        hold_id=hold_id,
        buyer_id="ann",
        seats=(seat,),
        prices_minor=(4500,),
        currency="EUR",
        expires_at=1_795_368_997_666,
    )


def seen(
    event: Event,
    *,
    partition: int = 0,
    offset: int = 9,
    source: tuple[int, int, int] = (5, 0, 1),
    command: str = COMMAND,
) -> Seen:
    value = encode_event(
        event,
        show_id=SHOW,
        version=7,
        command_id=command,
        digest="d",
        source=source,
        claim=0,
        time=1_795_368_000_000,
        prev="",
    )
    record = decode_log(value)
    assert isinstance(record, EventRecord)
    return Seen(partition, offset, record, value)


def asked(command_id: str = COMMAND, show_id: str = SHOW, partition: int = 0, seat: str = "A-1-1") -> Asked:
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    return Asked(show_id, partition, post(hold_seats(seat), command_id), future, Mark(0.0, 0))


def told(body: bytes) -> dict[str, object]:
    return msgspec.json.decode(body, type=dict[str, object])


def some_partitions(count: int) -> list[Deciding]:
    """As many partitions that were always decided in time."""
    return [Deciding(Circuit(2.0, 1.0), within_seconds=1.0, queued_most=1000) for _ in range(count)]
