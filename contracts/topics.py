"""The topics: their names, their settings, and which partition a show lives in."""

from typing import Final, NamedTuple
from zlib import crc32

from contracts.limits import MESSAGE_BYTES

_FOR_EVER: Final = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}


class Topic(NamedTuple):
    """A topic and the settings that every process checks at start."""

    name: str
    settings: dict[str, str]


COMMANDS: Final = "booking.commands"
EVENTS: Final = "booking.events"
DEAD_LETTERS: Final = "booking.deadletters"

TOPICS: Final = (
    Topic(COMMANDS, {**_FOR_EVER, "message.timestamp.type": "LogAppendTime"}),
    Topic(EVENTS, _FOR_EVER),
    Topic(DEAD_LETTERS, _FOR_EVER),
)
"""All of them have the same number of partitions, `max.message.bytes` of MESSAGE_BYTES, and no unclean election."""

SHARED_SETTINGS: Final = {"max.message.bytes": str(MESSAGE_BYTES), "unclean.leader.election.enable": "false"}


def partition_of(show_id: str, partitions: int) -> int:
    """The partition of a show. Always passed to clients explicitly, since each hashes keys its own way."""
    return crc32(show_id.encode()) % partitions


def pseudo_show(partition: int) -> str:
    """The show that answers for commands of this partition which belong to no show."""
    return f"~{partition}"
