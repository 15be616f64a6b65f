"""Every checker over a run that is over. Pure: the same run always gets the same verdict."""

from scenarios.checkers.answers import check_answered, check_answers, check_receipts
from scenarios.checkers.documents import check_documents
from scenarios.checkers.findings import Finding
from scenarios.checkers.ordering import check_order
from scenarios.checkers.reading import check_reads
from scenarios.nemesis.bounds import check_bounds
from scenarios.nemesis.ran import Ran
from scenarios.oracle.judge import judge_log


def judge_everything(ran: Ran) -> list[Finding]:
    """All invariants: the logs, the answers, the documents, progress and memory."""
    return [*judge_logs(ran), *judge_answers(ran), *judge_documents(ran), *judge_progress(ran)]


def judge_logs(ran: Ran) -> list[Finding]:
    """I1, I3, I4, I9, I10 and the records themselves, by the oracle, the checkers and the replay tool (I8).

    That nothing is pending was seen before the topics were read: holds went on lapsing since.
    """
    findings = judge_log(ran.history.commands, ran.history.events, drained=False)
    findings += [Finding("replay", fault, "the replay tool") for fault in ran.replayed.faults]
    if ran.replayed.first != ran.replayed.second:
        findings.append(Finding("I8", "replaying twice gave different bytes", "the replay tool"))
    return findings


def judge_answers(ran: Ran) -> list[Finding]:
    """I2, I5 and the truth of everything that anybody was told."""
    return [*check_answered(ran.history.requests), *judge_told(ran)]


def judge_told(ran: Ran) -> list[Finding]:
    """The same, but that some may wait for their answer for ever."""
    requests = ran.history.requests
    return [*check_answers(requests, ran.log), *check_receipts(requests), *check_order(requests)]


def judge_documents(ran: Ran) -> list[Finding]:
    """I6."""
    log = ran.log
    return [*check_documents(ran.read_models, log), *check_reads(ran.history.requests)]


def judge_progress(ran: Ran) -> list[Finding]:
    """I11 and I12."""
    findings = [Finding("I11", what, "after the fault") for what in ran.unsettled]
    findings += check_bounds(ran)
    return findings + [Finding(what.partition(":")[0], what.partition(": ")[2], "the fault") for what in ran.told]
