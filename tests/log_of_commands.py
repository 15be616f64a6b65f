"""Both topics of one partition in memory: commands are arrived, decided, confirmed; the events can be folded again."""

from collections.abc import Iterable, Sequence

from msgspec import Raw

from contracts.codec import encode_claim, encode_commands
from contracts.records import RULES, CommandRecord, PartitionClaim, PostedCommand
from write_side.domain.partition import Decision, Partition

CLAIM = encode_claim(PartitionClaim(owner="test", generation=1, rules=RULES))
Arrived = tuple[int, bytes]
"""A command record: its append time and its bytes; its offset is its place in the list."""


def bodies_of(show_id: str, *bodies: bytes, schema: int = 1) -> bytes:
    """A command record of bodies as they are, however bad; their ids are `body-0`, `body-1` ..."""
    posted = (
        PostedCommand(id=f"body-{number}", digest="d", schema=schema, body=Raw(body))
        for number, body in enumerate(bodies)
    )
    return encode_commands(CommandRecord(show_id=show_id, commands=tuple(posted)))


def claimed(number: int = 0, partitions: int = 1) -> Partition:
    """A partition whose log holds one claim."""
    partition = Partition(number, partitions)
    partition.fold(0, CLAIM)
    return partition


def decide(partition: Partition, arrived: Sequence[Arrived]) -> list[Decision]:
    """Decide the records from the partition's next command on, ahead of the log: neither confirmed nor undone.

    Ends before a command that repeats one of these.
    """
    decisions: list[Decision] = []
    while (offset := partition.next_command[0]) < len(arrived):
        log_offset = partition.cursor.offset + 1 + len(decisions)
        more = partition.decide(offset, *arrived[offset], log_offset)
        decisions += more
        if partition.next_command[0] == offset:
            break
    return decisions


def decided(partition: Partition, arrived: Sequence[Arrived]) -> list[Decision]:
    """Decide the records from the partition's next command on, each record confirmed before the next."""
    decisions: list[Decision] = []
    while (offset := partition.next_command[0]) < len(arrived):
        batch = partition.decide(offset, *arrived[offset], partition.cursor.offset + 1)
        partition.confirm(len(batch))
        decisions += batch
    return decisions


def log_of(decisions: Iterable[Decision]) -> list[bytes]:
    """The log that these decisions make after the one claim."""
    return [CLAIM, *(decision.value for decision in decisions)]


def folded(log: Iterable[bytes], number: int = 0, partitions: int = 1) -> Partition:
    """A partition that has folded this log."""
    partition = Partition(number, partitions)
    for offset, value in enumerate(log):
        partition.fold(offset, value)
    return partition
