"""The command API as a real process with one fault planted: `python -m tests.adapters.command_api.planted FAULT`.

The checks of these tests must notice each of them.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

from contracts.codec import decode_command, decode_log, encode_event
from contracts.commands import HoldSeats
from contracts.events import SeatsHeld
from contracts.operations import http_server, request_body, slow_clients
from contracts.records import EventRecord
from scenarios.stack.services import python_service
from scenarios.stack.stack import Stack
from write_side.api import __main__ as process
from write_side.api.answers import Seen
from write_side.api.circuit import Circuit
from write_side.api.deciding import NotTaken
from write_side.api.first_answers import FirstAnswers
from write_side.api.incoming import Incoming, fresh_id
from write_side.api.routes import holds
from write_side.api.waiting import Asked, Outcome, Undecided, Waiting

_SORRY: Final = NotTaken("Sorry.")


def refuse_what_was_handed_over() -> None:
    """503 for whatever Kafka has been given and has not confirmed."""
    resolve = Asked.resolve

    def resolved(asked: Asked, outcome: Outcome) -> None:
        resolve(asked, _SORRY if outcome == Undecided(None) else outcome)

    Asked.resolve = resolved  # type: ignore[method-assign]


def accept_what_is_not_decided() -> None:
    """201 as soon as the log has the command."""

    def placed(waiting: Waiting, partition: int, offset: int, group: list[Asked]) -> None:
        for index, asked in enumerate(group):
            asked.place = (partition, offset, index)
            asked.resolve(_hoped_for(asked, (offset, index, len(group))))

    Waiting.placed = placed  # type: ignore[method-assign]


def _hoped_for(asked: Asked, source: tuple[int, int, int]) -> Outcome:
    command = decode_command(asked.posted)
    if not isinstance(command, HoldSeats):
        return Undecided((asked.partition, *source[:2]))
    held = SeatsHeld(
        hold_id=asked.posted.id,
        buyer_id=command.buyer_id,
        seats=command.seats,
        prices_minor=(0,) * len(command.seats),
        currency="EUR",
        expires_at=0,
    )
    value = encode_event(
        held,
        show_id=asked.show_id,
        version=1,
        command_id=asked.posted.id,
        digest=asked.posted.digest,
        source=source,
        claim=0,
        time=0,
        prev="",
    )
    record = decode_log(value)
    assert isinstance(record, EventRecord)
    return Seen(asked.partition, 1, record, value)


def drop_who_waits() -> None:
    """A stop does not concern itself with those who wait."""
    Waiting.hurry_all = lambda _: None  # type: ignore[method-assign]


def refuse_who_waits() -> None:
    """At a stop, 503 for all who wait."""

    def hurry_all(waiting: Waiting) -> None:
        for asked in tuple(waiting._everyone):
            asked.resolve(_SORRY)

    Waiting.hurry_all = hurry_all  # type: ignore[method-assign]


def forget_keys() -> None:
    """Every request is a command of its own."""
    Incoming.command_id = lambda *_: fresh_id()  # type: ignore[method-assign]


def answer_with_the_repeat() -> None:
    """The answer to a repeat has the repeat's receipt, not that of the event that decided the command."""
    answered_by = FirstAnswers.answered_by

    async def as_the_repeat(first_answers: FirstAnswers, repeat: Seen) -> Seen | None:
        first = await answered_by(first_answers, repeat)
        return first and first._replace(offset=repeat.offset, value=repeat.value)

    FirstAnswers.answered_by = as_the_repeat  # type: ignore[method-assign]


def answer_the_neighbour() -> None:
    """Everybody is told what became of the last command of his record."""
    seen = Waiting.seen

    def for_all(waiting: Waiting, partition: int, offset: int, record: EventRecord, value: bytes) -> None:
        first, index, count = record.source
        if index == count - 1:
            for other in range(index):
                asked = waiting._placed[partition].pop((first, other), None)
                if asked is not None:
                    asked.resolve(Seen(partition, offset, record, value))
            seen(waiting, partition, offset, record, value)

    Waiting.seen = for_all  # type: ignore[method-assign]


def stumble_over_ids() -> None:
    """A hold id that is none is an error of ours."""
    holds.is_uuid = UUID  # raises ValueError


def keep_waiting() -> None:
    """Nobody counts the silence of deciders."""
    Circuit.look = lambda *_: None  # type: ignore[method-assign]


def hang_up() -> None:
    """Nobody is heard after the answer."""
    request_body.MOST_BYTES_HEARD = 0  # type: ignore[misc]


def hurry() -> None:
    """No fault: slow clients are looked at ten times a second, and have a tenth of their time; so a test need not wait
    ten seconds for 408."""
    http_server.TICKS_A_LOOK = 1  # type: ignore[misc]
    slow_clients.REQUEST_SECONDS = 1  # type: ignore[misc]


def wait_for_slow_clients() -> None:
    """Nobody looks at slow clients."""
    http_server.TICKS_A_LOOK = 10**9  # type: ignore[misc]


FAULTS: Final[dict[str, Callable[[], None]]] = {
    fault.__name__.replace("_", "-"): fault
    for fault in (
        refuse_what_was_handed_over,
        accept_what_is_not_decided,
        drop_who_waits,
        refuse_who_waits,
        forget_keys,
        answer_with_the_repeat,
        answer_the_neighbour,
        stumble_over_ids,
        keep_waiting,
        hang_up,
        hurry,
        wait_for_slow_clients,
    )
}


def start(stack: Stack, fault: str) -> str:
    """Start a command API with this fault beside the stack's own, under the fault's name; gives its address."""
    command = (sys.executable, "-m", "tests.adapters.command_api.planted", fault)
    stack.run(replace(python_service("command-api", fault, stack._site(), stack.ports), command=command))
    return stack.url(fault)


if __name__ == "__main__":
    FAULTS[sys.argv.pop()]()  # the API takes no arguments
    sys.exit(process.main())
