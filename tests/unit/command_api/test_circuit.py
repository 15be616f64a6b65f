"""The circuit breaker of a partition: when nobody is kept waiting, and when somebody is again."""

from collections.abc import Callable

import pytest

from write_side.api.circuit import LOOK_SECONDS, Circuit, State

SILENCE = 2.0
IN_TIME = 1.0


class Story:
    """A circuit, its clock, and the states that it entered. `owed`: a command stands in the log without its event."""

    def __init__(self, circuit: type[Circuit] = Circuit) -> None:
        self.now = 100.0
        self.owed = False
        self.entered: list[State] = []
        self.circuit = circuit(SILENCE, IN_TIME, lambda: self.now, self.entered.append)

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / LOOK_SECONDS)):
            self.now += LOOK_SECONDS
            self.circuit.look(self.owed)

    def opened(self) -> "Story":
        """Silent for so long."""
        self.owed = True
        self.pass_time(SILENCE + LOOK_SECONDS)
        return self


def test_a_partition_that_owes_nothing_may_be_silent_for_ever():
    story = Story()
    story.pass_time(60)
    assert (story.entered, story.circuit.may_wait("ann")) == ([], True)


def test_it_opens_when_what_is_owed_has_not_come_for_so_long():
    story = Story()
    story.owed = True
    story.pass_time(SILENCE - LOOK_SECONDS)
    assert story.circuit.may_wait("ann")
    story.pass_time(2 * LOOK_SECONDS)
    assert (story.entered, story.circuit.may_wait("ann")) == ([State.OPEN], False)


def never_opens(story: Story) -> bool:
    """Whether a decider that takes a second for every event, and never has none to give, leaves it closed."""
    story.owed = True
    for _ in range(30):
        story.pass_time(1.0)
        story.circuit.heard(owed=True)
    return story.entered == []


def test_slow_is_not_silent():
    assert never_opens(Story())


class Deaf(Circuit):
    """The mutant: counts from the first command that is owed, whatever is heard."""

    def heard(self, owed: bool) -> None:
        super().heard(owed)
        self._heard = False


def test_that_check_catches_a_circuit_that_does_not_listen():
    assert not never_opens(Story(Deaf))


def opens_after_a_pause(story: Story) -> bool:
    """Whether a process that was stopped for a minute takes that for silence."""
    story.now += 60
    story.circuit.look(owed=True)
    return story.circuit.state is State.OPEN


def test_a_process_that_was_stopped_has_not_listened_meanwhile():
    assert not opens_after_a_pause(Story())


def test_that_check_catches_who_counts_the_pause(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("write_side.api.circuit.LOOK_SECONDS_MOST", 3600.0)
    assert opens_after_a_pause(Story())


def half_open() -> Story:
    story = Story().opened()
    story.circuit.heard(owed=True)
    return story


def test_an_event_lets_one_at_a_time_wait():
    circuit = half_open().circuit
    assert circuit.state is State.HALF_OPEN
    assert [circuit.may_wait(who) for who in ("ann", "bob", "eve")] == [True, False, False]
    circuit.probed(answered=False)
    assert (circuit.state, circuit.may_wait("bob")) == (State.HALF_OPEN, True)


def closed_by_an_answer(story: Story) -> None:
    story.circuit.may_wait("ann")
    story.now += IN_TIME
    story.circuit.probed(answered=True)


def closed_by_the_end_of_the_backlog(story: Story) -> None:
    story.circuit.heard(owed=False)


@pytest.mark.parametrize("close", [closed_by_an_answer, closed_by_the_end_of_the_backlog])
def test_it_closes_when_answers_come_in_time_again(close: Callable[[Story], None]):
    story = half_open()
    close(story)
    assert story.entered == [State.OPEN, State.HALF_OPEN, State.CLOSED]
    assert all(story.circuit.may_wait(who) for who in ("ann", "bob"))


def test_an_answer_that_comes_late_does_not_close_it():
    story = half_open()
    story.circuit.may_wait("ann")
    story.now += IN_TIME + 0.1
    story.circuit.probed(answered=True)
    assert (story.circuit.state, story.circuit.probe) == (State.HALF_OPEN, None)


def test_it_opens_again_when_deciders_fall_silent_again():
    story = half_open()
    assert story.circuit.may_wait("ann")
    story.pass_time(SILENCE + 2 * LOOK_SECONDS)
    assert (story.entered, story.circuit.probe) == ([State.OPEN, State.HALF_OPEN, State.OPEN], None)
