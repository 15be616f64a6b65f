"""An honest history, and ways to make it dishonest."""

from collections.abc import Callable

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from read_side.replay.log_reader import Stored
from scenarios.checkers.answers import check_answered, check_answers, check_receipts
from scenarios.checkers.findings import Finding
from scenarios.checkers.ordering import check_order
from scenarios.checkers.recorded import read_log
from scenarios.history import History
from scenarios.oracle.judge import judge_log
from tests.commands import BOB, book_hold, hold_best, hold_seats, schedule_show
from tests.log_writer import Fields, LogWriter, a_sale, forged
from tests.told_history import stored_records, told_history

HONEST = told_history(a_sale())
Change = Callable[[Fields], None]


def sold_out() -> LogWriter:
    """Four seats to four buyers, and a fifth who comes too late."""
    log = LogWriter()
    log.do(("show-1", schedule_show(4)))
    for number in range(1, 5):
        buyer = f"buyer-{number}"
        log.do((f"h{number}", hold_seats(f"A-1-{number}", by=buyer)))
        log.do((f"b{number}", book_hold(f"h{number}", by=buyer)))
    log.do(("h5", hold_seats("A-1-1", by=BOB)), ("h6", hold_best(1, by=BOB)))
    return log


SOLD_OUT = told_history(sold_out())


def everything(history: History) -> list[Finding]:
    """What all checkers together find, but for the number of seats sold."""
    log = read_log(history.events)
    return [
        *judge_log(history.commands, history.events),
        *check_answers(history.requests, log),
        *check_receipts(history.requests),
        *check_order(history.requests),
        *check_answered(history.requests),
    ]


def with_forged(history: History, offset: int, change: Change) -> History:
    """One event changed, with the chain behind it made whole."""
    records = [(record.offset, record.timestamp, record.stored()) for record in history.events]
    events = forged([Stored(*record) for record in records], offset, change)
    return replace(history, events=stored_records(0, events))


def with_request(history: History, number: int, **changes: object) -> History:
    requests = list(history.requests)
    requests[number] = replace(requests[number], **changes)
    return replace(history, requests=tuple(requests))


def telling(history: History, number: int, **fields: object) -> History:
    """One answer with other fields in its body."""
    body = msgspec.json.decode(history.requests[number].answer) | fields
    return with_request(history, number, answer=Raw(msgspec.json.encode(body)))


def found_by(findings: list[Finding], invariant: str, where: str = "") -> bool:
    return any(finding.invariant == invariant and finding.where.startswith(where) for finding in findings)


def data(**fields: object) -> Change:
    return lambda record: record["data"].update(fields)


def fields(**changes: object) -> Change:
    return lambda record: record.update(changes)
