"""A history folder judged again: by whoever has it, without servers."""

import sys
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console

from scenarios.checkers.document_shapes import ReadModels
from scenarios.checkers.documents import check_documents
from scenarios.checkers.reading import check_reads
from scenarios.checkers.recorded import RecordedLog, read_log
from scenarios.figures import Verdict
from scenarios.history import READ_MODELS_FILE, UnreadableHistory, changed_files, read_history
from scenarios.judgement import judge_answers, verdict_of
from scenarios.sale_table import print_verdicts

UNREADABLE: Final = 65
"""Exit code, as in sysexits.h: bad data."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints: how much was judged, and each checker's verdict."""

    requests: int
    commands: int
    events: int
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return all(verdict.holds for verdict in self.verdicts)


def judge(
    folder: Annotated[Path, typer.Argument(help="What a scenario has written with --history.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Have the checkers go over a history folder. Exit code 1 if one finds something, 65 if a file cannot be read.

    All that need nothing but these files: not the replay tool, nor how many seats must have been sold. Of a run that
    was stopped in the middle, or whose partitions halted, it finds what was never answered or decided.
    """
    try:
        judgement = judged(folder)
    except UnreadableHistory as error:
        print(error, file=sys.stderr)
        raise typer.Exit(UNREADABLE) from error
    if as_json:
        print(msgspec.json.encode(judgement).decode())
    else:
        console = Console()
        console.print(
            f"{judgement.requests:,} requests, {judgement.commands:,} command records, {judgement.events:,} records"
            " of the event log",
            highlight=False,
        )
        print_verdicts(judgement.verdicts, console)
    if not judgement.passed:
        raise typer.Exit(1)


def judged(folder: Path) -> Judgement:
    """The verdicts on a folder. Raises UnreadableHistory."""
    history = read_history(folder)
    log = read_log(history.events)
    return Judgement(
        requests=len(history.requests),
        commands=len(history.commands),
        events=len(history.events),
        verdicts=(
            Verdict("files", "Every file is as the run has written it", tuple(changed_files(folder))),
            *judge_answers(history, log),
            verdict_of("reads", "Nobody saw a show go back to an older version", check_reads(history.requests)),
            *_documents(folder / READ_MODELS_FILE, log),
        ),
    )


def _documents(path: Path, log: RecordedLog) -> tuple[Verdict, ...]:
    """Only the faults of `resilience` leave documents; none if there is no such file. Raises UnreadableHistory."""
    if not path.exists():
        return ()
    try:
        read_models = msgspec.json.decode(path.read_bytes(), type=ReadModels)
    except (OSError, msgspec.DecodeError) as error:
        raise UnreadableHistory(f"{path} cannot be read: {error}.") from error
    says = "Each document is the fold of the log at its version, and none is missing behind the checkpoint"
    return (verdict_of("documents", says, check_documents(read_models, log)),)
