"""The replay tool from the shell: `python -m read_side.replay verify|timeline|state`.

Exit codes: 0 well; 1 the log is at fault; 2 the question could not be answered (Kafka away, unknown show, bad option).
"""

import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn, TypeVar

import msgspec
import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contracts.operations.kafka_access import LOCAL_KAFKA, AccessUnfit, access_from_environment
from contracts.topics import EVENTS
from read_side.replay.certificate import Certificate, print_certificate
from read_side.replay.faults import Broken
from read_side.replay.log_reader import Log, Unreadable, open_log
from read_side.replay.receipts import UnreadableReceipts, read_receipts
from read_side.replay.seat_picture import print_picture
from read_side.replay.state import Moment, Picture, read_moment
from read_side.replay.state import state as state_of
from read_side.replay.timeline import print_timeline
from read_side.replay.timeline import timeline as timeline_of
from read_side.replay.verify import verify as verify_log

T = TypeVar("T")

FAULTY: Final = 1
UNANSWERED: Final = 2
_LONG_RECORDS: Final = 20_000
"""From so many records on, a progress bar is worth its line."""

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

Kafka = Annotated[str, typer.Option("--kafka", envvar="SEATLOG_KAFKA", help="Bootstrap servers, host:port.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Show = Annotated[str, typer.Argument(help="The show's id.")]


@app.command()
def verify(
    receipts: Annotated[
        Path | None,
        typer.Option(help="Lines partition:offset:sha256, a history's requests.jsonl, or an earlier certificate."),
    ] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Only this partition.")] = None,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """Judge every record of both topics again, and print a certificate or name what is at fault."""
    try:
        kept = read_receipts(receipts) if receipts is not None else {}
    except UnreadableReceipts as error:
        _give_up(str(error), as_json)

    async def judge(log: Log) -> Certificate:
        if partition is not None and partition >= log.partitions:
            raise Unreadable(f"There is no partition {partition}: the log has 0 to {log.partitions - 1}.")
        numbers = range(log.partitions) if partition is None else [partition]
        with _progress(sum(log.extent(EVENTS, number).end for number in numbers), as_json) as advance:
            return await verify_log(log, numbers, kept, advance)

    certificate = _with_log(kafka, judge, as_json)
    if as_json:
        _print_json(certificate)
    else:
        print_certificate(certificate, Console(highlight=False))
    if not certificate.verified:
        raise typer.Exit(FAULTY)


@app.command()
def timeline(
    show: Show,
    seat: Annotated[str | None, typer.Option(help="Only what concerns this seat, such as A-1-1.")] = None,
    void: Annotated[bool, typer.Option("--void", help="Void records too: dim, and labelled.")] = False,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """What happened to a show or a seat, one line an event."""
    told = _with_log(kafka, lambda log: timeline_of(log, show, seat, with_void=void), as_json)
    if as_json:
        _print_json(told)
    else:
        print_timeline(told, Console())


@app.command()
def state(
    show: Show,
    at: Annotated[str | None, typer.Option(help="A version, or an RFC 3339 time; the newest if left out.")] = None,
    kafka: Kafka = LOCAL_KAFKA,
    as_json: AsJson = False,
) -> None:
    """The seat map at a version or a time; holds that had lapsed by then are shown as free."""
    now = time.time_ns() // 1_000_000

    async def ask(log: Log) -> Picture:
        return await state_of(log, show, Moment() if at is None else read_moment(at), now)

    picture = _with_log(kafka, ask, as_json)
    if as_json:
        _print_json(picture)
    else:
        print_picture(picture, Console())


def _with_log(kafka: str, ask: Callable[[Log], Awaitable[T]], as_json: bool) -> T:
    try:
        access = access_from_environment(kafka, os.environ)
    except AccessUnfit as error:
        _give_up(f"{error}.", as_json)

    async def run() -> T:
        async with open_log(access) as log:
            return await ask(log)

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it has to say is in our sentence
    try:
        return uvloop.run(run())
    except Unreadable as error:
        _give_up(str(error), as_json)
    except Broken as error:
        _give_up(f"The log is at fault: {error}. `verify` judges all of it.", as_json, FAULTY)


def _give_up(sentence: str, as_json: bool, code: int = UNANSWERED) -> NoReturn:
    if as_json:
        _print_json({"error": sentence})
    else:
        typer.echo(sentence, err=True)
    raise typer.Exit(code)


def _print_json(value: object) -> None:
    typer.echo(msgspec.json.encode(value).decode())


@contextmanager
def _progress(total: int, as_json: bool) -> Iterator[Callable[[int], None]]:
    if as_json or total < _LONG_RECORDS or not sys.stderr.isatty():
        yield lambda records: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("events judged", total=total)
        yield lambda records: bar.advance(task, records)
