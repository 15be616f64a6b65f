"""The same command again changes nothing and is told what answered it first."""

import pytest

from contracts.commands import SalePolicy
from contracts.events import (
    BookingRefused,
    CommandIdReused,
    CommandRepeated,
    ExpiryRefused,
    HoldExpired,
    HoldRefused,
    ReleaseRefused,
    ScheduleRefused,
    SeatsBooked,
    SeatsHeld,
    SeatsReleased,
    ShowScheduled,
)
from contracts.refusals import Reason
from tests.commands import ANN, BOB, book_hold, expire_hold, hold_best, hold_of, hold_seats, release_hold, schedule_show
from tests.domain_language import OVER_AT, booked, given, held, hours, scheduled, seconds, then, when
from write_side.domain import identity


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (hold_seats("A-1-2", by=BOB), SeatsHeld),
        (hold_best(1, by=BOB), SeatsHeld),
        (book_hold(by=ANN), SeatsBooked),
        (release_hold(by=ANN), SeatsReleased),
    ],
    ids=["hold-seats", "hold-best-available", "book-hold", "release-hold"],
)
def test_what_succeeded_is_not_done_twice_as_long_as_the_show_lives(command, fact):
    given(scheduled(), held("A-1-1", by=ANN))
    when(command, command_id="key")
    then(fact)
    when(command, at=OVER_AT - 1, command_id="key")
    then(CommandRepeated(version=3, offset=103))


def test_a_show_scheduled_twice_by_one_command_is_one_show():
    given()
    when(schedule_show(), command_id="key")
    then(ShowScheduled)
    when(schedule_show(), command_id="key")
    then(CommandRepeated(version=1, offset=101))


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (hold_seats("A-1-1", by=BOB), HoldRefused),
        (hold_best(5, by=BOB), HoldRefused),
        (book_hold(by=BOB), BookingRefused),
        (release_hold(by=BOB), ReleaseRefused),
        (schedule_show(), ScheduleRefused),
    ],
    ids=["hold-seats", "hold-best-available", "book-hold", "release-hold", "schedule-show"],
)
def test_a_refusal_is_remembered_for_24_hours(command, refusal):
    given(scheduled(), held("A-1-1", by=ANN))
    when(command, at=seconds(1), command_id="key")
    then(refusal)
    when(command, at=seconds(1) + hours(24) - 1, command_id="key")
    then(CommandRepeated(version=3, offset=103))
    event = when(command, at=seconds(1) + hours(24), command_id="key")
    assert type(event) is not CommandRepeated


def test_a_forgotten_refusal_is_decided_anew():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60))
    when(hold_seats("A-1-1", by=BOB), at=seconds(1), command_id="key")
    then(HoldRefused)
    when(hold_seats("A-1-1", by=BOB), at=seconds(1) + hours(24), command_id="key")
    then(SeatsHeld)


def test_a_success_after_a_forgotten_refusal_is_what_the_id_stands_for():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60))
    when(hold_seats("A-1-1", by=BOB), at=seconds(1), command_id="key")
    when(hold_seats("A-1-1", by=BOB), at=seconds(1) + hours(24), command_id="key")
    when(hold_seats("A-1-1", by=BOB), at=seconds(1) + hours(24), command_id="key")
    then(CommandRepeated(version=4, offset=104))


def test_past_the_cap_the_oldest_refusals_are_forgotten(monkeypatch):
    monkeypatch.setattr(identity, "REMEMBERED_REFUSALS", 2)
    given(scheduled(), held("A-1-1", by=ANN))
    for key in ("one", "two", "three"):
        when(hold_seats("A-1-1", by=BOB), command_id=key)
        then(HoldRefused)
    when(hold_seats("A-1-1", by=BOB), command_id="three")
    then(CommandRepeated)
    when(hold_seats("A-1-1", by=BOB), command_id="two")
    then(CommandRepeated)
    when(hold_seats("A-1-1", by=BOB), command_id="one")
    then(HoldRefused, reason=Reason.SEATS_TAKEN)


def test_facts_are_not_forgotten_past_the_cap(monkeypatch):
    monkeypatch.setattr(identity, "REMEMBERED_REFUSALS", 1)
    given(scheduled())
    when(hold_seats("A-1-1", by=ANN), command_id="fact")
    for key in ("one", "two"):
        when(hold_seats("A-1-1", by=BOB), command_id=key)
    when(hold_seats("A-1-1", by=ANN), command_id="fact")
    then(CommandRepeated(version=2, offset=102))


def test_a_refusal_renewed_after_its_day_is_remembered_for_another():
    given(scheduled(), held("A-1-1", by=ANN), booked("A-1-1", by=ANN))
    when(hold_seats("A-1-1", by=BOB), at=0, command_id="key")
    when(hold_seats("A-1-1", by=BOB), at=hours(24), command_id="key")
    then(HoldRefused)
    when(hold_seats("A-1-1", by=BOB), at=hours(48) - 1, command_id="key")
    then(CommandRepeated(version=5, offset=105))


def test_another_content_under_a_used_id_is_told_so_and_changes_nothing():
    given(scheduled())
    when(hold_seats("A-1-1", by=ANN), command_id="key")
    when(hold_seats("A-1-2", by=ANN), command_id="key")
    then(CommandIdReused(version=2, offset=102))
    when(hold_seats("A-1-2", by=BOB))
    then(SeatsHeld)


def test_another_kind_of_command_under_a_used_id_is_told_so():
    given(scheduled(policy=SalePolicy(seats_per_hold=1)))
    when(hold_seats("A-1-1", "A-1-2", by=ANN), command_id="key")
    then(HoldRefused, reason=Reason.TOO_MANY_SEATS)
    when(release_hold(by=ANN), command_id="key")
    then(CommandIdReused(version=2, offset=102))


def test_a_repeat_of_a_repeat_points_at_the_first_answer():
    given(scheduled())
    when(hold_seats("A-1-1", by=ANN), command_id="key")
    for _ in range(2):
        when(hold_seats("A-1-1", by=ANN), command_id="key")
        then(CommandRepeated(version=2, offset=102))


def test_the_clock_may_ask_for_the_end_of_a_hold_until_it_has_worked():
    given(scheduled(), held("A-1-1", by=ANN, for_seconds=60))
    when(expire_hold(hold_of(ANN)), at=seconds(59), command_id="clock")
    then(ExpiryRefused, reason=Reason.NOT_DUE)
    when(expire_hold(hold_of(ANN)), at=seconds(60), command_id="clock")
    then(HoldExpired)
    when(expire_hold(hold_of(ANN)), at=seconds(61), command_id="clock")
    then(ExpiryRefused, reason=Reason.UNKNOWN_HOLD)
