"""Who sees a decider whose event loop stands still."""

import threading

import pytest

from write_side.processor import loop_watch
from write_side.processor.loop_watch import LoopWatch

ENOUGH_SECONDS = 5.0


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    monkeypatch.setattr(loop_watch, "TICK_SECONDS", 0.002)
    return threading.Event()


def test_a_loop_that_gives_no_beat_ends_the_process(ended: threading.Event):
    said: list[str] = []

    def end(why: str) -> None:
        said.append(why)
        ended.set()

    LoopWatch(end).start()
    assert ended.wait(ENOUGH_SECONDS)
    assert said[0].startswith("the event loop stands still")


def test_a_loop_that_turns_does_not(ended: threading.Event):
    class Counted(threading.Event):
        """Hands out ticks, with a beat after each, many more than a standing loop gets."""

        def __init__(self) -> None:
            super().__init__()
            self.left = 5 * loop_watch.STANDS_AFTER_TICKS

        def wait(self, timeout: float | None = None) -> bool:
            watch.beat()
            self.left -= 1
            return self.left < 0

    watch = LoopWatch(lambda _why: ended.set())
    watch._over = Counted()
    watch._run()
    assert not ended.is_set()


def test_a_stop_that_was_asked_for_is_left_alone(ended: threading.Event):
    watch = LoopWatch(lambda _why: ended.set())
    watch.stop()
    watch._run()
    assert not ended.is_set()
