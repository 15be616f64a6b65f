"""What each read model makes of a sale."""

from array import array

import msgspec
import pytest
from structlog.testing import capture_logs

from contracts.event_log import LogFault
from contracts.read_models import BOOKINGS, COMMAND_OUTCOMES, HOLDS, SEAT_MAPS, SEAT_PLANS, SHOWS
from contracts.records import receipt, record_hash
from contracts.seat_plans import BOOKED, FREE, HELD, SeatPlan
from tests.commands import ANN, BOB, SHOW, book_hold, hold_seats, plan, schedule_show
from tests.documents_in_memory import counts, projected, statuses
from tests.log_writer import LogWriter, a_sale


async def test_a_seat_map_has_one_byte_a_seat_and_a_time_for_each_held_one():
    log = LogWriter()
    log.do(("s", schedule_show()))
    log.do(("h1", hold_seats("A-1-2", "A-2-1")), ("h2", hold_seats("A-1-1", by=BOB)))
    log.do(("b2", book_hold("h2", by=BOB)))
    section = (await projected(log)).collections[SEAT_MAPS]["hamlet/A"]
    assert section["statuses"] == bytes([BOOKED, HELD, FREE, FREE, HELD, FREE, FREE, FREE])
    assert array("q", section["expires"]).tolist() == [1_002 + 600_000] * 2
    assert section["version"] == 4


async def test_the_log_says_at_debug_which_command_is_projected():
    log = LogWriter()
    log.do(("s", schedule_show()))
    log.do(("h1", hold_seats("A-1-1")), ("h2", hold_seats("A-1-1", by=BOB)))
    with capture_logs() as said:
        await projected(log)
    assert [(line["command_id"], line["source"], line["event"]) for line in said] == [
        ("s", "0.0.0", "show-scheduled"),
        ("h1", "0.1.0", "seats-held"),
        ("h2", "0.1.1", "hold-refused"),
    ]


async def test_a_show_counts_its_seats_and_moves_its_version_with_every_event():
    log = LogWriter()
    log.do(("s", schedule_show()))
    log.do(("h1", hold_seats("A-1-1", "A-1-2")), ("h2", hold_seats("A-1-1", by=BOB)))
    store = await projected(log)
    show = store.collections[SHOWS][SHOW]
    assert counts(store, SHOW) == (6, 2, 0, 0)
    assert show["version"] == 3, "the refusal is the show's third event"
    assert (show["title"], show["capacity"], show["prices"]) == (
        "Hamlet",
        8,
        [{"category": "gold", "amount_minor": 4500}],
    )


async def test_lapsed_holds_end_whole_with_the_hold_that_took_their_seats():
    log = LogWriter()
    log.do(("s", schedule_show()))
    log.do(("h1", hold_seats("A-1-1", "A-1-2")))
    log.do(("h2", hold_seats("A-1-1", by=BOB)), later_ms=700_000)
    store = await projected(log)
    assert statuses(store, SHOW) == bytes([HELD]) + bytes(7)
    assert counts(store, SHOW) == (7, 1, 0, 0)
    assert {id_: each["status"] for id_, each in store.collections[HOLDS].items()} == {"h1": "lapsed", "h2": "held"}


async def test_a_whole_sale_ends_as_the_domain_says():
    log = a_sale()
    store = await projected(log)
    show = log.partition.shows[SHOW]
    assert statuses(store, SHOW) == bytes(show.statuses)
    assert store.collections[SHOWS][SHOW]["version"] == show.version
    assert set(store.collections[BOOKINGS]) == set(show.bookings)
    assert {id_ for id_, each in store.collections[HOLDS].items() if each["status"] == "held"} == set(show.holds)


async def test_a_booking_has_its_owner_and_its_proof():
    log = LogWriter()
    log.do(("s", schedule_show()))
    log.do(("h1", hold_seats("A-1-1")))
    log.do(("b1", book_hold("h1")))
    booking = (await projected(log)).collections[BOOKINGS]["b1"]
    last = log.events[-1]
    assert (booking["buyer_id"], booking["seats"]) == (ANN, ["A-1-1"])
    assert (booking["amount_minor"], booking["currency"]) == (4500, "EUR")
    assert booking["receipt"] == receipt(0, last.offset, record_hash(last.value))


async def test_every_command_has_an_outcome_under_its_place_pseudo_shows_included():
    log = a_sale()
    outcomes = (await projected(log)).collections[COMMAND_OUTCOMES]
    sent = sum(max(1, stored.value.count(b'"digest"')) for stored in log.commands)
    assert len(outcomes) == sent
    assert outcomes["0.1.2"]["type"] == "command-repeated"
    assert outcomes["0.1.1"] == outcomes["0.1.1"] | {"command_id": "h2", "caller_id": BOB, "type": "hold-refused"}
    assert {each["show_id"] for each in outcomes.values()} == {SHOW, "~0"}


async def test_the_outcome_of_scheduling_leaves_the_plan_to_its_own_document():
    log = LogWriter()
    log.do(("s", schedule_show()))
    store = await projected(log)
    assert "plan" not in msgspec.json.decode(store.collections[COMMAND_OUTCOMES]["0.0.0"]["data"])
    stored = msgspec.json.decode(store.collections[SEAT_PLANS][SHOW]["plan"], type=SeatPlan)
    assert stored == schedule_show().plan


async def test_sections_have_documents_and_versions_of_their_own():
    log = LogWriter()
    log.do(("s", schedule_show(plan=plan(A=[2], B=[2]))))
    log.do(("h1", hold_seats("B-1-2")))
    maps = (await projected(log)).collections[SEAT_MAPS]
    assert (maps["hamlet/A"]["version"], maps["hamlet/B"]["version"]) == (1, 2)
    assert (maps["hamlet/B"]["start"], maps["hamlet/B"]["statuses"]) == (2, bytes([FREE, HELD]))


async def test_a_refused_scheduling_leaves_no_show_and_a_later_one_does():
    log = LogWriter()
    log.do(("s0", schedule_show(currency="nonsense")))
    assert SHOW not in (await projected(log)).collections.get(SHOWS, {})
    log.do(("s1", schedule_show()))
    assert (await projected(log)).collections[SHOWS][SHOW]["version"] == log.partition.shows[SHOW].version


async def test_seats_of_a_show_that_was_never_scheduled_are_a_log_fault():
    whole = LogWriter()
    whole.do(("s", schedule_show()))
    whole.do(("h1", hold_seats("A-1-1")))
    claim, _, held = whole.events
    cut = LogWriter()
    cut.events = [claim, held._replace(offset=1, value=held.value.replace(b"[1,0,1]", b"[0,0,1]"))]
    with pytest.raises(LogFault, match="partition 0 at offset 1: seats of hamlet"):
        await projected(cut)
