"""When each recorded command was appended and when it was decided, from the logs' own times.

Commands carry the broker's append time, events the time at which the decider appended them, both in milliseconds since
1970; so nothing has to be measured while a run is under way.
"""

from typing import NamedTuple

from scenarios.checkers.recorded import RecordedLog, command_places
from scenarios.history import History, append_times


class Decided(NamedTuple):
    """A command and its event, in seconds since 1970; `decided` is None for one that is pending."""

    partition: int
    appended: float
    decided: float | None


def decided_commands(history: History, log: RecordedLog) -> list[Decided]:
    """Every recorded command in the order of its append."""
    appended_at, stamps = append_times(history.commands), append_times(history.events)
    events = {(event.partition, event.source): stamps[event.partition, event.offset] for event in log.valid}
    found = [
        Decided(partition, appended_at[partition, source[0]], events.get((partition, source)))
        for partition, source in command_places(history.commands)
    ]
    return sorted(found, key=lambda each: each.appended)
