"""The flash sale on the real stack, small: the product sells, and the verdicts fail as soon as somebody lies."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scenarios.crowd import Crowd, End
from scenarios.drain import NotDrained, drained
from scenarios.exchanges import Exchange, Kind, requests_of
from scenarios.figures import Judged, SaleTerms
from scenarios.history import History, dump_topics, read_history
from scenarios.judgement import judge_history
from scenarios.planted_faults import PlantedFault, with_fault
from scenarios.sale import SaleFailed, hold_sale
from scenarios.sale_site import NEEDED, site_of
from scenarios.stack.stack import Stack

BUYERS, SEATS = 300, 20


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this module's own, found by its folder like one that `make up` runs."""
    with Stack.start(tmp_path_factory.mktemp("flash-sale") / "stack", services=NEEDED) as running:
        yield running


def flash_sale(folder: Path, *more: str, buyers: int = BUYERS, seats: int = SEATS) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "scenarios", "flash-sale", "--buyers", str(buyers), "--seats", str(seats))
    options = ("--connections", "40", "--arrive-within", "0.3", "--json", "--folder", str(folder))
    return subprocess.run([*command, *options, *more], capture_output=True, text=True, timeout=120, check=False)


class Sold:
    """A sale that was held once for all tests of this module."""

    def __init__(self, ended: subprocess.CompletedProcess[str], folder: Path) -> None:
        self.ended = ended
        self.result: dict[str, Any] = msgspec.json.decode(ended.stdout)
        self.folder = folder
        self.history: History = read_history(folder / "history")


@pytest.fixture(scope="module")
def sold(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Sold:
    folder = tmp_path_factory.mktemp("sold")
    ended = flash_sale(
        stack.folder, "--seed", "11", "--history", str(folder / "history"), "--report", str(folder / "report.html")
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return Sold(ended, folder)


def test_every_seat_is_sold_once_and_everybody_knows(sold: Sold):
    figures = {name: sold.result[name] for name in ("sold", "double_sold", "false_refusals", "unanswered", "passed")}
    assert figures == {"sold": SEATS, "double_sold": 0, "false_refusals": 0, "unanswered": 0, "passed": True}
    assert sold.result["commands"] >= BUYERS + SEATS
    assert sold.result["fates"]["sold_out"] == BUYERS - SEATS


def test_the_report_and_the_history_are_left_behind(sold: Sold):
    assert "every check holds" in (sold.folder / "report.html").read_text(encoding="utf-8")
    assert {each.buyer for each in sold.history.requests} == {f"buyer-{number + 1}" for number in range(BUYERS)}


def test_the_replay_tool_confirms_the_log_and_the_receipts(stack: Stack, sold: Sold):
    command = (sys.executable, "-m", "read_side.replay", "verify", "--kafka", stack.kafka)
    receipts = ("--receipts", str(sold.folder / "history" / "requests.jsonl"))
    assert subprocess.run([*command, *receipts], capture_output=True, check=False, timeout=60).returncode == 0


def _judged(sold: Sold, fault: PlantedFault | None) -> Judged:
    exchanges = [
        Exchange(
            each.buyer, each.method, each.path, each.key, bytes(each.body), each.sent, each.sent, each.answered,
            each.status, each.receipt, bytes(each.answer), 1,
        )
        for each in sold.history.requests
    ]  # fmt: skip
    told = exchanges if fault is None else with_fault(exchanges, fault)
    requests = requests_of(told)
    return judge_history(msgspec.structs.replace(sold.history, requests=requests), sold.result["show_id"], SEATS)


def _failed(judged: Judged) -> set[str]:
    return {verdict.check for verdict in judged.verdicts if not verdict.holds}


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (None, set()),
        (PlantedFault.TOLD_YES, {"answers"}),
        (PlantedFault.FORGED_RECEIPT, {"answers"}),
        (PlantedFault.SWALLOWED_ANSWER, {"answered"}),
    ],
)
def test_each_lie_is_found_by_its_checker(sold: Sold, fault: PlantedFault | None, check: set[str]):
    assert _failed(_judged(sold, fault)) == check


async def test_what_is_answered_later_is_followed_to_its_truth(stack: Stack):
    """The decider stands still in the middle of the sale, for longer than an API waits for it."""
    terms = SaleTerms("sale-with-a-pause", 3, BUYERS, SEATS, 40, 0.3)

    async def pause_the_decider(crowd: Crowd) -> None:
        await until(lambda: crowd.record.counts[Kind.REFUSED] > 20)
        stack.process("decider").stop()
        try:
            await until(lambda: crowd.record.counts[Kind.QUEUED] > 0)
        finally:
            stack.process("decider").resume()

    held = await hold_sale(site_of(stack), terms, pause_the_decider)
    commands, events = await dump_topics(stack.kafka)
    requests = requests_of(held.crowd.record.exchanges)
    judged = judge_history(History(requests=requests, commands=commands, events=events), terms.show_id, SEATS)
    assert _failed(judged) == set()
    assert judged.unanswered == 0
    assert held.crowd.record.counts[Kind.QUEUED] > 0
    assert {fate.end for fate in held.crowd.fates} == {End.WON, End.SOLD_OUT}


async def until(reached: Callable[[], bool]) -> None:
    while not reached():  # noqa: ASYNC110 - what is waited for happens in another process
        await asyncio.sleep(0.005)


def test_a_lie_fails_the_command(stack: Stack, sold: Sold, tmp_path: Path):
    ended = flash_sale(
        stack.folder, "--plant-fault", "told-yes", "--report", str(tmp_path / "r.html"), buyers=40, seats=5
    )
    result = msgspec.json.decode(ended.stdout)
    assert ended.returncode == 1
    assert not result["passed"]
    assert result["findings"]["answers"]
    assert "a check fails" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_fewer_buyers_than_seats_all_get_one(stack: Stack, tmp_path: Path):
    ended = flash_sale(stack.folder, "--report", str(tmp_path / "r.html"), buyers=5, seats=30)
    assert ended.returncode == 0, ended.stderr
    assert msgspec.json.decode(ended.stdout)["fates"]["won"] == 5


def test_without_a_stack_it_brings_its_own_and_leaves_none(tmp_path: Path):
    ended = flash_sale(tmp_path / "nothing-here", "--report", str(tmp_path / "r.html"), buyers=60, seats=5)
    assert ended.returncode == 0, ended.stderr
    assert msgspec.json.decode(ended.stdout)["passed"]
    assert not (tmp_path / "nothing-here").exists()


async def test_read_models_that_lag_behind_are_noticed(stack: Stack, sold: Sold):
    async def nobody_watches(_: Crowd) -> None: ...

    where = (stack.kafka, stack.mongo, stack.mongo_database)
    await drained(*where, within=20)
    stack.process("projector").stop()
    try:
        with pytest.raises(SaleFailed, match="does not show the new show"):
            await hold_sale(
                site_of(stack), SaleTerms("sale-behind", 4, 2, 1, 2, 0.0), nobody_watches, setup_seconds=2.5
            )
        with pytest.raises(NotDrained, match="partition 0 is at offset"):
            await drained(*where, within=0.2)
    finally:
        stack.process("projector").resume()
    assert await drained(*where, within=20) < 20


def test_waiting_was_measured_for_yes_and_for_no(sold: Sold):
    for name in ("accepted", "refused"):
        assert 0 < sold.result[f"{name}_p50_ms"] <= sold.result[f"{name}_p95_ms"] <= sold.result[f"{name}_p99_ms"]
