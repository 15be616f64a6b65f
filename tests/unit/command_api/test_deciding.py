"""Load: how far behind deciders are by what one node sees, and who is refused for it."""

import pytest

from write_side.api.backlog import ASSUMED_A_SECOND, BUSY_COMMANDS, Backlog
from write_side.api.circuit import LOOK_SECONDS, Circuit, State
from write_side.api.deciding import TOO_LATE, TOO_MANY, Deciding

GROUP = 10
"""Commands in each record of these stories."""
QUEUED = 50_000


class Site:
    """One node that places records of GROUP commands, a decider that decides as fast as it is told, and a clock."""

    def __init__(self, deciding: type[Deciding] = Deciding) -> None:
        self.now = 100.0
        circuit = Circuit(2.0, 1.0, lambda: self.now)
        self.deciding = deciding(circuit, within_seconds=1.0, queued_most=QUEUED, clock=lambda: self.now)
        self.placed = 0
        self.decided = 0
        self.refused = 0
        self.looks = 0

    @property
    def waiting(self) -> int:
        return self.placed - self.decided

    def run(self, seconds: float, *, offered: float, decides: float) -> None:
        """Offer so many commands a second and decide at most so many. Fractions of a look's share are dropped."""
        for _ in range(round(seconds / LOOK_SECONDS)):
            self.now += LOOK_SECONDS
            for _ in range(round(offered * LOOK_SECONDS / GROUP)):
                self.offer()
            for _ in range(min(round(decides * LOOK_SECONDS), self.waiting)):
                self.deciding.heard((self.decided // GROUP, self.decided % GROUP, GROUP))
                self.decided += 1
            self.deciding.look(0)
            self.looks += 1

    def offer(self) -> None:
        if self.deciding.refused is not None:
            self.refused += GROUP
            return
        self.deciding.backlog.placed(self.placed // GROUP, GROUP, self.deciding.backlog.mark)
        self.placed += GROUP
        for _ in range(GROUP):
            self.deciding.taken()


def test_the_backlog_is_what_is_placed_and_not_decided():
    backlog = Backlog(0.0)
    for offset, commands in enumerate([3, 1, 2]):
        backlog.placed(offset, commands, backlog.mark)
    assert (backlog.commands, backlog.owed) == (6, True)
    for source in [(0, 0, 3), (0, 1, 3), (0, 2, 3), (1, 0, 1), (2, 0, 2)]:
        backlog.heard(source, 1.0)
    assert (backlog.commands, backlog.owed, backlog.decided) == (2, True, 5)
    backlog.heard((2, 1, 2), 1.0)
    assert (backlog.commands, backlog.owed, len(backlog._own)) == (0, False, 0)


def test_records_of_others_count_like_its_own():
    backlog = Backlog(0.0)
    backlog.heard((9, 0, 1), 1.0)
    backlog.placed(14, 3, backlog.mark)
    backlog.placed(19, 5, backlog.mark)
    assert backlog.commands == 10 * 4


def test_an_event_may_come_before_its_commands_place():
    backlog = Backlog(0.0)
    backlog.heard((5, 0, 1), 1.0)
    backlog.placed(5, 1, backlog.mark)
    assert (backlog.commands, backlog.owed) == (0, False)


def test_the_rate_is_measured_while_there_is_enough_to_decide():
    site = Site()
    site.run(6, offered=6000, decides=3000)
    assert site.deciding.backlog.rate == pytest.approx(3000, rel=0.1)
    site.run(10, offered=0, decides=3000)
    assert site.deciding.backlog.rate == pytest.approx(3000, rel=0.1), "what it can is not forgotten at night"


def test_a_trickle_says_nothing_of_what_a_decider_can():
    site = Site()
    site.run(5, offered=200, decides=3000)
    assert site.deciding.backlog.rate == ASSUMED_A_SECOND


def test_a_bad_hour_is_forgotten():
    site = Site()
    site.run(20, offered=2000, decides=200)
    assert site.deciding.backlog.rate == pytest.approx(200, rel=0.05)
    site.run(15, offered=0, decides=3000)
    assert site.deciding.backlog.rate == ASSUMED_A_SECOND


def closed_loop(site: Site, seconds: float, answered_every: float) -> None:
    """Whoever is answered asks again; the decider gives all answers at once, so often."""
    for _ in range(round(seconds / answered_every)):
        for _ in range(512 // GROUP):
            site.offer()
        site.run(answered_every - LOOK_SECONDS, offered=0, decides=0)
        site.run(LOOK_SECONDS, offered=0, decides=1e6)


@pytest.mark.parametrize("answered_every", [0.1, 0.3, 0.5, 0.8])
def test_a_crowd_that_is_answered_in_time_is_never_refused_however_jerky_the_answers(answered_every: float):
    site = Site()
    closed_loop(site, 60, answered_every)
    assert site.refused == 0


def test_half_of_what_can_be_decided_is_never_refused():
    site = Site()
    site.run(30, offered=1500, decides=3000)
    assert site.refused == 0


def test_a_burst_after_a_quiet_time_is_not_refused():
    site = Site()
    site.run(5, offered=100, decides=3000)
    site.run(0.5, offered=4000, decides=3000)
    site.run(5, offered=100, decides=3000)
    assert site.refused == 0


def overloaded(site: Site) -> tuple[float, float]:
    """Decided as a share of what can be, and the longest time that a newcomer had to wait, at twice of that."""
    site.run(5, offered=6000, decides=3000)
    before, longest = site.decided, 0.0
    for _ in range(300):
        site.run(LOOK_SECONDS, offered=6000, decides=3000)
        longest = max(longest, site.waiting / 3000)
    return (site.decided - before) / (30 * 3000), longest


def test_under_twice_the_load_as_much_is_decided_as_can_be_and_all_of_it_in_time():
    share, longest = overloaded(Site())
    assert share > 0.99
    assert longest < 1.4


class Willing(Deciding):
    """The mutant: takes whatever comes."""

    def look(self, on_hand: int, unheard_seconds: float = 0.0) -> None:
        super().look(on_hand, unheard_seconds)
        self.refused = None

    def taken(self) -> None:
        pass


class Hasty(Deciding):
    """The mutant: looks only when it looks."""

    def taken(self) -> None:
        pass


def test_that_check_catches_who_takes_whatever_comes():
    assert overloaded(Site(Willing))[1] > 5


def test_the_refusal_says_when_to_ask_again():
    site = Site()
    while (refused := site.deciding.refused) is None:
        site.offer()
    assert (refused.why, refused.retry_seconds) == (TOO_LATE, 1)


def test_what_this_process_has_on_hand_counts():
    deciding = Site().deciding
    deciding.look(int(ASSUMED_A_SECOND) - 1)
    assert deciding.refused is None
    deciding.look(int(ASSUMED_A_SECOND) * 3)
    assert deciding.refused is not None
    assert deciding.refused.retry_seconds == 3


def test_who_is_heard_late_has_less_time_left():
    deciding = Site().deciding
    for unheard, ahead, refused in [
        (0.9, 150, False),
        (0.9, 250, True),
        (0.2, 0, False),
        (1.1, 0, True),
        (0.6, 0, False),
    ]:
        deciding.look(ahead, unheard)
        assert (deciding.refused is not None) is refused


def test_a_few_are_always_taken():
    site = Site()
    site.deciding.backlog.rate = 10.0
    site.deciding.look(BUSY_COMMANDS)
    assert site.deciding.refused is None
    site.deciding.look(BUSY_COMMANDS + 1)
    assert site.deciding.refused is not None


def test_between_two_looks_no_more_is_taken_than_can_be_answered_in_time():
    """A look comes every 0.1 s; 13,000 requests a second would be far too many by then."""
    site = Site()
    site.run(5, offered=6000, decides=3000)
    site.run(30, offered=0, decides=3000)
    rate, taken = site.deciding.backlog.rate, 0
    while site.deciding.refused is None:
        site.deciding.taken()
        taken += 1
    assert taken == pytest.approx(rate * (1.0 + LOOK_SECONDS), abs=2)


def test_that_check_catches_who_counts_only_when_it_looks():
    site = Site(Hasty)
    for _ in range(int(ASSUMED_A_SECOND) * 10):
        site.deciding.taken()
    assert site.deciding.refused is None


def test_under_lasting_overload_some_are_taken_all_the_time():
    """No second in which everybody is refused follows one in which everybody was taken."""
    site = Site()
    site.run(10, offered=6000, decides=3000)
    for _ in range(100):
        before = site.placed
        site.run(LOOK_SECONDS, offered=6000, decides=3000)
        assert 0 < site.placed - before < 6000 * LOOK_SECONDS


def test_without_a_decider_commands_are_taken_up_to_the_bound():
    site = Site()
    site.run(5, offered=2000, decides=3000)
    site.run(60, offered=2000, decides=0)
    assert site.deciding.circuit.state is State.OPEN
    assert QUEUED < site.waiting <= QUEUED + 2000 * LOOK_SECONDS
    refused = site.deciding.refused
    assert refused is not None
    assert refused.why == TOO_MANY


def test_a_stall_of_a_busy_decider_is_not_taken_for_slowness():
    site = Site()
    site.run(5, offered=2500, decides=3000)
    site.run(1.8, offered=2500, decides=0)
    assert site.refused == 0


def worked_off(site: Site) -> float:
    """Seconds until nobody is refused and the circuit is closed, after 20 seconds without a decider, at a load of
    nine tenths of what it can decide."""
    site.run(5, offered=2700, decides=3000)
    site.run(20, offered=2700, decides=0)
    before, seconds = site.placed, 0.0
    while site.waiting > 1000 and seconds < 100:
        site.run(1, offered=2700, decides=3000)
        seconds += 1
    assert site.placed > before, "some are taken meanwhile"
    return seconds


def test_an_outage_is_worked_off_under_load():
    assert worked_off(Site()) < 45


def test_that_check_catches_who_takes_whatever_comes_meanwhile():
    assert worked_off(Site(Willing)) >= 100
