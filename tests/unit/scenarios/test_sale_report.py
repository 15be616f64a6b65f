"""The report and the command line around it."""

import asyncio
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from random import Random

import msgspec
import pytest
from rich.console import Console

from contracts.operations.tasks import end_tasks
from scenarios.crowd import ANY_SEAT, Buyer, Crowd, Decision, End, Fate
from scenarios.drain import NotDrained
from scenarios.exchanges import Exchange
from scenarios.figures import Judged, SaleResult, SaleTerms, Verdict, sale_result
from scenarios.house import seat_plan
from scenarios.http_client import Client
from scenarios.judgement import judge_map, judge_replay
from scenarios.report.page import Winner, write_report
from scenarios.sale import SaleFailed, hold_sale
from scenarios.sale_progress import show_progress
from scenarios.sale_site import SaleSite
from scenarios.sale_table import print_sale
from tests.stand_in_box_office import BoxOffice
from tests.stand_in_http import stand_in
from tests.until import until

TERMS = SaleTerms("gala", 7, 3, 2, 10, 1.0)
HOLDS = Verdict("sold", "Exactly 2 seats were sold", ())
FAILS = Verdict("refusals", "Nobody was told no for nothing", tuple(f"finding {each} <b>" for each in range(25)))


@pytest.fixture
async def crowd() -> Crowd:
    """A sale that is over: two won, one came too late."""
    client = Client("http://127.0.0.1:1", connections=1)
    buyers = [Buyer(f"b{each}", "", float(each), ANY_SEAT) for each in range(3)]
    ended = Crowd(client, client, "gala", ["Stalls-A-1", "Stalls-A-2"], buyers, Random(1))
    ended.opened = 100.0
    ended.fates = [
        Fate("b0", End.WON, 100.5, "h"),
        Fate("b1", End.WON, 101.5, "h"),
        Fate("b2", End.SOLD_OUT, 104.0, ""),
    ]
    ended.decisions = [Decision(True, 100.0, 100.2), Decision(True, 101.0, 101.2), Decision(False, 102.0, 103.0)]
    ended.record.add(Exchange("b2", "GET", "/shows/gala/seats", None, b"", 103.0, 103.0, 103.5, 200, None, b"", 1))
    return ended


def result_of(crowd: Crowd, *verdicts: Verdict, unanswered: int = 0) -> SaleResult:
    judged = Judged(4, 2, 0, sum(len(each.findings) for each in verdicts), unanswered, verdicts)
    return sale_result(TERMS, crowd, judged, 0.5)


def page_of(crowd: Crowd, path: Path, *verdicts: Verdict) -> str:
    winners = {"Stalls-A-2": Winner("b1", "0:9:ab", 9)}
    result = result_of(crowd, *verdicts)
    write_report(path, "Gala", result, verdicts, crowd, seat_plan(2), winners, "verify --kafka x")
    return path.read_text(encoding="utf-8")


def test_seconds_count_from_the_first_arrival_to_the_last_answer(crowd: Crowd):
    result = result_of(crowd, HOLDS)
    assert (result.seconds, result.seconds_to_sell_out, result.passed) == (4.0, 1.5, True)
    assert (result.accepted_p99_ms, result.refused_p99_ms) == (200.0, 1000.0)


def test_a_sale_that_left_seats_never_sold_out(crowd: Crowd):
    crowd.fates[1] = Fate("b1", End.SOLD_OUT, 101.0, "")
    assert result_of(crowd, HOLDS).seconds_to_sell_out is None


@pytest.mark.parametrize("end", [End.UNANSWERED, End.ODD])
def test_a_buyer_without_a_final_answer_fails_the_sale(crowd: Crowd, end: End):
    crowd.fates[2] = Fate("b2", end, 104.0, "why")
    result = result_of(crowd, HOLDS)
    assert (result.unanswered, result.passed) == (1, False)


def test_a_finding_fails_the_sale(crowd: Crowd):
    assert not result_of(crowd, HOLDS, FAILS).passed


def test_what_the_history_leaves_unanswered_counts_even_if_the_crowd_thinks_otherwise(crowd: Crowd):
    assert result_of(crowd, HOLDS, unanswered=1).unanswered == 1


def test_the_json_has_the_fields_that_were_promised(crowd: Crowd):
    told = msgspec.json.decode(msgspec.json.encode(result_of(crowd, HOLDS)))
    promised = "buyers seats commands sold double_sold false_refusals unanswered seconds requests_per_second"
    assert {*promised.split(), "accepted_p99_ms", "refused_p99_ms"} <= told.keys()


def test_the_page_opens_without_a_network(crowd: Crowd, tmp_path: Path):
    page = page_of(crowd, tmp_path / "deep" / "report.html", HOLDS)
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)
    assert page.count("data:image/svg+xml;base64,") == 3


def test_the_page_says_what_holds_and_who_sits_where(crowd: Crowd, tmp_path: Path):
    page = page_of(crowd, tmp_path / "report.html", HOLDS)
    assert "every check holds" in page
    assert "Stalls-A-2: b1, number 1, receipt 0:9:ab" in page
    assert "Stalls-A-1: not sold" in page


def test_the_page_shows_what_fails_and_trusts_no_text(crowd: Crowd, tmp_path: Path):
    page = page_of(crowd, tmp_path / "report.html", HOLDS, FAILS)
    assert "a check fails" in page
    assert "every check holds" not in page
    assert "finding 0 &lt;b&gt;" in page
    assert "and 5 more" in page


def test_the_terminal_says_so_too(crowd: Crowd, capsys: pytest.CaptureFixture[str]):
    print_sale(result_of(crowd, HOLDS, FAILS), (HOLDS, FAILS), Console(width=200))
    printed = capsys.readouterr().out
    assert "✓ Exactly 2 seats were sold" in printed
    assert "NOT TRUE: Nobody was told no for nothing" in printed
    assert "and 20 more" in printed


@pytest.mark.parametrize("terminal", [True, False])
async def test_progress_is_drawn_on_terminals_only(crowd: Crowd, monkeypatch: pytest.MonkeyPatch, terminal: bool):
    monkeypatch.setattr("scenarios.sale_progress.REFRESH_SECONDS", 0.0)
    drawn = StringIO()
    console = Console(file=drawn, force_terminal=terminal, width=100)
    drawing = asyncio.create_task(show_progress(crowd, 3, 2, console))
    await until(lambda: drawing.done() or "sold 0/2" in drawn.getvalue())
    await end_tasks(drawing)
    assert ("sold 0/2" in drawn.getvalue()) is terminal


def test_help_loads_no_plots_and_no_servers():
    code = "import sys; import scenarios.__main__ as main; main.build([]); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"matplotlib", "aiokafka", "pymongo", "scenarios.flash_sale"} & set(loaded)


def test_help_lists_the_commands():
    help_ = subprocess.run([sys.executable, "-m", "scenarios", "--help"], capture_output=True, text=True, check=True)
    assert all(name in help_.stdout for name in ("flash-sale", "token", "stack"))


@pytest.mark.parametrize(
    ("statuses", "found"), [([2, 2, 2], ()), ([2, 1, 2], ("the map shows 2 seats as booked, not 3",))]
)
async def test_the_map_must_show_what_was_sold(monkeypatch: pytest.MonkeyPatch, statuses: list[int], found: object):
    async def at_once(*_: object) -> float:
        return 0.01

    monkeypatch.setattr("scenarios.judgement.drained", at_once)
    office = BoxOffice(seats=3)
    office.statuses = statuses
    async with stand_in(office.query_api) as url:
        verdict = await judge_map(site(query_api=url), "gala", 3)
    assert verdict.findings == found


async def test_read_models_that_never_catch_up_fail_the_map(monkeypatch: pytest.MonkeyPatch):
    async def never(*_: object) -> float:
        raise NotDrained("after 30 s the read models are still behind")

    monkeypatch.setattr("scenarios.judgement.drained", never)
    assert not (await judge_map(site(), "gala", 3)).holds


async def test_a_log_that_cannot_be_read_fails_the_replay():
    assert not (await judge_replay(site())).holds


async def test_a_command_api_that_is_away_is_one_sentence():
    async def nobody_watches(_: Crowd) -> None: ...

    with pytest.raises(SaleFailed, match="could not be put on sale: no answer"):
        await hold_sale(site(), TERMS, nobody_watches)


def site(query_api: str = "http://127.0.0.1:1") -> SaleSite:
    return SaleSite("http://127.0.0.1:1", query_api, "127.0.0.1:1", "mongodb://127.0.0.1:1", "x", "s" * 32, True)
