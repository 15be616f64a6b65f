"""One run of a fault: a fresh stack, a steady load, the harm, rest, and everything that is to be judged."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import uvloop

from contracts.operations.tasks import end_tasks
from contracts.topics import partition_of
from scenarios.exchanges import requests_of
from scenarios.history import History
from scenarios.house import SaleRules, seat_labels, seat_plan, show_on_sale
from scenarios.http_client import Client
from scenarios.nemesis.aftermath import aftermath, settle
from scenarios.nemesis.fault import QUICK_RESTARTS, Fault
from scenarios.nemesis.load import Load
from scenarios.nemesis.probing import MemoryWatch, Prober
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.scene import MARKS, NemesisFailed, Scene
from scenarios.sale import put_on_sale
from scenarios.stack.failure import StackFailure
from scenarios.stack.stack import Stack

SHOWS_A_PARTITION: Final = 2
SEATS: Final = 600
RULES: Final = SaleRules(hold_seconds=30, seats_per_hold=10, seats_per_buyer=1000)
CONNECTIONS: Final = 100
LEAD_SECONDS: Final = 2.0
"""How long the load runs before the fault, and after it."""
SETTLE_SECONDS: Final = 60.0
OURS: Final = ("decider", "projector", "command-api", "query-api")


class Terms(NamedTuple):
    """How hard a run is. None: as the fault says."""

    commands_per_second: float | None
    seconds: float | None
    seed: int


def run_fault(fault: Fault, terms: Terms, keep_logs: Path | None = None) -> Ran:
    """Start a stack, run, stop it; what its processes said goes into `keep_logs`.

    Raises NemesisFailed, SaleFailed and StackFailure.
    """
    with TemporaryDirectory(prefix="seatlog-nemesis-") as temporary:
        folder = Path(temporary)
        try:
            with _stack(fault, folder) as stack:
                return uvloop.run(_run(fault, terms, stack, folder / "marks"))
        finally:
            if keep_logs is not None:
                shutil.copytree(folder / "logs", keep_logs, dirs_exist_ok=True)


@contextmanager
def _stack(fault: Fault, folder: Path) -> Iterator[Stack]:
    wishes = fault.wishes
    environment = {**wishes.environment, MARKS: str(folder / "marks")}
    with Stack.start(
        folder,
        services=wishes.services,
        supervised=wishes.supervised,
        environment=environment,
        partitions=wishes.partitions,
        brokers=wishes.brokers,
        restarts=QUICK_RESTARTS,
    ) as stack:
        for extra in wishes.extra:
            stack.start_service(extra.kind, name=extra.name, module=extra.module, environment=extra.environment)
        yield stack


async def _run(fault: Fault, terms: Terms, stack: Stack, marks: Path) -> Ran:
    shows, labels = _show_ids(fault.wishes.partitions), seat_labels(seat_plan(SEATS))
    nodes = {name: stack.url(name) for name in command_apis(fault)}
    seconds = fault.seconds if terms.seconds is None else terms.seconds
    async with AsyncExitStack() as clients:
        commands = {name: await clients.enter_async_context(Client(url, CONNECTIONS)) for name, url in nodes.items()}
        queries = await clients.enter_async_context(Client(stack.url("query-api"), CONNECTIONS))
        for show in shows:
            body = show_on_sale(show, f"{show} of {SEATS} seats", seat_plan(SEATS), RULES)
            await put_on_sale(next(iter(commands.values())), queries, stack.token_secret, show, body)
        random = Random(terms.seed)
        load = Load(
            list(commands.values()),
            queries,
            shows,
            labels,
            stack.token_secret,
            random,
            fault.copies,
            fault.patience_seconds,
        )
        prober = Prober(commands, queries, shows, load.asking.record)
        memory = MemoryWatch(stack, OURS)
        scene = Scene(stack, seconds, shows, fault.wishes.partitions, marks)
        watching = [asyncio.create_task(prober.run()), asyncio.create_task(memory.run())]
        try:
            await _harm(fault, terms, scene, load)
            unsettled = await settle(scene.site, SETTLE_SECONDS) if fault.settles else []
        finally:
            await end_tasks(*watching)
    over = time.time()
    left = await aftermath(scene.site)
    exchanges = [*load.asking.record.exchanges, *scene.exchanges]
    counts = {**scene.counts, **scene.marks(), **load.tallies, "asked_another_node": load.asking.elsewhere}
    history = History(requests=requests_of(exchanges), commands=left.commands, events=left.events)
    return Ran(
        history=history,
        exchanges=exchanges,
        read_models=left.read_models,
        replayed=left.replayed,
        probes=prober.probes,
        counts={name: count for name, count in counts.items() if count},
        figures=scene.figures,
        told=scene.findings,
        unsettled=unsettled,
        memory=memory.most,
        clock=time.time() - time.monotonic(),
        began=scene.began,
        ended=scene.ended or over,
        over=over,
    )


async def _harm(fault: Fault, terms: Terms, scene: Scene, load: Load) -> None:
    """Inject the fault while the load runs, and wait for the last answer. Raises NemesisFailed."""
    loading = asyncio.create_task(load.run(terms.commands_per_second or fault.commands_per_second))
    try:
        await asyncio.sleep(LEAD_SECONDS)
        scene.begins()
        await _inject(fault, scene)
        await asyncio.sleep(LEAD_SECONDS)
        load.stop()
        await loading
    finally:
        await end_tasks(loading)


async def _inject(fault: Fault, scene: Scene) -> None:
    """Raises NemesisFailed and StackFailure when no harm was done; what does not come back after it is a finding."""
    try:
        await asyncio.to_thread(fault.inject, scene)
    except (NemesisFailed, StackFailure) as failure:
        if scene.ended is None and not scene.findings:
            raise
        scene.findings.append(f"I11: {failure}")
    if scene.ended is None:
        scene.over()


def _show_ids(partitions: int) -> tuple[str, ...]:
    """Names of shows, so many for each partition."""
    found: dict[int, list[str]] = {number: [] for number in range(partitions)}
    number = 0
    while any(len(names) < SHOWS_A_PARTITION for names in found.values()):
        number += 1
        names = found[partition_of(f"show-{number}", partitions)]
        if len(names) < SHOWS_A_PARTITION:
            names.append(f"show-{number}")
    return tuple(name for names in found.values() for name in names)


def command_apis(fault: Fault) -> list[str]:
    """The names of the command APIs that a fault's stack has."""
    kinds = [("command-api", "command-api")] if "command-api" in fault.wishes.services else []
    kinds += [(extra.kind, extra.name) for extra in fault.wishes.extra]
    return [name for kind, name in kinds if kind == "command-api"]
