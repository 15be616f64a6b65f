"""Whatever is asked for, the log of an honest decider satisfies every judge; with one record changed it does not."""

from itertools import count
from typing import Any

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contracts.commands import BookHold, Command, ExpireHold, Presale, ReleaseHold, SalePolicy, SaleWindow
from contracts.seat_plans import Row
from read_side.replay.log_reader import Stored
from scenarios.checkers.answers import check_answers, check_receipts
from scenarios.checkers.findings import Finding
from scenarios.checkers.ordering import check_order
from scenarios.checkers.recorded import read_log
from scenarios.oracle.judge import judge_log
from tests.audited import audited
from tests.commands import book_hold, expire_hold, hold_best, hold_seats, plan, release_hold, schedule_show
from tests.log_writer import Fields, LogWriter, forged
from tests.told_history import stored_records, told_history

BUYERS = st.sampled_from(["ann", "bob", "eve"])
SHOWS = st.sampled_from(["hamlet", "hamlet", "hamlet", "othello", "~0", "No Slug"])
HOUSE = plan(
    A=[
        Row(name="1", seats=4, category="gold", accessible=(1, 2)),
        Row(name="2", seats=5, category="gold", first=3),
        Row(name="3", seats=3, category="silver"),
    ],
    B=[Row(name="1", seats=3, category="silver"), Row(name="2", seats=3, category="silver")],
)
LABELS = st.sampled_from(
    [
        f"{section.name}-{row.name}-{number}"
        for section in HOUSE.sections
        for row in section.rows
        for number in range(row.first, row.first + row.seats)
    ]
)
POLICIES = st.builds(
    SalePolicy,
    hold_seconds=st.sampled_from([30, 600]),
    seats_per_hold=st.integers(1, 8),
    seats_per_buyer=st.none() | st.integers(1, 6),
    leave_no_single_seat=st.booleans(),
)
SCHEDULES = st.builds(
    lambda policy, presale, closes_at, price: schedule_show(
        plan=HOUSE,
        policy=policy,
        prices={"gold": price, "silver": 3000},
        presale=presale,
        sale=SaleWindow(opens_at=20_000 if presale else 0, closes_at=closes_at),
        starts_at=closes_at,
    ),
    POLICIES,
    st.none() | st.just(Presale(opens_at=2_000, code_digest="secret")),
    st.sampled_from([100_000, 10**13]),
    st.sampled_from([4500, 4500, 4500, -1]),
)
HOLD_IDS = st.integers(0, 30).map(lambda number: f"c{number}")
CODES = st.sampled_from([None, "secret", "wrong"])
COMMANDS = st.one_of(
    st.builds(
        lambda seats, by, code: hold_seats(*seats, by=by, code=code),
        st.lists(LABELS | st.just("A-1-99"), min_size=1, max_size=4),
        BUYERS,
        CODES,
    ),
    st.builds(
        hold_best,
        st.integers(1, 7),
        BUYERS,
        together=st.booleans(),
        accessible=st.sampled_from([False, False, False, True]),
        category=st.sampled_from([None, None, "gold", "silver"]),
        section=st.sampled_from([None, None, "A", "B", "C"]),
        presale_code_digest=CODES,
    ),
    st.builds(book_hold, HOLD_IDS, BUYERS, st.sampled_from([4500, 3000, 9000]), st.sampled_from(["EUR", "EUR", "USD"])),
    st.builds(release_hold, HOLD_IDS, BUYERS),
    st.builds(expire_hold, HOLD_IDS),
    SCHEDULES,
)
LATER = st.sampled_from([0, 1, 1, 1, 20_000, 31_000, 601_000, 24 * 3600 * 1000])


def _of_show(show_id: str, command_id: str, command: Command) -> tuple[str, Command]:
    """Ids are made from the show's, as the API makes them, so that no two shows share one."""
    if isinstance(command, BookHold | ReleaseHold | ExpireHold):
        command = msgspec.structs.replace(command, hold_id=f"{show_id}.{command.hold_id}")
    return f"{show_id}.{command_id}", command


@st.composite
def sales(draw: st.DrawFn) -> LogWriter:
    """One partition's sale: commands in records, some said twice, some garbage, claims and zombies in between."""
    log = LogWriter()
    log.do(("hamlet.c0", draw(SCHEDULES)), show_id="hamlet", later_ms=draw(LATER))
    fresh = count(1)
    for _ in range(draw(st.integers(0, 12))):
        what = draw(st.sampled_from(["commands"] * 6 + ["claim", "zombie", "garbage"]))
        if what == "claim":
            log.claim("another")
        elif what == "garbage":
            log.send_bytes(draw(st.sampled_from([b"", b"\xff", b"{}", b"[" * 2000])), draw(LATER))
            log.decide()
        elif what == "zombie":
            log.stray(log.events[draw(st.integers(1, len(log.events) - 1))].value)
        else:
            show_id = draw(SHOWS)
            commands = [
                (draw(HOLD_IDS) if draw(st.booleans()) else f"c{next(fresh)}", draw(COMMANDS))
                for _ in range(draw(st.integers(1, 4)))
            ]
            log.do(*(_of_show(show_id, *each) for each in commands), show_id=show_id, later_ms=draw(LATER))
    return log


def judged(log: LogWriter, events: list[Stored]) -> list[Finding]:
    return judge_log(stored_records(0, log.commands), stored_records(0, events))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(log=sales())
def test_an_honest_log_satisfies_every_judge(log: LogWriter):
    audit, faults = audited(log.commands, log.events)
    assert (audit.pending, faults) == (0, [])
    assert judged(log, log.events) == []
    history = told_history(log)
    assert check_answers(history.requests, read_log(history.events)) == []
    assert check_order(history.requests) == []
    assert check_receipts(history.requests) == []


def _longer(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "x"
        case list():
            return value[:-1] if value else ["A-1-1"]
        case dict():
            return {key: _longer(each) for key, each in value.items()} or {"gold": 1}
    return "x"


FREE_TEXT = ("problems", "title", "error")
"""What the oracle does not read, or takes over from the command as it is."""


@st.composite
def changed(draw: st.DrawFn, log: LogWriter) -> tuple[str, list[Stored]]:
    """One valid event of the log dropped, repeated as new, damaged, or forged with its chain made whole."""
    valid = [event for event in read_log(stored_records(0, log.events)).events if event.valid]
    event = draw(st.sampled_from(valid))
    kind = draw(st.sampled_from(["drop", "damage", "field", "data", "data", "data"]))
    if kind == "drop":
        return kind, [one for one in log.events if one.offset != event.offset]
    if kind == "damage":
        assume(event.offset != max(other.offset for other in valid if other.show_id == event.show_id))
        value = bytearray(log.events[event.offset].value)
        place = draw(st.integers(0, len(value) - 1))
        value[place] ^= draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]))
        return kind, [one._replace(value=bytes(value)) if one.offset == event.offset else one for one in log.events]
    fields: Fields = msgspec.json.decode(log.events[event.offset].value)
    if kind == "field":
        name = draw(st.sampled_from(["version", "show_id", "type", "command_id", "digest", "time", "prev", "source"]))
        return name, forged(log.events, event.offset, lambda record: record.update({name: _longer(record[name])}))
    assume(event.type != "command-unreadable")
    name = draw(st.sampled_from(sorted(fields["data"])))
    assume(name not in FREE_TEXT)
    change = {name: _longer(fields["data"][name])}
    return name, forged(log.events, event.offset, lambda record: record["data"].update(change))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), log=sales())
def test_one_changed_record_is_seen_by_both_judges(data: st.DataObject, log: LogWriter):
    what, events = data.draw(changed(log))
    audit, faults = audited(log.commands, events)
    assert faults or audit.pending, what
    assert judged(log, events), what
