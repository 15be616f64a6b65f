"""Command records that put large shows on sale and hold every one of their seats."""

from collections.abc import Iterator, Sequence
from random import Random

from contracts.limits import COMMANDS_PER_RECORD
from contracts.topics import partition_of
from scenarios.benchmarks.house import hold_records, schedule_record, show_ids
from scenarios.benchmarks.kafka_ground import PARTITIONS, ToPartition


def sold_side_by_side(shows: Sequence[str], per_record: int, random: Random) -> Iterator[ToPartition]:
    """First every show, then its holds as `held_side_by_side`."""
    yield from put_on_sale(shows)
    yield from held_side_by_side(shows, per_record, random)


def put_on_sale(shows: Sequence[str]) -> Iterator[ToPartition]:
    """A record for each show."""
    for show_id in shows:
        yield ToPartition(partition_of(show_id, PARTITIONS), schedule_record(show_id))


def held_side_by_side(shows: Sequence[str], per_record: int, random: Random) -> Iterator[ToPartition]:
    """A record of `per_record` holds of each show in turn, until every seat is held."""
    selling = [(partition_of(show_id, PARTITIONS), hold_records(show_id, per_record, random)) for show_id in shows]
    for together in zip(*(values for _, values in selling), strict=True):
        yield from (ToPartition(number, value) for (number, _), value in zip(selling, together, strict=True))


def sold_one_by_one(name: str, shows: int) -> Iterator[ToPartition]:
    """Each show with all of its holds, in full records, before the next."""
    random = Random(1)
    for show_id in show_ids(name, shows, PARTITIONS):
        number = partition_of(show_id, PARTITIONS)
        yield ToPartition(number, schedule_record(show_id))
        for value in hold_records(show_id, COMMANDS_PER_RECORD, random):
            yield ToPartition(number, value)
