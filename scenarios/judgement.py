"""The verdicts on a sale: every checker over its history, the replay tool over its log, and the map at the end."""

from collections.abc import Iterable, Mapping
from typing import Final

from read_side.replay.log_reader import Unreadable, open_log
from read_side.replay.verify import verify
from scenarios.answers import SeatMap
from scenarios.checkers.answers import check_answered, check_answers, check_receipts, unanswered_buyers
from scenarios.checkers.findings import Finding
from scenarios.checkers.ordering import check_order
from scenarios.checkers.recorded import RecordedLog, read_envelope, read_log
from scenarios.checkers.sales import check_ids, check_one_event_each, check_sold, sold_seats
from scenarios.checkers.seats import check_refusals, check_seats
from scenarios.drain import NotDrained, drained
from scenarios.figures import Judged, Verdict
from scenarios.history import History
from scenarios.http_client import Client, Response
from scenarios.oracle.judge import check_sequence
from scenarios.report.page import Winner
from scenarios.sale_site import SaleSite

DRAIN_SECONDS: Final = 30.0


def judge_history(history: History, show_id: str, seats: int) -> Judged:
    """What the checkers find, and the figures that only the log knows. `seats` is how many must have been sold."""
    log = read_log(history.events)
    sold = sold_seats(log, show_id)
    says = f"Exactly {seats:,} seats were sold to {seats:,} buyers, none twice"
    verdicts = (verdict_of("sold", says, check_sold(log, show_id, seats)), *judge_answers(history, log))
    return Judged(
        commands=_commands_of(history, show_id),
        sold=len(sold),
        double_sold=sum(times > 1 for times in sold.values()),
        false_refusals=len(next(verdict for verdict in verdicts if verdict.check == "refusals").findings),
        unanswered=len(unanswered_buyers(history.requests)),
        verdicts=verdicts,
    )


def judge_answers(history: History, log: RecordedLog) -> tuple[Verdict, ...]:
    """What must hold for any sale: every checker over what was asked, answered and recorded. `log` is the history's."""
    requests = history.requests
    return (
        verdict_of(
            "holders", "At no moment did a seat have two holders, and only its holder booked it", check_seats(log)
        ),
        verdict_of("refusals", "Nobody was told no while every seat they asked for was free", check_refusals(log)),
        verdict_of("answered", "Every buyer got a final answer to everything it asked", check_answered(requests)),
        verdict_of(
            "answers",
            "Every answer is backed by its event, and its receipt is that record's place and hash",
            [*check_answers(requests, log), *check_receipts(requests)],
        ),
        verdict_of(
            "order", "What was answered before another was sent stands before it in the log", check_order(requests)
        ),
        verdict_of(
            "commands",
            "Every recorded command has exactly one valid event, and made nothing twice",
            [*check_one_event_each(history.commands, log), *check_ids(log)],
        ),
        verdict_of(
            "oracle",
            "Deciding every command again by rules written a second time gives the same log",
            check_sequence(history.commands, log),
        ),
        verdict_of("log", "Offsets, versions, sources and hash chains of the log are whole", log.findings),
    )


async def judge_replay(site: SaleSite) -> Verdict:
    """The replay tool's own verdict, with the product's rules, on the whole log."""
    says = "The replay tool decided every command again and came to the same log"
    try:
        async with open_log(site.kafka) as log:
            certificate = await verify(log, range(log.partitions), {}, lambda _: None)
    except Unreadable as error:
        return Verdict("replay", says, (str(error),))
    if certificate.verified:
        says += f": {certificate.events:,} records, SHA-256 of all heads {certificate.heads_sha256[:16]}…"
    return Verdict("replay", says, tuple(str(fault) for fault in certificate.faults))


async def judge_map(site: SaleSite, show_id: str, seats: int) -> Verdict:
    """Once the read models have caught up, the map must show as many seats as booked as must have been sold."""
    says = f"The read models caught up with the log, and the map shows {seats:,} seats as booked"
    try:
        seconds = await drained(site.kafka, site.mongo, site.mongo_database, DRAIN_SECONDS)
    except (NotDrained, Unreadable) as error:
        return Verdict("map", says, (str(error),))
    async with Client(site.query_api, connections=1) as client:
        came = await client.request("GET", f"/shows/{show_id}/seats?format=compact")
    if not isinstance(came, Response) or came.status != 200:
        return Verdict("map", says, (f"the seat map could not be had: {came}",))
    booked = SeatMap(came.body).booked
    wrong = () if booked == seats else (f"the map shows {booked:,} seats as booked, not {seats:,}",)
    return Verdict("map", f"{says} ({1000 * seconds:,.0f} ms after the last answer)", wrong)


def winners_of(history: History, show_id: str) -> Mapping[str, Winner]:
    """Who bought which seat, by its label, as the log has it."""
    return {
        seat: Winner(event.data.buyer_id or "", event.receipt, event.offset)
        for event in read_log(history.events).of_show(show_id)
        if event.type == "seats-booked"
        for seat in event.data.seats
    }


def _commands_of(history: History, show_id: str) -> int:
    envelopes = (read_envelope(record.stored()) for record in history.commands)
    return sum(len(each.commands) for each in envelopes if each is not None and each.show_id == show_id)


def verdict_of(check: str, says: str, findings: Iterable[Finding]) -> Verdict:
    """A checker's findings as a verdict; `says` is what holds when there are none."""
    return Verdict(check, says, tuple(str(finding) for finding in findings))
