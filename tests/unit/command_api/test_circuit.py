"""The circuit breaker of a partition: when nobody is kept waiting, and when somebody is again."""

from collections.abc import Callable

import pytest

from write_side.api.circuit import LOOK_SECONDS, SILENCE_SECONDS, Circuit, State


class Story:
    """A circuit, its clock, and the states that it entered."""

    def __init__(self, circuit: type[Circuit] = Circuit) -> None:
        self.now = 100.0
        self.entered: list[State] = []
        self.circuit = circuit(SILENCE_SECONDS, lambda: self.now, self.entered.append)

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / LOOK_SECONDS)):
            self.now += LOOK_SECONDS
            self.circuit.look()

    def opened(self) -> "Story":
        """Silent for so long, with offsets 5 and 6 placed."""
        self.circuit.placed(5)
        self.circuit.placed(6)
        self.pass_time(SILENCE_SECONDS + LOOK_SECONDS)
        return self


def test_a_partition_without_commands_may_be_silent_for_ever():
    story = Story()
    story.pass_time(60)
    assert (story.entered, story.circuit.may_wait("ann")) == ([], True)


def test_a_partition_whose_commands_are_all_decided_may_be_silent_too():
    story = Story()
    story.circuit.placed(5)
    story.circuit.heard((5, 0, 2))
    assert story.circuit.owed
    story.circuit.heard((5, 1, 2))
    assert not story.circuit.owed
    story.pass_time(60)
    assert story.entered == []


def test_an_event_may_be_heard_before_its_commands_place():
    story = Story()
    story.circuit.heard((5, 0, 1))
    story.circuit.placed(5)
    story.pass_time(60)
    assert story.entered == []


def test_it_opens_when_commands_had_no_event_for_so_long():
    story = Story()
    story.circuit.placed(5)
    story.pass_time(SILENCE_SECONDS - LOOK_SECONDS)
    assert story.circuit.may_wait("ann")
    story.pass_time(2 * LOOK_SECONDS)
    assert (story.entered, story.circuit.may_wait("ann")) == ([State.OPEN], False)


def never_opens(story: Story) -> bool:
    """Whether a decider that takes a second for every event, ever further behind, leaves it closed."""
    for offset in range(30):
        story.circuit.placed(3 * offset)
        story.pass_time(1.0)
        story.circuit.heard((offset, 0, 1))
    return story.entered == []


def test_slow_is_not_silent():
    assert never_opens(Story())


class Deaf(Circuit):
    """The mutant: counts from the first command that is owed, whatever is heard."""

    def heard(self, source: tuple[int, int, int]) -> None:
        super().heard(source)
        self._heard = False


def test_that_check_catches_a_circuit_that_does_not_listen():
    assert not never_opens(Story(Deaf))


def opens_after_a_pause(story: Story) -> bool:
    """Whether a process that was stopped for a minute takes that for silence."""
    story.circuit.placed(5)
    story.now += 60
    story.circuit.look()
    return story.circuit.state is State.OPEN


def test_a_process_that_was_stopped_has_not_listened_meanwhile():
    assert not opens_after_a_pause(Story())


def test_that_check_catches_who_counts_the_pause(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("write_side.api.circuit.LOOK_SECONDS_MOST", 3600.0)
    assert opens_after_a_pause(Story())


def test_an_event_lets_one_at_a_time_wait():
    circuit = Story().opened().circuit
    circuit.heard((5, 0, 1))
    assert circuit.state is State.HALF_OPEN
    assert [circuit.may_wait(who) for who in ("ann", "bob", "eve")] == [True, False, False]
    circuit.probed(answered=False)
    assert (circuit.state, circuit.may_wait("bob")) == (State.HALF_OPEN, True)


def closed_by_an_answer(circuit: Circuit) -> None:
    circuit.may_wait("ann")
    circuit.probed(answered=True)


def closed_by_the_end_of_the_backlog(circuit: Circuit) -> None:
    circuit.heard((6, 0, 1))


@pytest.mark.parametrize("close", [closed_by_an_answer, closed_by_the_end_of_the_backlog])
def test_it_closes_when_answers_come_in_time_again(close: Callable[[Circuit], None]):
    story = Story().opened()
    story.circuit.heard((5, 0, 1))
    close(story.circuit)
    assert story.entered == [State.OPEN, State.HALF_OPEN, State.CLOSED]
    assert all(story.circuit.may_wait(who) for who in ("ann", "bob"))


def test_it_opens_again_when_deciders_fall_silent_again():
    story = Story().opened()
    story.circuit.heard((5, 0, 1))
    assert story.circuit.may_wait("ann")
    story.pass_time(SILENCE_SECONDS + 2 * LOOK_SECONDS)
    assert (story.entered, story.circuit.probe) == ([State.OPEN, State.HALF_OPEN, State.OPEN], None)
