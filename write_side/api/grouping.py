"""How commands that arrived together become records: per show, in the order of arrival, within the limits."""

from collections.abc import Iterable, Iterator
from typing import Final

from contracts.codec import encode_commands
from contracts.limits import COMMAND_RECORD_BYTES, COMMANDS_PER_RECORD
from contracts.records import CommandRecord
from write_side.api.log_writer import Record
from write_side.api.waiting import Asked

ENVELOPE_BYTES: Final = 256
"""More than a command adds to a record besides its body."""

Group = list[Asked]


def groups(asked: Iterable[Asked]) -> list[Group]:
    """Commands grouped by show: each group is one record of at most 64 commands and 256 KiB, or one large command."""
    closed: list[Group] = []
    open_groups: dict[str, tuple[Group, int]] = {}
    for each in asked:
        size = len(each.posted.body) + ENVELOPE_BYTES
        group, filled = open_groups.get(each.show_id, ([], 0))
        if not group or len(group) == COMMANDS_PER_RECORD or filled + size > COMMAND_RECORD_BYTES:
            group, filled = [], 0
            closed.append(group)
        group.append(each)
        open_groups[each.show_id] = (group, filled + size)
    return closed


def batches(grouped: list[Group], limit_bytes: int) -> Iterator[tuple[list[Group], list[Record]]]:
    """Groups as records, in batches of at most `limit_bytes`; a larger record is a batch of its own."""
    batch: list[Group] = []
    records: list[Record] = []
    filled = 0
    for group in grouped:
        record = _record(group)
        size = len(record.value) + len(record.key) + ENVELOPE_BYTES
        if records and filled + size > limit_bytes:
            yield batch, records
            batch, records, filled = [], [], 0
        batch.append(group)
        records.append(record)
        filled += size
    if records:
        yield batch, records


def _record(group: Group) -> Record:
    show_id = group[0].show_id
    commands = tuple(asked.posted for asked in group)
    return Record(show_id.encode(), encode_commands(CommandRecord(show_id=show_id, commands=commands)))
