"""`export`, `import` and `clear` of the replay tool."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from contracts.operations.kafka_access import LOCAL_KAFKA, KafkaAccess
from contracts.topics import COMMANDS, DEAD_LETTERS, EVENTS
from read_side.replay.answering import FAULTY, AsJson, Kafka, access_to, answered, print_json, progress
from read_side.replay.backup.exporting import ends_of, export_topics
from read_side.replay.backup.folder import EVERY_TOPIC, Export, Manifest
from read_side.replay.backup.importing import Imported, check, compare, import_topics
from read_side.replay.backup.kafka_topics import open_topics
from read_side.replay.certificate import Certificate
from read_side.replay.log_reader import open_log
from read_side.replay.verify import verify


class TopicChoice(StrEnum):
    """Which topics."""

    COMMANDS = "commands"
    EVENTS = "events"
    DEAD_LETTERS = "deadletters"
    ALL = "all"

    @property
    def names(self) -> tuple[str, ...]:
        """Their names in Kafka."""
        one = {self.COMMANDS: COMMANDS, self.EVENTS: EVENTS, self.DEAD_LETTERS: DEAD_LETTERS}.get(self)
        return EVERY_TOPIC if one is None else (one,)


class ImportReport(Struct, frozen=True, kw_only=True):
    """What an import did. The certificate's figures are there if commands and events were imported."""

    identical: bool
    partitions: tuple[Imported, ...]
    verified: bool | None = None
    heads_sha256: str | None = None


class ClearReport(Struct, frozen=True, kw_only=True):
    """What was deleted: every record of it is in the export."""

    deleted: tuple[str, ...]
    records: int


Folder = Annotated[Path, typer.Argument(help="The folder of the export.")]
Topics = Annotated[TopicChoice, typer.Option("--topic", help="Which topics.")]


def export(
    folder: Folder,
    topic: Topics = TopicChoice.ALL,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition; for a look, not a backup.")] = None,
    damaged: Annotated[bool, typer.Option("--damaged", help="Copy what stands there, for a repair.")] = False,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """Copy topics into a new folder, with checksums. Whoever writes meanwhile may go on."""

    access = access_to(kafka, as_json)

    async def copy() -> Manifest:
        async with open_topics(access, check_crcs=not damaged) as topics:
            wanted = await ends_of(topics, topic.names, partition)
            total = sum(extent.end - extent.first for extent in wanted.values())
            with progress(total, "records exported", as_json) as advance:
                return await export_topics(topics, wanted, folder, advance)

    manifest = answered(copy(), as_json)
    if as_json:
        print_json(manifest)
        return
    table = Table("file", "offsets", "bytes", "sha256")
    for kept in manifest.files:
        table.add_row(kept.name, f"{kept.first:,} to {kept.end:,}", f"{kept.size_bytes:,}", kept.sha256[:16] + "…")
    Console().print(table)
    records = sum(kept.end - kept.first for kept in manifest.files)
    typer.echo(f"EXPORTED {records:,} records to {folder}")


def import_(
    folder: Folder,
    topic: Topics = TopicChoice.ALL,
    replicas: Annotated[int, typer.Option(min=1, max=9, help="Of topics that are created; 3 outside development.")] = 1,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """Put an export back into fresh, empty topics: same offsets, bytes and times. Then read and judge all of it."""

    access = access_to(kafka, as_json)

    async def fill() -> ImportReport:
        source = Export(folder)
        records = sum(kept.end for kept in source.kept(*topic.names))
        with progress(3 * records, "records checked, written, compared", as_json) as advance:
            files = check(source, topic.names, advance)
            async with open_topics(access, replicas) as topics:
                imported = await import_topics(source, files, topics, advance)
        judged = await _judge(access) if {COMMANDS, EVENTS} <= set(topic.names) else None
        return ImportReport(
            identical=True,
            partitions=tuple(imported),
            verified=None if judged is None else judged.verified,
            heads_sha256=None if judged is None else judged.heads_sha256,
        )

    report = answered(fill(), as_json)
    if as_json:
        print_json(report)
    else:
        records = sum(one.records for one in report.partitions)
        typer.echo(f"IMPORTED {records:,} records, each as it is in {folder}")
        if report.verified is not None:
            typer.echo(f"{'VERIFIED' if report.verified else 'NOT VERIFIED'} heads sha256 {report.heads_sha256}")
    if report.verified is False:
        raise typer.Exit(FAULTY)


def clear(folder: Folder, kafka: Kafka = LOCAL_KAFKA, as_json: AsJson = False) -> None:
    """Delete all topics, if every record of them is in this export. To make room for an import."""

    access = access_to(kafka, as_json)

    async def make_room() -> ClearReport:
        source = Export(folder)
        records = 0
        async with open_topics(access, check_crcs=False) as topics:
            present = {name: await topics.extents(name) for name in EVERY_TOPIC}
            total = sum(extent.end - extent.first for extents in present.values() for extent in extents.values())
            with progress(total, "records compared", as_json) as advance:
                for name, extents in present.items():
                    for number in extents:
                        kept = source.file(name, number)
                        records += (await compare(source, kept, topics, advance, whole=False)).records
            await topics.delete()
        return ClearReport(deleted=tuple(name for name, extents in present.items() if extents), records=records)

    report = answered(make_room(), as_json)
    if as_json:
        print_json(report)
    else:
        typer.echo(f"DELETED {', '.join(report.deleted) or 'nothing'}: all {report.records:,} records are in {folder}")


async def _judge(kafka: KafkaAccess) -> Certificate:
    async with open_log(kafka) as log:
        return await verify(log, range(log.partitions), {}, lambda records: None)
