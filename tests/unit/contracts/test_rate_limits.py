"""Rate limits: how many requests one caller has, how they come back, and how many callers are remembered."""

import pytest

from contracts.operations import rate_limits
from contracts.operations.rate_limits import RateLimits, Standing
from contracts.operations.tokens import Caller, Role

ANN = Caller("ann", Role.BUYER, 0)
BOB = Caller("bob", Role.BUYER, 0)


class Door:
    """Limits of 5 requests a second for buyers and 20 for organisers, and a clock."""

    def __init__(self, limits: type[RateLimits] = RateLimits) -> None:
        self.now = 1000.0
        self.refused = 0
        self.limits = limits(
            {Role.BUYER: 5.0, Role.ORGANISER: 20.0, Role.DOOR: 0.0}, self._refuse, lambda: round(self.now * 1e9)
        )

    def _refuse(self) -> None:
        self.refused += 1

    def let_in(self, caller: Caller, times: int) -> int:
        """How many of so many requests at once are let in."""
        standings = [self.limits.take(caller) for _ in range(times)]
        return sum(standing is None or not standing.wait_seconds for standing in standings)


def test_what_ten_seconds_give_may_come_at_once():
    door = Door()
    assert (door.let_in(ANN, 60), door.refused) == (50, 10)


def in_a_minute(door: Door) -> int:
    """How many are let in of who asks ten times a second for a minute after he has used all that he had."""
    door.let_in(ANN, 100)
    let_in = 0
    for _ in range(600):
        door.now += 0.1
        let_in += door.let_in(ANN, 1)
    return let_in


def test_then_they_come_back_at_their_rate():
    assert in_a_minute(Door()) == pytest.approx(300, abs=1)


class Generous(RateLimits):
    """The mutant: counts, and refuses nobody."""

    def take(self, caller: Caller) -> Standing | None:
        standing = super().take(caller)
        return None if standing is None else standing._replace(wait_seconds=0)


def test_that_check_catches_who_refuses_nobody():
    assert in_a_minute(Door(Generous)) == 600


def test_who_is_refused_is_not_put_further_back():
    door = Door()
    door.let_in(ANN, 10_000)
    door.now += 1.0
    assert door.let_in(ANN, 10) == 5


def test_each_caller_has_his_own_and_each_role():
    door = Door()
    door.let_in(ANN, 60)
    assert door.let_in(BOB, 50) == 50
    assert door.let_in(Caller("ann", Role.ORGANISER, 0), 250) == 200


@pytest.mark.parametrize("role", [Role.DOOR, Role.AUDITOR])
def test_a_role_without_a_limit_has_none(role: Role):
    assert Door().let_in(Caller("ann", role, 0), 10_000) == 10_000


def test_who_has_used_half_is_told_what_is_left():
    door = Door()
    assert [door.limits.take(ANN) for _ in range(25)] == [None] * 25
    standing = door.limits.take(ANN)
    assert standing is not None
    assert standing.headers() == [(b"ratelimit-policy", b'"buyer";q=50;w=10'), (b"ratelimit", b'"buyer";r=24;t=6')]


def test_who_is_refused_is_told_when_to_come_again():
    door = Door()
    door.let_in(ANN, 50)
    standing = door.limits.take(ANN)
    assert standing is not None
    assert (standing.remaining, standing.full_seconds) == (0, 10)
    door.now += standing.wait_seconds
    assert door.let_in(ANN, 6) == 5, "whole seconds, rounded up"


def test_less_than_one_in_ten_seconds_is_one_at_a_time():
    limits = RateLimits({Role.BUYER: 0.05}, lambda: None, lambda: 0)
    first, second = limits.take(ANN), limits.take(ANN)
    assert first is not None
    assert second is not None
    assert (first.wait_seconds, second.wait_seconds) == (0, 20)
    assert second.headers()[0] == (b"ratelimit-policy", b'"buyer";q=1;w=20')


def test_who_was_not_seen_for_longest_is_forgotten_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limits, "CALLERS_MOST", 3)
    door = Door()
    door.let_in(BOB, 50)
    door.let_in(ANN, 50)
    for number in range(10):
        door.let_in(Caller(f"other-{number}", Role.BUYER, 0), 1)
        assert door.let_in(ANN, 1) == 0, "he is refused, and still there"
        door.now += 0.1
        door.let_in(ANN, 1)
    assert len(door.limits._limits[Role.BUYER].full_at) == 3
    assert door.let_in(BOB, 50) == 50
