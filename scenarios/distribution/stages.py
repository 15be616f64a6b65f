"""Where the time of a command goes: until it is in the log, until it is decided, until its answer is there.

The clients' clock and Kafka's stamps are clocks of one machine; stamps have whole milliseconds. A stage may come out as
a fraction of one below zero.
"""

from collections.abc import Iterable, Mapping

import msgspec

from scenarios.checkers.recorded import RecordedLog
from scenarios.exchanges import Exchange
from scenarios.figures import Percentiles, percentiles
from scenarios.history import History, append_times

Place = tuple[int, int]


class Stages(msgspec.Struct, frozen=True, kw_only=True):
    """(p50, p95, p99) in milliseconds: from wanting to ask until the command's append, from there until its event was
    made, from there until the answer."""

    recorded: Percentiles
    decided: Percentiles
    answered: Percentiles


Stamps = Mapping[Place, tuple[float, float]]
"""By the place of an event (partition, offset): when its command was appended, and when it was made; monotonic seconds.
"""


def stamps(history: History, log: RecordedLog, epoch: float) -> Stamps:
    """Taken from both topics. `epoch` is what makes seconds since 1970 of monotonic seconds."""
    commands, events = append_times(history.commands), append_times(history.events)
    return {
        (event.partition, event.offset): (
            commands[event.partition, event.source[0]] - epoch,
            events[event.partition, event.offset] - epoch,
        )
        for event in log.valid
    }


def stages(exchanges: Iterable[Exchange], stamped: Stamps) -> Stages:
    """Of those that were answered with a receipt that the log backs."""
    parts: list[tuple[float, float, float]] = []
    for each in exchanges:
        stamp = None if each.receipt is None else stamped.get(_place(each.receipt))
        if stamp is not None and each.answered is not None:
            appended, made = stamp
            parts.append((appended - each.wanted, made - appended, each.answered - made))
    recorded, decided, answered = (percentiles(part[number] for part in parts) for number in range(3))
    return Stages(recorded=recorded, decided=decided, answered=answered)


def _place(receipt: str) -> Place:
    partition, offset = receipt.split(":")[:2]
    return int(partition), int(offset)
