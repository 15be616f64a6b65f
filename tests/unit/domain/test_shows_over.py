"""Shows that are over are dropped from memory, and nobody sees it."""

import pytest

from contracts.events import (
    SeatsHeld,
)
from contracts.refusals import Reason
from tests.commands import ANN, command_record, hold_seats, schedule_show
from tests.domain_language import OVER_AT, hours, seconds
from tests.log_of_commands import claimed, decide, decided, folded, log_of
from write_side.domain.partition import ShowForgotten

SCHEDULED = (0, command_record("hamlet", ("scheduling", schedule_show())))


def hold(*seats: str, key: str, by: str = ANN, show: str = "hamlet", at: int = 1) -> tuple[int, bytes]:
    return at, command_record(show, (key, hold_seats(*seats, by=by)))


class TestShowsThatAreOver:
    ENDED = hold("A-1-1", key="late", at=OVER_AT)

    def test_are_forgotten_when_they_have_said_so_themselves(self):
        partition = claimed()
        decided(partition, [SCHEDULED, self.ENDED])
        assert partition.forget_over(OVER_AT) == 1
        assert partition.forget_over(OVER_AT) == 0
        assert partition.shows["hamlet"].statuses == bytearray()

    def test_are_forgotten_a_day_later_when_nobody_asked(self):
        partition = claimed()
        decided(partition, [SCHEDULED])
        assert partition.forget_over(OVER_AT + hours(24) - 1) == 0
        assert partition.forget_over(OVER_AT + hours(24)) == 1

    def test_go_on_answering_that_they_are_over(self):
        arrived = [SCHEDULED, hold("A-1-1", key="a"), self.ENDED, hold("A-1-1", key="a", at=OVER_AT)]
        remembering, forgetting = claimed(), claimed()
        decided(forgetting, arrived[:3])
        forgetting.forget_over(OVER_AT)
        last = decided(remembering, arrived)[-1]
        assert decided(forgetting, arrived)[-1] == last
        assert last.event.reason is Reason.SHOW_OVER

    def test_stop_the_process_when_time_is_set_back_to_before_their_end(self):
        arrived = [SCHEDULED, hold("A-1-1", key="a", at=OVER_AT - 1)]
        log = log_of(decided(claimed(), arrived))
        decider, standby = claimed(), folded(log[:2])
        decided(decider, arrived[:1])
        for partition in (decider, standby):
            assert partition.forget_over(OVER_AT + hours(24)) == 1
        with pytest.raises(ShowForgotten):
            decided(decider, arrived)
        with pytest.raises(ShowForgotten):
            standby.fold(2, log[2])

    def test_are_not_forgotten_while_anything_may_have_to_be_taken_back(self):
        partition = claimed()
        decide(partition, [SCHEDULED])
        with pytest.raises(AssertionError):
            partition.forget_over(OVER_AT + hours(24))

    def test_leave_the_others_alone(self):
        partition = claimed()
        other = command_record("macbeth", ("other", schedule_show(starts_at=OVER_AT + hours(1000))))
        decided(partition, [SCHEDULED, (0, other), hold("A-1-1", key="x", show="nowhere")])
        assert partition.forget_over(OVER_AT + hours(24)) == 1
        later = hold("A-1-1", key="a", show="macbeth", at=seconds(1))
        assert type(decided(partition, [SCHEDULED] * 3 + [later])[0].event) is SeatsHeld
