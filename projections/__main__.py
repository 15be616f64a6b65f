"""`python -m projections`: the projector. `python -m projections rebuild`: all read models from nothing."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from typing import Annotated, Final, TypeVar

import msgspec
import typer
import uvloop
from pymongo.errors import ConnectionFailure, OperationFailure
from rich.console import Console
from rich.progress import Progress

from contracts.event_log import LogFault
from contracts.operations.command_line import settings_or_sentence
from contracts.operations.health import HealthServer
from contracts.operations.kafka import TopicsUnfit
from contracts.operations.kafka_access import fit_access
from contracts.operations.logs import configure_logs
from contracts.operations.production import mongo_fault
from contracts.operations.stop_signals import on_stop_signal
from contracts.operations.tasks import end_tasks
from projections.generations import SwitchRefused
from projections.metrics import ProjectorMetrics
from projections.mongo_connection import connect
from projections.process import ProjectorProcess
from projections.rebuild import Rebuild, Rebuilt
from projections.settings import Settings

app = typer.Typer(add_completion=False, help=__doc__)

Answer = TypeVar("Answer")
_CONFIGURATION: Final = 78
_EXIT_CODES: Final = ((LogFault, 65), (TopicsUnfit, _CONFIGURATION), (SwitchRefused, 75), (ConnectionFailure, 75))
"""As in sysexits.h: bad data, bad configuration, try again."""
_REFUSED: Final = (13, 18)
"""MongoDB's codes for a user that may not do this, or is not known or has another password."""


@app.callback(invoke_without_command=True)
def project(context: typer.Context) -> None:
    """Project the event log into MongoDB until SIGTERM."""
    if context.invoked_subcommand is None:
        settings = _settings("projector")
        gc.set_threshold(100_000, 20, 100)  # a batch is many small objects that die together
        _run(_serve(settings))


def _settings(process: str) -> Settings:
    """Read the settings and send logs where they belong; what is wrong ends the process with a sentence."""
    settings = settings_or_sentence(process, Settings)
    configure_logs(process, settings.log_level)
    fit_access(process, settings, mongo_fault(settings.mongo))
    return settings


async def _serve(settings: Settings) -> None:
    """Project and answer health checks until SIGTERM or SIGINT, or until either of them ends."""
    stop = asyncio.Event()
    on_stop_signal(stop.set)
    async with connect(settings.mongo) as client:
        process = ProjectorProcess(settings.kafka_access(), client[settings.mongo_database], ProjectorMetrics())
        health = HealthServer(process.missing, settings.host, settings.port)
        tasks = [asyncio.create_task(process.run()), asyncio.create_task(health.run_until_cancelled())]
        waiting = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
        await end_tasks(*tasks, waiting)
        for task in done - {waiting}:
            task.result()


def _run(work: Coroutine[None, None, Answer]) -> Answer:
    """Run on uvloop; what an operator has to mend is one line and an exit code."""
    try:
        return uvloop.run(work)
    except OperationFailure as error:
        if error.code not in _REFUSED:
            raise
        typer.echo(f"projector: MongoDB refuses the user of SEATLOG_MONGO: {error}", err=True)
        raise typer.Exit(_CONFIGURATION) from error
    except tuple(kind for kind, _ in _EXIT_CODES) as error:
        typer.echo(f"projector: {error}", err=True)
        raise typer.Exit(next(code for kind, code in _EXIT_CODES if isinstance(error, kind))) from error


@app.command()
def rebuild(
    as_json: Annotated[bool, typer.Option("--json", help="Print one object and no progress bar.")] = False,
) -> None:
    """Build every read model from nothing beside those in force, then switch to the new ones."""
    settings = _settings("rebuild")
    gc.set_threshold(100_000, 20, 100)
    result = _run(_rebuild(settings, shown=not as_json))
    if as_json:
        typer.echo(msgspec.json.encode(result).decode())
    else:
        typer.echo(
            f"{result.events} events in {result.seconds:.1f} s ({result.events_per_second:.0f}/s); "
            f"generation {result.generation} is in force"
        )


async def _rebuild(settings: Settings, shown: bool) -> Rebuilt:
    async with connect(settings.mongo) as client:
        with Progress(disable=not (shown and sys.stderr.isatty()), console=Console(stderr=True)) as bar:
            task = bar.add_task("events", total=None)

            def show(done: int, of: int) -> None:
                bar.update(task, completed=done, total=of)

            return await Rebuild(settings.kafka_access(), client[settings.mongo_database], show).run()


if __name__ == "__main__":
    app()
