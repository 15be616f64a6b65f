"""The pure parts of the load distribution: how many come, who owned what, what the figures are, what the page shows."""

import re
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from contracts.codec import encode_claim
from contracts.records import RULES, PartitionClaim
from scenarios.checkers.recorded import Event as ValidEvent
from scenarios.checkers.recorded import RecordedLog, read_log
from scenarios.checkers.shapes import EventData
from scenarios.distribution.acts import Act, ActName, Told, backlog, shared_among
from scenarios.distribution.demand import COMMANDS_A_VISIT, Demand, Dial, Terms
from scenarios.distribution.ownership import Span, spans
from scenarios.distribution.result import LoadResult, Taken, decided_at, load_result
from scenarios.distribution.stages import stages, stamps
from scenarios.distribution.table import chart, print_load
from scenarios.distribution.visitors import Show
from scenarios.distribution.waiting import decisions_by_decider, most_undecided, waited
from scenarios.distribution.watch import Look, look_of, spent
from scenarios.exchanges import Exchange, requests_of
from scenarios.figures import Verdict
from scenarios.history import History, stored_record
from scenarios.house import seat_plan
from scenarios.report.load_page import write_load_report
from scenarios.shown_metrics import ShownMetrics

METRICS = ShownMetrics("""# HELP seatlog_decisions_total Events appended
seatlog_decisions_total{type="seats-held"} 40.0
seatlog_decisions_total{type="seats-booked"} 2.0
seatlog_decisions_created{type="seats-held"} 1.7e+09
seatlog_decider_lag_records{partition="0"} 7.0
seatlog_decider_lag_records{partition="2"} 1.0
seatlog_owned_partitions 2.0
""")
ACT = Act(ActName.ONE, 10.0, 20.0, {})
HOLDS = Verdict("order", "Everything is in order", ())


def visitors_between(dial: Dial, began: float, ended: float, looks: int) -> list[float]:
    step = (ended - began) / looks
    return [at for number in range(1, looks + 1) for at in dial.due(began + step * number)]


def test_a_dial_turns_at_an_even_pace_and_stays_where_it_was_turned_to():
    dial = Dial(10.0)
    dial.turn(100.0, 10.0, 4.0)
    assert [dial.at(at) for at in (10.0, 11.0, 12.0, 14.0, 99.0)] == [0.0, 25.0, 50.0, 100.0, 100.0]
    assert dial.at(9.0) == 0.0
    dial.turn(0.0, 99.0, 2.0)
    assert dial.at(100.0) == 50.0
    assert dial.at(101.0) == 0.0


@pytest.mark.parametrize("looks", [1, 7, 1000])
def test_as_many_come_as_are_wanted_however_seldom_one_looks(looks: int):
    dial = Dial(0.0)
    dial.turn(120.0, 0.0, 0.0)
    came = visitors_between(dial, 0.0, 10.0, looks)
    assert len(came) == pytest.approx(10 * 120.0 / COMMANDS_A_VISIT, abs=1)
    assert came == sorted(came)
    assert 0.0 < came[0] < came[-1] <= 10.0


def test_a_look_that_comes_late_says_when_they_wanted_to_come():
    dial = Dial(0.0)
    dial.turn(6.0, 0.0, 0.0)
    assert dial.due(1.0) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def claim(partition: int, offset: int, seconds: float, owner: str):
    value = encode_claim(PartitionClaim(owner=owner, generation=1, rules=RULES))
    return stored_record(partition, offset, round(seconds * 1000), value)


def test_a_partition_is_owned_from_one_claim_to_the_next():
    events = [
        claim(0, 0, 100.0, "host-1"),
        stored_record(0, 1, 100_500, b'{"type": "seats-held"}'),
        claim(0, 2, 103.0, "host-1"),
        claim(0, 3, 105.0, "host-2"),
        claim(1, 0, 90.0, "stranger"),
        claim(1, 9, 99.0, "host-1"),
    ]
    owned = spans(read_log(events).claims, 100.0, 110.0, {"host-1": "decider-1", "host-2": "decider-2"})
    assert owned == (
        Span(partition=0, decider="decider-1", claim=0, began=0.0, ended=5.0),
        Span(partition=0, decider="decider-2", claim=3, began=5.0, ended=10.0),
        Span(partition=1, decider="decider-1", claim=9, began=0.0, ended=10.0),
    )


def test_a_seat_named_like_a_claim_is_none():
    events = [claim(0, 0, 100.0, "host-1"), stored_record(0, 1, 101_000, b'{"owner": "partition-claimed"}')]
    assert len(spans(read_log(events).claims, 100.0, 110.0, {})) == 1


def test_the_chart_of_a_partition_has_a_character_for_each_stretch_of_time():
    first = Span(partition=0, decider="decider-1", claim=0, began=1.0, ended=5.0)
    second = Span(partition=0, decider="decider-2", claim=3, began=5.0, ended=10.0)
    assert chart([first, second], 10.0, 11) == "·1111222222"


def test_a_look_adds_up_what_a_decider_says_of_itself():
    look = look_of("decider-1", METRICS, 1.5, 80)
    assert (look.decisions, look.owned, look.lag) == (42.0, 2, {0: 7.0, 2: 1.0})
    assert backlog([look, look]) == 16.0
    assert shared_among(2, 2)([look, look])
    assert not shared_among(2, 2)([look])
    assert not shared_among(1, 3)([look])


def look(at: float, decider: str, decisions: float, cpu: float = 0.0) -> Look:
    return Look(at, decider, decisions, cpu, 50_000_000, 1, {0: at})


def test_deciders_are_added_up_each_over_its_own_looks():
    looks = [look(0, "a", 5), look(1, "a", 10, 0.1), look(3, "a", 50, 0.3), look(2, "b", 0), look(3, "b", 7, 0.2)]
    done = spent(looks, 0.5, 3.5)
    assert done.decisions == 47
    assert done.a_second == 27.0
    assert done.cpu_seconds == pytest.approx(0.4)


def test_a_decider_seen_only_once_adds_nothing():
    assert spent([look(1, "a", 10)], 0.0, 2.0).decisions == 0


def asked(demand: Demand, wanted: float, wait: float, status: int = 201) -> Exchange:
    path = f"/shows/{demand}/holds"
    return Exchange("ann", "POST", path, "k", b"", wanted, wanted, wanted + wait, status, None, b"", 1)


@pytest.fixture
def taken() -> Taken:
    """Ten seconds an act: the quiet show waits 10 ms alone and 14 ms beside the hot one; three decide 1.5 of one."""
    names = (ActName.ALONE, ActName.BESIDE, ActName.ONE, ActName.THREE, ActName.BACK)
    everything = dict.fromkeys(Demand, 10.0)
    acts = [Act(name, 10.0 * number, 10.0 * number + 10, everything) for number, name in enumerate(names)]
    exchanges = [
        asked(demand, 10.0 * number + second, 0.014 if name == ActName.BESIDE else 0.010)
        for number, name in enumerate(names)
        for second in range(10)
        for demand in Demand
    ]
    looks = [look(at, "decider-1", 100.0 * at, 0.01 * at) for at in range(50)]
    looks += [look(at, name, 25.0 * at, 0.0025 * at) for at in range(30, 40) for name in ("decider-2", "decider-3")]
    history = History(requests=requests_of(exchanges), commands=(), events=(claim(0, 0, 0.0, "host-1"),))
    return Taken(
        terms=Terms(10.0, 100.0, 500.0, 7),
        peak=500.0,
        shows=[Show(demand, demand, number, seat_plan(10)) for number, demand in enumerate(Demand)],
        told=Told(acts, 2.0, 5.0, 1.0),
        exchanges=exchanges,
        looks=looks,
        history=history,
        log=RecordedLog(events=(), partitions=3, claims=(), findings=()),
        epoch=0.0,
        unsettled=0,
        ownership=spans(read_log(history.events).claims, 0.0, 50.0, {"host-1": "decider-1"}),
        names={"host-1": "decider-1"},
        verdicts=(HOLDS,),
    )


def result_of(taken: Taken) -> LoadResult:
    return load_result(taken, decided_at(taken))


def test_the_figures_of_a_run_that_reaches_its_bars(taken: Taken):
    result = result_of(taken)
    assert (result.quiet_p99_alone_ms, result.quiet_p99_beside_hot_ms) == (10.0, 14.0)
    assert (result.throughput_1, result.throughput_3) == (100.0, 150.0)
    assert (result.cpu_per_decision_1, result.cpu_per_decision_3) == (100.0, 100.0)
    assert (result.lost, result.double_sold, result.unsettled) == (0, 0, 0)
    assert result.bars_met
    assert result.passed


def test_the_stages_of_a_command_add_up_to_its_wait():
    event = decided_under(0, partition=2, offset=7)
    log = RecordedLog(events=(event,), partitions=3, claims=(), findings=())
    commands, events = (stored_record(2, 5, 100_004, b"{}"),), (stored_record(2, 7, 100_006, b"{}"),)
    history = History(requests=(), commands=commands, events=events)
    backed = asked(Demand.LOW, 50.0, 0.010)._replace(receipt="2:7:ab")
    forged = asked(Demand.LOW, 50.0, 0.5)._replace(receipt="2:9:ab")
    found = stages([backed, forged, asked(Demand.LOW, 50.0, 0.5)], stamps(history, log, 50.0))
    assert (found.recorded.p99, found.decided.p99, found.answered.p99) == (4.0, 2.0, 4.0)


def test_a_decision_is_of_the_decider_whose_claim_its_event_names():
    events = (claim(0, 0, 1.0, "host-1"), claim(0, 5, 2.0, "host-2"))
    first = decided_under(claim=0, partition=0, offset=1)
    log = RecordedLog(
        events=(first, msgspec.structs.replace(first, claim=5, offset=6)),
        partitions=1,
        claims=read_log(events).claims,
        findings=(),
    )
    stamped = {(0, 1): (10.0, 10.5), (0, 6): (11.0, 13.0)}
    by_decider = decisions_by_decider(log, stamped, {"host-1": "decider-1", "host-2": "decider-2"})
    assert waited(by_decider["decider-1"], [ACT]).p99 == 500.0
    assert waited(by_decider["decider-2"], [ACT]).p99 == 2000.0


def decided_under(claim: int, partition: int, offset: int) -> ValidEvent:
    return ValidEvent(
        partition=partition,
        offset=offset,
        hash="ab",
        valid=True,
        show_id="low",
        version=1,
        type="seats-held",
        data=EventData(),
        command_id="c",
        digest="",
        source=(5, 0, 1),
        claim=claim,
        time=0,
        prev="",
    )


def test_the_lag_of_a_show_is_the_most_that_waited_in_the_act():
    recorded, decided = [5.0, 11.0, 12.0, 13.0, 25.0, 26.0, 27.0, 28.0], [11.5, 14.0, 15.0, 15.0]
    assert most_undecided(recorded, decided, [ACT]) == 3
    assert most_undecided([], [], [ACT]) == 0


def test_a_quiet_show_that_waits_for_the_hot_one_misses_its_bar(taken: Taken):
    slow = [
        each._replace(answered=(each.answered or 0) + 0.5) for each in taken.exchanges if 10.0 <= each.wanted < 20.0
    ]
    result = result_of(msgspec.structs.replace(taken, exchanges=[*taken.exchanges, *slow]))
    assert [bar.met for bar in result.bars] == [False, True, True]
    assert result.passed


def test_deciders_that_do_not_share_the_work_miss_their_bars(taken: Taken):
    alone = [each for each in taken.looks if each.decider == "decider-1"]
    idle = [look(at, "decider-2", 0.0, 0.1 * at) for at in range(30, 40)]
    result = result_of(msgspec.structs.replace(taken, looks=[*alone, *idle]))
    assert [bar.met for bar in result.bars] == [True, False, False]


def test_an_answer_that_the_log_does_not_back_is_lost_and_fails_the_run(taken: Taken):
    told = asked(Demand.LOW, 1.0, 0.01)._replace(receipt="0:99:ab")
    lies = History(requests=requests_of([told]), commands=(), events=())
    failed = Verdict("answers", "Every answer is backed", ("its receipt names no event",))
    result = result_of(msgspec.structs.replace(taken, history=lies, verdicts=(failed,)))
    assert result.lost == 1
    assert not result.passed


def test_who_was_never_told_fails_the_run(taken: Taken):
    assert not result_of(msgspec.structs.replace(taken, unsettled=1)).passed


def test_the_page_needs_nothing_else_and_says_what_was_found(taken: Taken, tmp_path: Path):
    failed = Verdict("answers", "Every answer is backed", ("finding <b>",))
    bad = msgspec.structs.replace(taken, verdicts=(HOLDS, failed))
    path = tmp_path / "reports" / "load.html"
    write_load_report(path, result_of(bad), bad, decided_at(bad), 0.0, 50.0)
    page = path.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert page.count("data:image/svg+xml;base64,") == 7
    assert "a check fails" in page
    assert "finding &lt;b&gt;" in page


def test_the_table_has_every_act_and_the_bars(taken: Taken):
    told = StringIO()
    console = Console(file=told, width=140)
    print_load(msgspec.structs.replace(result_of(taken), report="x.html"), taken.verdicts, console)
    text = told.getvalue()
    for words in (*(act.name for act in taken.told.acts), "11111", "≥ 1.45", "≤ 1.2", "Everything is in order"):
        assert words in text
