"""Whether the topic of commands is still the one whose commands the events answer.

Offsets show that a topic was cut or made anew only while it is shorter than what is decided. So the last command that
has an event is looked at where it stood: another one there means another topic.
"""

from contracts.codec import DecodeError, decode_commands
from contracts.records import Place
from write_side.domain.partition import unreadable_id
from write_side.processor.ports import CommandLog


class KnownCommands:
    """The last answered command of each partition: its place, and its id."""

    def __init__(self, commands: CommandLog) -> None:
        self._commands = commands
        self._last: dict[int, tuple[Place, str]] = {}

    def answered(self, number: int, place: Place, command_id: str) -> None:
        """The log has a valid event of this command."""
        self._last[number] = place, command_id

    def drop(self, number: int) -> None:
        """Forget a partition."""
        self._last.pop(number, None)

    async def stranger(self, number: int, start: int, end: int) -> str | None:
        """What is wrong with the commands from `start` to `end` (exclusive), if another stands where the last answered
        one did; None too if there is none to look at, or it is not to be had now."""
        known = self._last.get(number)
        if known is None or not start <= known[0][0] < end:
            return None
        (offset, index), command_id = known
        value = await self._commands.record(number, offset)
        if value is None or command_id in _ids(number, offset, index, value):
            return None
        return f"the command at offset {offset} is not {command_id}, which was decided there: the topic was made anew"


def _ids(number: int, offset: int, index: int, value: bytes) -> tuple[str, ...]:
    """The ids that the event of this command may have: a record that cannot be read has one by its place."""
    try:
        return tuple(posted.id for posted in decode_commands(value).commands[index : index + 1])
    except DecodeError:
        return (unreadable_id(number, offset),)
