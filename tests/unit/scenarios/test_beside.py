import pytest

from scenarios.beside import Beside

WITHIN_SECONDS = 10


class Waiting(Beside):
    """Goes on until it is over."""

    ended = False

    def _go_on(self) -> None:
        self.ended = self._over.wait(WITHIN_SECONDS)


class Failing(Beside):
    def _go_on(self) -> None:
        raise ConnectionError("gone")


def test_it_goes_on_until_the_with_ends():
    with Waiting("waiter") as waiting:
        assert not waiting.ended
    assert waiting.ended


def test_its_failure_is_raised_at_the_end():
    with pytest.raises(ConnectionError, match="gone"), Failing("failing"):
        pass


def test_what_the_body_raises_goes_first_and_tells_of_it():
    with pytest.raises(ValueError, match="mine") as caught, Failing("watch"):
        raise ValueError("mine")
    assert caught.value.__notes__ == ["Beside it, the watch had failed: ConnectionError('gone')"]
