"""Whether what the command API told was so: every answer to a keyed hold, held against both topics afterwards."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import httpx

from contracts.codec import DecodeError, decode_commands
from contracts.identifiers import keyed_command_id
from scenarios.checkers.recorded import Event, read_log
from scenarios.history import StoredRecord, dump_topics
from tests.adapters.command_api.people import People

Place = tuple[int, int, int]
"""(partition, offset, index) of a command"""


class Told(NamedTuple):
    """One hold and what its caller heard; None if the connection broke."""

    show_id: str
    seat: str
    who: str
    key: str
    answer: httpx.Response | None

    @property
    def command_id(self) -> str:
        return keyed_command_id(self.who, self.show_id, self.key)


async def hold(people: People, show_id: str, seat: str, who: str, key: str, **headers: str) -> Told:
    """Ask for a seat under a key, from which the test knows the command's id."""
    answer = None
    with suppress(httpx.TransportError):
        answer = await people.hold(show_id, seat, who=who, Idempotency_Key=key, **headers)
    return Told(show_id, seat, who, key, answer)


async def lies(kafka: str, told: Sequence[Told]) -> list[str]:
    """What was said and is not so by the log, a sentence each. Kafka must have settled."""
    commands, events = await dump_topics(kafka)
    recorded = await asyncio.to_thread(_places, commands)
    log = await asyncio.to_thread(read_log, events)
    valid = {f"{event.partition}:{event.offset}:{event.hash}": event for event in log.valid}
    return [
        lie
        for one in told
        if one.answer is not None and (lie := _lie(one.command_id, one.answer, recorded, valid)) is not None
    ]


def _places(commands: Sequence[StoredRecord]) -> dict[Place, str]:
    """Which command stands where in the log."""
    places: dict[Place, str] = {}
    for record in commands:
        with suppress(DecodeError):
            posted = decode_commands(record.stored()).commands
            places |= {(record.partition, record.offset, index): one.id for index, one in enumerate(posted)}
    return places


def _lie(command_id: str, answer: httpx.Response, recorded: dict[Place, str], valid: dict[str, Event]) -> str | None:
    match answer.status_code:
        case 201 | 409:
            event = valid.get(answer.headers.get("Seatlog-Receipt", "none"))
            wanted = "seats-held" if answer.status_code == 201 else "hold-refused"
            if event is None or (event.command_id, event.type) != (command_id, wanted):
                return f"{command_id} was told {answer.status_code}, which the log does not say"
        case 202:
            if "Location" in answer.headers:
                partition, offset, index = answer.headers["Location"].split("?at=")[1].split(".")
                if recorded.get((int(partition), int(offset), int(index))) != command_id:
                    return f"{command_id} was told a place where it does not stand"
        case 429 | 503:
            if command_id in recorded.values():
                return f"{command_id} was told {answer.status_code}, and is in the log"
        case status:
            return f"{command_id} was told {status}"
    return None
