"""What stands between Faust's stream and the decider."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from tests.commands import SHOW, command_record, hold_seats
from write_side.processor import worker as worker_module
from write_side.processor.prompt_transport import PORTION_BYTES
from write_side.processor.settings import Settings
from write_side.processor.throttle import Throttle
from write_side.processor.worker import Worker

RECORD = command_record(SHOW, ("a", hold_seats("A-1-1", by="ann")), ("b", hold_seats("A-1-2", by="bob")))


class Ended(Exception):
    """Instead of the end of the process."""


class Stream:
    """Faust's stream of commands: what it has already waits in the channel's queue."""

    def __init__(self, records: int) -> None:
        messages = [SimpleNamespace(generation_id=1, partition=0, offset=n, value=RECORD) for n in range(records)]
        self._first = messages[0]
        self.channel = SimpleNamespace(queue=asyncio.Queue())
        for message in messages[1:]:
            self.channel.queue.put_nowait(SimpleNamespace(message=message))

    def noack(self) -> "Stream":
        return self

    async def events(self) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(message=self._first)


async def decided_in(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> tuple[list[int], float]:
    """How many records each batch of 40 waiting ones had, and how long it took by a clock that only sleeping moves."""
    worker, batches, now = Worker(settings, 1, "ann"), [], [0.0]

    async def decide(messages: list[SimpleNamespace]) -> None:
        batches.append(len(messages))
        worker.decider.settled[0] = messages[-1].offset + 1

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    def end(why: str, error: BaseException | None = None) -> None:
        raise Ended(why)

    if settings.max_decisions_per_second is not None:
        assert worker._throttle is not None
        worker._throttle = Throttle(settings.max_decisions_per_second, lambda: now[0], sleep)
    monkeypatch.setattr(worker, "_decide_batch", decide)
    monkeypatch.setattr(worker._group, "generation", lambda: 1)
    monkeypatch.setattr(worker_module, "end_process", end)
    worker.decider.owned[0] = 1
    worker.decider.settled[0] = 0
    with pytest.raises(Ended, match="the stream of commands ended"):
        await worker._decide(Stream(40))
    return batches, now[0]


async def test_without_a_throttle_everything_that_waits_is_one_batch(monkeypatch: pytest.MonkeyPatch):
    assert await decided_in(monkeypatch, Settings()) == ([40], 0.0)


async def test_a_throttle_from_the_environment_paces_batches_of_what_it_has_saved(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEATLOG_MAX_DECISIONS_PER_SECOND", "200")
    batches, took = await decided_in(monkeypatch, Settings())
    assert batches == [10, 10, 10, 10]
    assert took == pytest.approx(60 / 200)


def test_only_a_throttled_worker_waits_for_commands_to_come_together(monkeypatch: pytest.MonkeyPatch):
    assert Worker(Settings(), 1, "ann").app.fetch_least_bytes == 1
    monkeypatch.setenv("SEATLOG_MAX_DECISIONS_PER_SECOND", "200")
    assert Worker(Settings(), 1, "ann").app.fetch_least_bytes == PORTION_BYTES


def test_a_throttle_below_one_a_second_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEATLOG_MAX_DECISIONS_PER_SECOND", "0")
    with pytest.raises(ValueError, match="max_decisions_per_second"):
        Settings()
