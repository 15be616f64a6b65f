"""What was sold to whom: exactly as many seats as there are, to as many buyers, none twice; and every id only once."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from contracts.topics import COMMANDS
from scenarios.checkers.findings import Finding
from scenarios.checkers.recorded import Event, RecordedLog, command_places
from scenarios.history import StoredRecord


def sold_seats(log: RecordedLog, show_id: str) -> Counter[str]:
    """How often each seat of a show was booked. Nothing gives booked seats back yet."""
    return Counter(seat for event in log.of_show(show_id) if event.type == "seats-booked" for seat in event.data.seats)


def check_sold(log: RecordedLog, show_id: str, seats: int) -> list[Finding]:
    """A sold-out sale of one seat a buyer: `seats` seats to `seats` buyers."""
    where = f"show {show_id}"
    sold = sold_seats(log, show_id)
    findings = [
        Finding("sold", f"seat {seat} was sold {times} times", where) for seat, times in sold.items() if times > 1
    ]
    if len(sold) != seats:
        findings.append(Finding("sold", f"{len(sold)} seats were sold, not {seats}", where))
    buyers = Counter(event.data.buyer_id for event in log.of_show(show_id) if event.type == "seats-booked")
    findings += [
        Finding("sold", f"buyer {buyer} bought {times} times", where) for buyer, times in buyers.items() if times > 1
    ]
    if len(buyers) != seats:
        findings.append(Finding("sold", f"{len(buyers)} buyers have a seat, not {seats}", where))
    return findings


def check_ids(log: RecordedLog) -> list[Finding]:
    """No two facts of a show come from one command id, and no hold or booking id is made twice."""
    makers: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for event in log.valid:
        if event.type in ("seats-held", "seats-booked", "seats-released", "show-scheduled"):
            makers[event.show_id, "command", event.command_id].append(event)
        if event.type == "seats-held":
            makers[event.show_id, "hold", event.data.hold_id or ""].append(event)
        if event.type == "seats-booked":
            makers[event.show_id, "booking", event.data.booking_id or ""].append(event)
    return [
        Finding("I3", f"{kind} {name} made {len(events)} facts", events[-1].where)
        for (_, kind, name), events in makers.items()
        if len(events) > 1
    ]


def pending_commands(commands: Iterable[StoredRecord], log: RecordedLog) -> list[tuple[int, tuple[int, int, int]]]:
    """(partition, source) of the commands behind the last one of their partition that has an event."""
    answered = {(event.partition, event.source) for event in log.valid}
    last = {event.partition: event.source for event in log.valid}
    return [
        (partition, source)
        for partition, source in command_places(commands)
        if (partition, source) not in answered and source > last.get(partition, (-1, 0, 0))
    ]


def check_one_event_each(commands: Iterable[StoredRecord], log: RecordedLog, *, drained: bool = True) -> list[Finding]:
    """I3: each recorded command has exactly one valid event. `drained`: none may be pending at the end."""
    records = tuple(commands)
    recorded = set(command_places(records))
    answers = Counter((event.partition, event.source) for event in log.valid)
    findings = [
        Finding("I3", f"the command has {answers[place]} valid events", _place(place))
        for place in sorted(recorded)
        if answers[place] > 1
    ]
    pending = set(pending_commands(records, log))
    for place in sorted(recorded - answers.keys()):
        if place not in pending:
            findings.append(Finding("I3", "the command has no valid event", _place(place)))
        elif drained:
            findings.append(Finding("I3", "the command is still pending", _place(place)))
    findings += [
        Finding("I3", f"its command {event.source} was never recorded", event.where)
        for event in log.valid
        if (event.partition, event.source) not in recorded
    ]
    return findings


def _place(place: tuple[int, tuple[int, int, int]]) -> str:
    partition, (offset, index, _) = place
    return f"{COMMANDS} {partition}:{offset}, command {index}"
