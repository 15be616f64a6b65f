"""What is made of a run: the line, the evidence, the times. The run is honest until a test says otherwise."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from scenarios.history import History
from scenarios.nemesis.document_rows import rows_of
from scenarios.nemesis.evidence import evidence
from scenarios.nemesis.fault import Fault
from scenarios.nemesis.ran import Replayed
from scenarios.nemesis.reliability import as_document
from scenarios.nemesis.result import NO_EVIDENCE, FaultResult, not_injected, result_of, together
from scenarios.nemesis.timeline import BIN_SECONDS, progress, timeline
from scenarios.report.fault_page import write_fault_report
from tests.commands import schedule_show
from tests.documents_in_memory import found_in, projected
from tests.histories import HONEST, data, with_forged, with_request
from tests.log_writer import LogWriter, a_sale
from tests.told_history import told_history
from tests.unit.nemesis.runs import COMMANDS, asked, ran, read

KILLED = Fault(name="killed", row=2, what="it is killed", inject=lambda _: None, evidence=("kills",))


def test_an_honest_run_with_evidence_passes():
    result = result_of(KILLED, ran())
    assert (result.violated, result.findings, result.passed) == ((), (), True)
    assert (result.commands, result.evidence["kills"], result.most_memory_mib) == (COMMANDS, 3, {"decider": 100})


def test_the_line_has_what_was_promised():
    line = msgspec.json.decode(msgspec.json.encode(result_of(KILLED, ran())))
    assert {"fault", "row", "runs", "violated", "evidence", "recover_seconds", "commands"} <= line.keys()


def test_without_evidence_a_run_counts_for_nothing():
    result = result_of(KILLED, ran(counts={}))
    assert result.violated == (NO_EVIDENCE,)
    assert "kills: 0 were seen, 1 are needed" in result.findings[0]


def test_what_must_be_seen_often_is_counted():
    three, four = (replace(KILLED, at_least={"kills": number}) for number in (3, 4))
    assert result_of(three, ran()).passed
    assert result_of(four, ran()).findings == ("evidence: kills: 3 were seen, 4 are needed",)


def unanswered(number: int) -> History:
    return with_request(HONEST, number, status=None, answered=None, receipt=None)


@pytest.mark.parametrize(
    ("changes", "invariant"),
    [
        ({"history": with_forged(HONEST, 2, data(seats=("A-1-3", "A-1-2")))}, "I4"),
        ({"history": unanswered(2)}, "unanswered"),
        ({"replayed": Replayed((), "a", "b")}, "I8"),
        ({"replayed": Replayed(("it is broken",), "a", "a")}, "replay"),
        ({"unsettled": ["it stands still"]}, "I11"),
        ({"memory": {"decider": 2 * 1024**3}}, "I12"),
        ({"told": ["I9: somebody's hold lapsed early"]}, "I9"),
    ],
)
def test_what_does_not_hold_is_in_the_line(changes: dict[str, object], invariant: str):
    assert invariant in result_of(KILLED, ran(**changes)).violated


def test_of_a_long_sentence_the_beginning_and_the_end_are_told():
    (said,) = result_of(KILLED, ran(unsettled=["it ended: " + "Traceback " * 100 + "TimeoutError"])).findings
    assert said.startswith("I11: it ended: Traceback")
    assert said.endswith("Traceback TimeoutError (after the fault)")


async def test_documents_are_judged_too():
    found = found_in(await projected(a_sale()))
    assert result_of(KILLED, ran(read_models=rows_of(found))).passed
    found["holds"] = []
    assert result_of(KILLED, ran(read_models=rows_of(found))).violated == ("I6",)


def test_runs_of_a_fault_become_one_line_with_the_worst_of_them():
    one, other = result_of(KILLED, ran()), result_of(KILLED, ran(counts={}, exchanges=[]))
    line = together([one, other])
    assert (line.runs, line.commands) == (2, 2 * one.commands)
    assert "kills" not in line.evidence, "one of them has seen none"
    assert together([one, one]).evidence == one.evidence
    assert (line.violated, line.recover_seconds) == ((NO_EVIDENCE,), None)
    assert not_injected(KILLED, "it would not start").violated == ("nemesis",)


def test_void_records_and_late_claims_are_evidence():
    log = LogWriter()
    log.do(("s", schedule_show(1)))
    zombie = log.events[-1].value
    log.claim("next")
    log.stray(zombie)
    seen = evidence(ran(told_history(log)))
    assert (seen["void_records"], seen["claims"]) == (1, 2)


def test_answers_that_leave_it_open_are_evidence():
    asks = [asked(1.0, 202), asked(1.1, 503), asked(1.2, None), asked(1.3, 201), read(1.4, 503)]
    seen = evidence(ran(exchanges=asks))
    assert (seen["answers_202"], seen["answers_503"], seen["unanswered_requests"]) == (1, 1, 1)


def test_it_goes_on_with_the_first_decision_and_the_first_read_sent_after_the_end():
    went_on = progress(ran(exchanges=[read(0.9), read(1.0), read(3.0, 503), read(4.0)]))
    assert went_on.reads_again == pytest.approx(4.1 - 1.005)
    assert went_on.decides_again == pytest.approx(0.0)
    assert went_on.recover == pytest.approx(4.1 - 1.005)


def test_what_never_goes_on_has_no_figure():
    assert progress(ran(exchanges=[])).recover is None


def test_a_partition_that_stands_still_counts_as_a_pause():
    log = LogWriter()
    log.do(("s", schedule_show(1)))
    log.send(("h", schedule_show(1)))
    log.time += 7_000
    log.decide()
    went_on = progress(ran(told_history(log)))
    assert went_on.pause == pytest.approx(7.0)
    assert went_on.lag == 1


def test_the_plot_has_every_command_and_every_error():
    line = timeline(ran(exchanges=[asked(1.2, 503), asked(1.3, 202)]))
    assert sum(line.decisions) * BIN_SECONDS == COMMANDS
    assert (sum(line.errors) * BIN_SECONDS, sum(line.queued) * BIN_SECONDS) == (1, 1)
    assert len(line.edges) == len(line.lag) + 1
    assert line.fault[1] - line.fault[0] == pytest.approx(0.005)


def test_the_document_has_a_row_for_each_fault():
    result = FaultResult(
        fault="killed", row=2, runs=5, violated=(), evidence={"kills": 150}, recover_seconds=1.5, commands=12_345
    )
    text = as_document([result], {"killed": "it is killed"}, {"killed": ("kills",)})
    assert "| 2 | killed | it is killed | 5 | 0 s | 12,345 | nothing | kills 150 | 1.50 s | never |" in text
    assert "--runs 5" in text


def test_the_report_needs_nothing_else(tmp_path: Path):
    page = tmp_path / "reports" / "killed.html"
    write_fault_report(page, "Row 2: killed", "it is killed", result_of(KILLED, ran()), timeline(ran()))
    text = page.read_text()
    assert "everything held" in text
    assert text.count("data:image/svg+xml;base64,") == 3
    assert "http" not in text.replace("http-equiv", "")
