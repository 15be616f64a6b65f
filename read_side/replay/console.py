"""The replay tool: judges the log, tells of it, copies it into files and back.

Exit codes: 0 well; 1 the log is at fault; 2 the question could not be answered (Kafka away, unknown show, bad option).
"""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from contracts.operations.kafka_access import LOCAL_KAFKA
from contracts.topics import EVENTS
from read_side.replay.answering import (
    FAULTY,
    UNANSWERED,
    AsJson,
    Kafka,
    KeyFile,
    access_to,
    answered,
    give_up,
    key_of,
    print_json,
    progress,
)
from read_side.replay.backup.console import clear, export, import_
from read_side.replay.backup.exported_log import ExportedLog
from read_side.replay.backup.folder import Export
from read_side.replay.certificate import Certificate, print_certificate
from read_side.replay.log_reader import Log, Unreadable, open_log
from read_side.replay.receipts import UnreadableReceipts, read_receipts
from read_side.replay.receipts import moved as moved_receipts
from read_side.replay.repair.console import repair
from read_side.replay.seat_picture import print_picture
from read_side.replay.state import Moment, Picture, read_moment
from read_side.replay.state import state as state_of
from read_side.replay.timeline import print_timeline
from read_side.replay.timeline import timeline as timeline_of
from read_side.replay.verify import verify as verify_log

__all__ = ["FAULTY", "UNANSWERED", "app"]

T = TypeVar("T")

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
for command in (export, import_, clear, repair):
    app.command(command.__name__.strip("_"))(command)

InExport = Annotated[Path | None, typer.Option("--export", help="Ask this export, and no Kafka.")]
Show = Annotated[str, typer.Argument(help="The show's id.")]


@app.command()
def verify(
    receipts: Annotated[
        Path | None,
        typer.Option(help="Lines partition:offset:sha256, a history's requests.jsonl, or an earlier certificate."),
    ] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition.")] = None,
    moved: Annotated[Path | None, typer.Option(help="The receipts that a repair has moved, as it wrote them.")] = None,
    key: KeyFile = None,
    in_export: InExport = None,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """Judge every record of both topics again, and print a certificate or name what is at fault."""
    digest, repair_key = "", key_of(key, as_json)
    try:
        kept = read_receipts(receipts) if receipts is not None else {}
        if moved is not None:
            kept, digest = moved_receipts(kept, moved)
    except UnreadableReceipts as error:
        give_up(str(error), as_json)

    async def judge(log: Log) -> Certificate:
        if partition is not None and partition >= log.partitions:
            raise Unreadable(f"There is no partition {partition}: the log has 0 to {log.partitions - 1}.")
        numbers = range(log.partitions) if partition is None else [partition]
        with progress(sum(log.extent(EVENTS, number).end for number in numbers), "events judged", as_json) as advance:
            return await verify_log(log, numbers, kept, advance, repair_key)

    certificate = _with_log(kafka, in_export, judge, as_json)
    if digest and all(part.repair is None or part.repair.moved_sha256 != digest for part in certificate.partitions):
        give_up(f"{moved} is not the file of any repair in this log: its SHA-256 is {digest}.", as_json)
    if as_json:
        print_json(certificate)
    else:
        print_certificate(certificate, Console(highlight=False))
    if not certificate.verified:
        raise typer.Exit(FAULTY)


@app.command()
def timeline(
    show: Show,
    seat: Annotated[str | None, typer.Option(help="Only what concerns this seat, such as A-1-1.")] = None,
    void: Annotated[bool, typer.Option("--void", help="Void records too: dim, and labelled.")] = False,
    in_export: InExport = None,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """What happened to a show or a seat, one line an event."""
    told = _with_log(kafka, in_export, lambda log: timeline_of(log, show, seat, with_void=void), as_json)
    if as_json:
        print_json(told)
    else:
        print_timeline(told, Console())


@app.command()
def state(
    show: Show,
    at: Annotated[str | None, typer.Option(help="A version, or an RFC 3339 time; the newest if left out.")] = None,
    in_export: InExport = None,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """The seat map at a version or a time; holds that had lapsed by then are shown as free."""
    now = time.time_ns() // 1_000_000

    async def ask(log: Log) -> Picture:
        return await state_of(log, show, Moment() if at is None else read_moment(at), now)

    picture = _with_log(kafka, in_export, ask, as_json)
    if as_json:
        print_json(picture)
    else:
        print_picture(picture, Console())


def _with_log(kafka: str, in_export: Path | None, ask: Callable[[Log], Awaitable[T]], as_json: bool) -> T:
    async def run() -> T:
        if in_export is not None:
            return await ask(ExportedLog(Export(in_export)))
        async with open_log(access_to(kafka, as_json)) as log:
            return await ask(log)

    return answered(run(), as_json)
