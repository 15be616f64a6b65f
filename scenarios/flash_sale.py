"""Scenario 1, the flash sale: thousands of people want a hundred seats, and the log proves that each was sold once."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
import typer
import uvloop
from rich.console import Console

from scenarios.exchanges import requests_of
from scenarios.figures import Judged, SaleResult, SaleTerms, sale_result
from scenarios.history import History, dump_topics, write_history
from scenarios.judgement import judge_history, judge_map, judge_replay, winners_of
from scenarios.planted_faults import NothingToTamperWith, PlantedFault, with_fault
from scenarios.report.page import write_report
from scenarios.sale import SaleFailed, SaleHeld, hold_sale
from scenarios.sale_progress import show_progress
from scenarios.sale_site import SaleSite, sale_site
from scenarios.sale_table import print_sale
from scenarios.stack.failure import StackFailure

REPORTS: Final = Path("reports")
SEEDS: Final = 1_000_000


class Wanted(NamedTuple):
    """What to leave behind: where, or None for not at all (the report always)."""

    report: Path
    history: Path | None
    fault: PlantedFault | None


def flash_sale(  # noqa: PLR0913 - the options of a command
    buyers: Annotated[int, typer.Option(min=1, max=1_000_000, help="People who want a seat.")] = 10_000,
    seats: Annotated[int, typer.Option(min=1, max=100_000, help="Seats there are.")] = 100,
    connections: Annotated[int, typer.Option(min=2, max=10_000, help="To both APIs together.")] = 500,
    arrive_within: Annotated[float, typer.Option(min=0.0, help="Seconds in which everybody comes.")] = 1.0,
    seed: Annotated[int | None, typer.Option(help="Of arrivals and wishes; random if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    history: Annotated[Path | None, typer.Option(help="Folder for what was asked, answered and recorded.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="The HTML report; reports/flash-sale-TIME.html if not given.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="The folder of a running stack.")] = Path(".seatlog"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Start a stack of its own even if one runs.")] = False,
    plant_fault: Annotated[PlantedFault | None, typer.Option(help="Tell one lie, to see the checkers find it.")] = None,
) -> None:
    """Ten thousand people, a hundred seats: sell them, then check everything. Exit code 1 when a check fails."""
    began = datetime.now().astimezone()
    console = Console(stderr=as_json)
    number = began.microsecond % SEEDS if seed is None else seed
    show_id = f"flash-sale-{began:%Y%m%d-%H%M%S}-{began.microsecond:06d}"
    terms = SaleTerms(show_id, number, buyers, seats, connections, arrive_within)
    wanted = Wanted(report or REPORTS / f"flash-sale-{began:%Y%m%d-%H%M%S}.html", history, plant_fault)
    make_folders(wanted.report.parent, wanted.history)
    try:
        console.print("Looking for a stack that runs, or starting one")
        with sale_site(folder, fresh=fresh) as site:
            result = uvloop.run(_run(site, terms, wanted, console))
    except (StackFailure, SaleFailed, NothingToTamperWith) as failure:
        print(failure, file=sys.stderr)
        raise typer.Exit(1) from failure
    if as_json:
        print(msgspec.json.encode(result).decode())
    if not result.passed:
        raise typer.Exit(1)


def make_folders(*wanted: Path | None) -> None:
    """Raises BadParameter before anything is sold, rather than losing the sale afterwards."""
    for folder in (each for each in wanted if each is not None):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise typer.BadParameter(f"the folder {folder} cannot be made: {error.strerror}") from error


async def _run(site: SaleSite, terms: SaleTerms, wanted: Wanted, console: Console) -> SaleResult:
    console.print(f"{terms.buyers:,} buyers arrive within {terms.arrive_within:g} s, for {terms.seats:,} seats")
    held = await hold_sale(site, terms, lambda crowd: show_progress(crowd, terms.buyers, terms.seats, console))
    console.print("Checking every answer against the log")
    to_be_sold = min(terms.seats, terms.buyers)
    read_models = await judge_map(site, terms.show_id, to_be_sold)
    exchanges = held.crowd.record.exchanges
    told = exchanges if wanted.fault is None else with_fault(exchanges, wanted.fault)
    commands, events = await dump_topics(site.kafka)
    history = History(requests=requests_of(told), commands=commands, events=events)
    if wanted.history is not None:
        write_history(wanted.history, history)
    judged = judge_history(history, terms.show_id, to_be_sold)
    judged = judged._replace(verdicts=(*judged.verdicts, await judge_replay(site), read_models))
    return _tell(site, terms, wanted, held, judged, history, console)


def _tell(
    site: SaleSite,
    terms: SaleTerms,
    wanted: Wanted,
    held: SaleHeld,
    judged: Judged,
    history: History,
    console: Console,
) -> SaleResult:
    result = sale_result(terms, held.crowd, judged, held.cpu_seconds)
    kept = None if wanted.history is None else str(wanted.history)
    result = msgspec.structs.replace(result, report=str(wanted.report), history=kept)
    write_report(
        wanted.report,
        f"Flash sale {terms.show_id}",
        result,
        judged.verdicts,
        held.crowd,
        held.plan,
        winners_of(history, terms.show_id),
        _how_to_verify(site, kept),
    )
    print_sale(result, judged.verdicts, console)
    return result


def _how_to_verify(site: SaleSite, history: str | None) -> str:
    receipts = "" if history is None else f" --receipts {history}/requests.jsonl"
    command = f".venv/bin/python -m read_side.replay verify --kafka {site.kafka}{receipts}"
    if site.lasting:
        return command
    return (
        "# the servers of this sale ended with it; hold another one on a stack that stays\n"
        "make up\n"
        ".venv/bin/python -m scenarios flash-sale --history reports/history\n"
        ".venv/bin/python -m read_side.replay verify --kafka 127.0.0.1:29092 --receipts reports/history/requests.jsonl"
    )
