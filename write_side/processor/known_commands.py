"""Whether the topic of commands is still the one whose commands the events answer.

Offsets show that a topic was cut or made anew only while it is shorter than what is decided. So a command that has an
event is looked at where it stood: another one there means another topic. It is the last one that was answered before
the look before this one found everything in its place, since what was answered later may be of the new topic.
"""

from contracts.codec import DecodeError, decode_commands
from contracts.records import Place
from write_side.domain.partition import unreadable_id
from write_side.processor.ports import CommandLog


class KnownCommands:
    """Answered commands of each partition, by place and id: the last one, and the last one that is surely of the topic
    that everything before it was read from."""

    def __init__(self, commands: CommandLog) -> None:
        self._commands = commands
        self._last: dict[int, tuple[Place, str]] = {}
        self._sure: dict[int, tuple[Place, str]] = {}

    def answered(self, number: int, place: Place, command_id: str) -> None:
        """The log has a valid event of this command."""
        self._last[number] = place, command_id

    def drop(self, number: int) -> None:
        """Forget a partition."""
        self._last.pop(number, None)
        self._sure.pop(number, None)

    async def stranger(self, number: int, start: int, end: int) -> str | None:
        """What is wrong with the commands from `start` to `end` (exclusive), if another stands where an answered one
        did; None too if there is none to look at, or it is not to be had now."""
        last = self._last.get(number)
        known = self._sure.get(number, last)
        if known is not None and known[0][0] < start:  # its time was over, and it was deleted
            known = last
        if known is None or last is None or not start <= known[0][0] < end:
            return None
        (offset, index), command_id = known
        value = await self._commands.record(number, offset)
        if value is None:
            return None
        if command_id in _ids(number, offset, index, value):
            if number in self._last:  # nobody has dropped it meanwhile
                self._sure[number] = last
            return None
        return f"the command at offset {offset} is not {command_id}, which was decided there: the topic was made anew"


def _ids(number: int, offset: int, index: int, value: bytes) -> tuple[str, ...]:
    """The ids that the event of this command may have: a record that cannot be read has one by its place."""
    try:
        return tuple(posted.id for posted in decode_commands(value).commands[index : index + 1])
    except DecodeError:
        return (unreadable_id(number, offset),)
