"""How every command of the replay tool answers: one JSON object or a page, one sentence for trouble, an exit code."""

import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, TypeVar

import msgspec
import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contracts.operations.kafka_access import AccessUnfit, KafkaAccess, access_from_environment
from contracts.repair_notes import KEY_BYTES_LEAST
from read_side.replay.backup.records import UnfitExport
from read_side.replay.faults import Broken
from read_side.replay.log_reader import Unreadable

FAULTY: Final = 1
UNANSWERED: Final = 2
_LONG_RECORDS: Final = 20_000
"""From so many records on, a progress bar is worth its line."""

Kafka = Annotated[str, typer.Option("--kafka", envvar="SEATLOG_KAFKA", help="Bootstrap servers, host:port.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
KeyFile = Annotated[
    Path | None, typer.Option("--key", help="A file with the key of repairs; SEATLOG_REPAIR_KEY has it otherwise.")
]

T = TypeVar("T")


def access_to(kafka: str, as_json: bool) -> KafkaAccess:
    """How to come to Kafka, by the environment; a contradiction there ends the process with a sentence."""
    try:
        return access_from_environment(kafka, os.environ)
    except AccessUnfit as error:
        give_up(f"{error}.", as_json)


def key_of(file: Path | None, as_json: bool) -> bytes | None:
    """The key that repairs are signed with, if there is one; what cannot be used ends the process with a sentence."""
    try:
        key = os.environ.get("SEATLOG_REPAIR_KEY", "").encode() if file is None else file.read_bytes().strip()
    except OSError as error:
        give_up(f"The key in {file} cannot be read: {error.strerror}.", as_json)
    if not key and file is None:
        return None
    if len(key) < KEY_BYTES_LEAST:
        give_up(f"The key of repairs must have at least {KEY_BYTES_LEAST} bytes; this one has {len(key)}.", as_json)
    return key


def answered(asking: Coroutine[Any, Any, T], as_json: bool) -> T:
    """Run it; what cannot be answered ends the process with a sentence."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it has to say is in our sentence
    try:
        return uvloop.run(asking)
    except (Unreadable, UnfitExport) as error:
        give_up(str(error), as_json)
    except Broken as error:
        give_up(f"The log is at fault: {error}. `verify` judges all of it.", as_json, FAULTY)


def give_up(sentence: str, as_json: bool, code: int = UNANSWERED) -> NoReturn:
    """Say why, and end with this code."""
    if as_json:
        print_json({"error": sentence})
    else:
        typer.echo(sentence, err=True)
    raise typer.Exit(code)


def print_json(value: object) -> None:
    """One line of JSON."""
    typer.echo(msgspec.json.encode(value).decode())


@contextmanager
def progress(total: int, does: str, as_json: bool) -> Iterator[Callable[[int], None]]:
    """A bar for people at a terminal, if there are many records; gives what is to be called with how many are done."""
    if as_json or total < _LONG_RECORDS or not sys.stderr.isatty():
        yield lambda records: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(does, total=total)
        yield lambda records: bar.advance(task, records)
