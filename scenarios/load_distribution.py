"""Scenario 4, load distribution: three shows of high, medium and low demand, and deciders that come and go."""

import asyncio
import sys
import time
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated, Final, NamedTuple

import msgspec
import typer
import uvloop
from rich.console import Console

from contracts.operations.tasks import end_tasks
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.checkers.recorded import read_log
from scenarios.checkers.sales import sold_seats
from scenarios.distribution.acts import FIRST, Selling, Told
from scenarios.distribution.demand import Terms
from scenarios.distribution.fleet import Fleet
from scenarios.distribution.ownership import spans
from scenarios.distribution.result import LoadResult, Taken, decided_at, load_result
from scenarios.distribution.site import measured_peak, own_stack, shows_on_sale
from scenarios.distribution.table import print_load
from scenarios.distribution.visitors import Show, Visitors
from scenarios.distribution.watch import Watch
from scenarios.exchanges import requests_of
from scenarios.flash_sale import REPORTS, SEEDS, make_folders
from scenarios.history import History, dump_topics, write_history
from scenarios.http_client import Client
from scenarios.judgement import judge_answers, judge_map, judge_replay
from scenarios.report.load_page import write_load_report
from scenarios.sale import SaleFailed, no_garbage_collection
from scenarios.sale_site import SaleSite, site_of
from scenarios.stack.failure import StackFailure
from scenarios.stack.stack import Stack

CONNECTIONS: Final = 4_096
"""Enough for everybody who waits for an answer while a decider is behind: nobody waits for a connection."""
TABLE_CHARACTERS: Final = 110
"""A narrower terminal folds lines, rather than lose words."""
SETTLE_SECONDS: Final = 120.0


class Wanted(NamedTuple):
    """What to leave behind; the history only if there is a folder for it."""

    report: Path
    history: Path | None


class Sold(NamedTuple):
    """A run that is over: between `began` and `ended`, monotonic seconds."""

    told: Told
    shows: tuple[Show, ...]
    peak: float
    visitors: Visitors
    watch: Watch
    names: dict[str, str]
    unsettled: int
    began: float
    ended: float


def load_distribution(  # noqa: PLR0913 - the options of a command
    seconds: Annotated[float, typer.Option(min=2.0, help="Of each act, at its peak.")] = 12.0,
    cap: Annotated[float, typer.Option(min=10.0, help="Decisions a second that one decider may make.")] = 1000.0,
    peak: Annotated[
        float | None, typer.Option(min=2.0, help="Holds a second at full load; measured first if not given.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the order of seats; random if not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    history: Annotated[Path | None, typer.Option(help="Folder for what was asked, answered and recorded.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="The HTML report; reports/load-distribution-TIME.html if not given.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="As it always is: a stack of its own.")] = True,
    strict: Annotated[bool, typer.Option(help="Exit code 1 when a bar is missed, too.")] = False,
) -> None:
    """Sell three shows while deciders come and go, then check everything. Exit code 1 when a check fails."""
    began = datetime.now().astimezone()
    console = Console(stderr=as_json, width=max(TABLE_CHARACTERS, Console(stderr=as_json).width))
    terms = Terms(seconds, cap, peak, began.microsecond % SEEDS if seed is None else seed)
    wanted = Wanted(report or REPORTS / f"load-distribution-{began:%Y%m%d-%H%M%S}.html", history)
    make_folders(wanted.report.parent, wanted.history)
    try:
        console.print("Starting a stack of its own")
        with own_stack() as stack:
            result = uvloop.run(_run(stack, terms, wanted, f"load-{began:%H%M%S}", console))
    except (StackFailure, SaleFailed, BenchmarkFailure) as failure:
        print(failure, file=sys.stderr)
        raise typer.Exit(1) from failure
    if as_json:
        print(msgspec.json.encode(result).decode())
    if not result.passed or (strict and not result.bars_met):
        raise typer.Exit(1)


async def _run(stack: Stack, terms: Terms, wanted: Wanted, name: str, console: Console) -> LoadResult:
    site = site_of(stack)
    sold = await _sell(stack, site, terms, name, console)
    console.print("Checking every answer against the log")
    taken = await _taken(site, terms, sold, wanted.history)
    decided = decided_at(taken)
    result = load_result(taken, decided)
    kept = None if wanted.history is None else str(wanted.history)
    result = msgspec.structs.replace(result, report=str(wanted.report), history=kept)
    write_load_report(wanted.report, result, taken, decided, sold.began, sold.ended)
    print_load(result, taken.verdicts, console)
    return result


async def _sell(stack: Stack, site: SaleSite, terms: Terms, name: str, console: Console) -> Sold:
    fleet = Fleet(stack)
    await fleet.start(FIRST, cap=None)
    async with Client(site.command_api, CONNECTIONS) as commands, Client(site.query_api, CONNECTIONS) as queries:
        if terms.peak is None:
            console.print("Measuring the peak")
        peak = terms.peak or await measured_peak(stack, commands, queries, name, terms.seed)
        console.print(f"{peak:,.0f} holds a second are the peak; putting three shows on sale")
        shows = await shows_on_sale(commands, queries, site.token_secret, name, terms._replace(peak=peak))
        visitors = Visitors(commands, queries, shows, site.token_secret, Random(terms.seed))
        watch, over = Watch(fleet), asyncio.Event()
        began = time.monotonic()
        watching, coming = asyncio.create_task(watch.run()), asyncio.create_task(visitors.run(over))
        try:
            with no_garbage_collection():
                selling = Selling(terms, peak, fleet, visitors, watch, console.print)
                told = await _unless_one_ends(selling.run(), coming, watching)
            over.set()
            await coming
            console.print("Asking what became of everything that was left open")
            unsettled = await visitors.settle(SETTLE_SECONDS)
            ended = time.monotonic()
        finally:
            await end_tasks(coming, watching)
    return Sold(told, shows, peak, visitors, watch, fleet.names, unsettled, began, ended)


async def _unless_one_ends(selling: Coroutine[None, None, Told], *beside: "asyncio.Task[None]") -> Told:
    """Run to the end what needs the others to go on; raises what one of them raised instead."""
    running = asyncio.ensure_future(selling)
    try:
        await asyncio.wait((running, *beside), return_when=asyncio.FIRST_COMPLETED)
        for each in beside:
            if each.done():
                each.result()
        return await running
    finally:
        await end_tasks(running)


async def _taken(site: SaleSite, terms: Terms, sold: Sold, folder: Path | None) -> Taken:
    commands, events = await dump_topics(site.kafka)
    exchanges = sold.visitors.record.exchanges
    history = History(requests=requests_of(exchanges), commands=commands, events=events)
    if folder is not None:
        write_history(folder, history)
    log = read_log(history.events)
    maps = [await judge_map(site, show.id, len(sold_seats(log, show.id))) for show in sold.shows]
    epoch = time.time() - time.monotonic()
    return Taken(
        terms=terms,
        peak=sold.peak,
        shows=sold.shows,
        told=sold.told,
        exchanges=exchanges,
        looks=sold.watch.looks,
        history=history,
        log=log,
        epoch=epoch,
        unsettled=sold.unsettled,
        ownership=spans(log.claims, epoch + sold.began, epoch + sold.ended, sold.names),
        names=sold.names,
        verdicts=(*judge_answers(history, log), await judge_replay(site), *maps),
    )
