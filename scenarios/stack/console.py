"""The commands for people: up, down, status, logs, reset; and what `make setup` and `make lock-kafka` call."""

import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from scenarios.stack import kafka_closure, kafka_jars, log_files
from scenarios.stack.failure import StackFailure
from scenarios.stack.guard import Guard
from scenarios.stack.kafka_cluster import MOST_BROKERS
from scenarios.stack.kafka_training import record_rehearsal
from scenarios.stack.launcher import Plan, hand_over_deciders, launch_in_background, run_until_told, stop_launcher
from scenarios.stack.services import EVERYTHING
from scenarios.stack.stack import Stack
from scenarios.stack.state import StackState, read_state
from scenarios.stack.status import ServiceReport, report_on

app = typer.Typer(help="Start and stop real Kafka, real MongoDB and Seatlog's services here.", no_args_is_help=True)
console = Console()
Folder = Annotated[Path, typer.Option(help="where data, logs and state live")]
DEFAULT_FOLDER = Path(".seatlog")


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn a StackFailure into its sentence on stderr and exit code 1."""
    try:
        yield
    except StackFailure as failure:
        print(failure, file=sys.stderr)
        raise typer.Exit(1) from failure


@app.command()
def up(
    folder: Folder = DEFAULT_FOLDER,
    foreground: Annotated[bool, typer.Option(help="stay here until Ctrl-C")] = False,
    partitions: Annotated[int, typer.Option(min=1, max=1000, help="of each topic, when they are created")] = 3,
    only: Annotated[list[str] | None, typer.Option(help="start only this service; may be given again")] = None,
    free_ports: Annotated[bool, typer.Option(help="choose free ports instead of the fixed ones")] = False,
    brokers: Annotated[int, typer.Option(min=1, max=MOST_BROKERS, help="of Kafka; 3 outlive the loss of one")] = 1,
    deciders: Annotated[int, typer.Option(min=1, max=9, help="no more than partitions do work")] = 1,
    secure: Annotated[bool, typer.Option(help="TLS, passwords and least rights for every process")] = False,
) -> None:
    """Start everything and keep it running; does nothing when it runs already."""
    plan = Plan(
        folder=folder.absolute(),
        partitions=partitions,
        services=tuple(only or EVERYTHING),
        free_ports=free_ports,
        brokers=brokers,
        deciders=deciders,
        secure=secure,
    )
    with _one_sentence():
        if foreground:
            run_until_told(plan, on_ready=_print_addresses)
            return
        state = Stack.running(plan.folder)
        if state is not None:
            console.print("It runs already.")
        else:
            began = time.monotonic()
            with console.status("Starting Kafka, MongoDB and the services"):
                state = launch_in_background(plan)
            console.print(f"Ready after {time.monotonic() - began:.1f} s.")
        _print_addresses(state)


@app.command()
def down(folder: Folder = DEFAULT_FOLDER) -> None:
    """Stop everything; the data stay."""
    with _one_sentence():
        print("Stopped." if stop_launcher(folder.absolute()) else "Nothing runs.")


@app.command()
def hand_over(folder: Folder = DEFAULT_FOLDER) -> None:
    """Restart every decider with hardly a pause: each goes on until its successor has read the log."""
    with _one_sentence():
        for old, new in hand_over_deciders(folder.absolute()):
            print(f"{old.name}: process {old.pid} has handed over to {new.pid}.")


@app.command()
def reset(folder: Folder = DEFAULT_FOLDER) -> None:
    """Stop everything and remove its data and logs."""
    with _one_sentence():
        stop_launcher(folder.absolute())
        shutil.rmtree(folder, ignore_errors=False) if folder.exists() else None
        print(f"{folder} is gone.")


@app.command()
def status(
    folder: Folder = DEFAULT_FOLDER, as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False
) -> None:
    """Say what runs where. Exit code 1 when anything is not ready, 3 when nothing runs."""
    state = read_state(folder.absolute())
    guard = Guard.kept(folder.absolute())
    reports = [] if state is None else [report_on(service, guard, state.mongo_database) for service in state.services]
    if as_json:
        print(msgspec.json.encode({"running": state is not None, "services": reports}).decode())
    elif state is None:
        print("Nothing runs: `make up` starts it.")
    else:
        console.print(_table(reports))
    if state is None:
        raise typer.Exit(3)
    if not all(report.ready for report in reports):
        raise typer.Exit(1)


@app.command()
def login(
    user: Annotated[str, typer.Argument(help="as in docs/security.md, such as replay or operator")] = "replay",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print what a shell must be told in order to use a secure stack as this user, for `eval`."""
    state, guard = read_state(folder.absolute()), Guard.kept(folder.absolute())
    if state is None or guard is None:
        print("No secure stack runs: `make up SECURE=1` starts one.", file=sys.stderr)
        raise typer.Exit(1)
    told = {"SEATLOG_ENVIRONMENT": "development", "SEATLOG_KAFKA": state.kafka, **guard.environment(state.mongo, user)}
    print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in told.items()))


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="one service; without it all")] = None,
    folder: Folder = DEFAULT_FOLDER,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on until Ctrl-C")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="from the end of each")] = 20,
) -> None:
    """Show the last lines of the logs."""
    with _one_sentence():
        files = log_files.choose(folder.absolute() / "logs", name)
        log_files.show(files, lines)
        if follow:
            log_files.follow(files)


@app.command()
def fetch() -> None:
    """Bring Kafka's jars into the cache, check them against the lock, and rehearse a start of the broker."""
    with _one_sentence():
        kafka_jars.fetch_jars(show_progress=True)
        with console.status("Rehearsing a start of Kafka, so that later ones are quick"):
            record_rehearsal()


@app.command()
def lock_kafka() -> None:
    """Resolve what a Kafka broker needs and write it to kafka.lock."""
    with _one_sentence():
        print(f"{kafka_closure.write_kafka_lock()} jars in {kafka_jars.LOCK}")


def _print_addresses(state: StackState) -> None:
    table = Table("service", "address", box=None)
    table.add_row("Kafka", state.kafka)
    table.add_row("MongoDB", state.mongo)
    for name, url in state.urls.items():
        table.add_row(name, url)
    console.print(table)


def _table(reports: list[ServiceReport]) -> Table:
    table = Table("service", "pid", "port", "up", "restarts", "ready", box=None)
    for report in reports:
        table.add_row(
            report.name,
            str(report.pid),
            str(report.port),
            f"{report.uptime_seconds:.0f} s",
            str(report.restarts),
            "yes" if report.ready else f"no: {report.missing}",
        )
    return table
