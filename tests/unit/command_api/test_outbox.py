"""The outbox against a writer that does what a test says: grouping, refusing, and never saying more than is known."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from prometheus_client import CollectorRegistry

from contracts.codec import decode_commands
from tests.unit.command_api.saying import asked, some_partitions
from tests.until import until
from write_side.api.log_writer import AppendUnknown, LogWriter, Record
from write_side.api.metrics import Metrics
from write_side.api.outbox import CROWDED, STOPPING, UNREACHABLE, Outbox
from write_side.api.waiting import Asked, Outcome, Undecided, Waiting


class ScriptedWriter(LogWriter):
    """Appends go nowhere; `gate` cleared keeps them unconfirmed, `error` makes them fail."""

    def __init__(self) -> None:
        super().__init__("nowhere", 2)
        self.appended: list[tuple[int, list[Record]]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: AppendUnknown | None = None
        self.away: set[int] = set()

    def unwritable(self, partition: int) -> bool:
        return partition in self.away

    async def append(self, partition: int, records: Sequence[Record]) -> int:
        self.appended.append((partition, list(records)))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return sum(len(batch) for number, batch in self.appended[:-1] if number == partition)


class Bench:
    def __init__(self, most: int = 1000) -> None:
        self.writer, self.waiting = ScriptedWriter(), Waiting(some_partitions(2))
        self.metrics = Metrics(CollectorRegistry())
        self.outbox = Outbox(
            self.writer, self.waiting, self.metrics, partitions=2, group_seconds=0.002, under_way_most=most
        )

    def ask(self, one: Asked, wait_seconds: float = 5.0) -> "asyncio.Task[Outcome]":
        refused = self.outbox.offer(one)
        if refused is not None:
            one.resolve(refused)
        return asyncio.create_task(self.waiting.outcome_of(one, wait_seconds))


@asynccontextmanager
async def running(most: int = 1000) -> AsyncIterator[Bench]:
    bench = Bench(most)
    work = asyncio.create_task(bench.outbox.run())
    await asyncio.sleep(0)
    yield bench
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


def partitions(bench: Bench) -> list[int]:
    """Where appends have begun. A lane does not overtake: what partition 0 was asked before partition 1, it begins
    before."""
    return [partition for partition, _ in bench.writer.appended]


async def test_what_arrives_together_goes_together():
    async with running() as bench:
        outcomes = [bench.ask(asked(str(number)), 0.0) for number in range(10)]
        assert [await outcome for outcome in outcomes] == [Undecided((0, 0, index)) for index in range(10)]
    assert len(bench.writer.appended) == 1
    [(_, [record])] = bench.writer.appended
    assert [command.id for command in decode_commands(record.value).commands] == [str(number) for number in range(10)]


async def test_the_next_group_gathers_while_an_append_is_under_way():
    async with running() as bench:
        bench.writer.gate.clear()
        bench.ask(asked("first"), 0.0)
        await until(lambda: bench.writer.appended)
        later = [bench.ask(asked(str(number)), 0.0) for number in range(20)]
        bench.ask(asked("elsewhere", partition=1), 0.0)
        await until(lambda: 1 in partitions(bench))
        assert partitions(bench) == [0, 1]
        bench.writer.gate.set()
        assert [await outcome for outcome in later] == [Undecided((0, 1, index)) for index in range(20)]


async def test_partitions_do_not_wait_for_each_other():
    async with running() as bench:
        bench.writer.gate.clear()
        bench.ask(asked("a", partition=0))
        bench.ask(asked("b", partition=1))
        await until(lambda: len(bench.writer.appended) == 2)
        bench.writer.gate.set()


async def test_an_append_without_an_outcome_is_never_said_to_have_failed():
    async with running() as bench:
        bench.writer.error = AppendUnknown("timeout")
        assert await bench.ask(asked()) == Undecided(None)
        assert len(bench.writer.appended) == 1, "it is never sent again"


class Resending(Outbox):
    """The mutant: what has no outcome is sent once more."""

    async def _append(self, lane, batch, records) -> None:
        with suppress(AppendUnknown):
            await self._writer.append(lane.partition, records)
        await super()._append(lane, batch, records)


async def test_that_check_catches_a_resend():
    bench = Bench()
    bench.outbox.__class__ = Resending
    bench.writer.error = AppendUnknown("timeout")
    work = asyncio.create_task(bench.outbox.run())
    await bench.ask(asked())
    work.cancel()
    assert len(bench.writer.appended) == 2


async def test_kafka_known_to_be_away_is_refused_before_anything_is_handed_over():
    async with running() as bench:
        bench.writer.away = {0}
        assert await bench.ask(asked(partition=0)) == UNREACHABLE
        assert await bench.ask(asked(partition=1), 0.0) == Undecided((1, 0, 0))
        assert bench.outbox.missing() == ["partition 0 of the commands cannot be written to"]
    assert partitions(bench) == [1]


async def test_what_queued_as_kafka_went_away_is_refused_too():
    async with running() as bench:
        outcome = bench.ask(asked(partition=0))
        bench.writer.away = {0}
        assert await outcome == UNREACHABLE
    assert bench.writer.appended == []


async def test_behind_a_stuck_append_new_and_queued_commands_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("write_side.api.outbox.STUCK_SECONDS", 0.05)
    async with running() as bench:
        bench.writer.gate.clear()
        handed = bench.ask(asked("handed"))
        await until(lambda: bench.writer.appended)
        assert await bench.ask(asked("queued")) == UNREACHABLE
        assert await bench.ask(asked("new")) == UNREACHABLE
        assert not handed.done(), "what was handed over waits for the log"
        bench.writer.gate.set()
        await until(lambda: not bench.outbox.missing())
        assert await bench.ask(asked("after"), 0.0) == Undecided((0, 1, 0))
        handed.cancel()


async def test_there_is_room_for_so_many_and_no_more():
    async with running(most=2) as bench:
        bench.writer.gate.clear()
        first = [bench.ask(asked(str(number)), 0.0) for number in range(2)]
        await asyncio.sleep(0)
        assert await bench.ask(asked("3")) == CROWDED
        bench.writer.gate.set()
        await asyncio.gather(*first)
        assert await bench.ask(asked("4"), 0.0) == Undecided((0, 1, 0))


async def test_what_is_on_hand_is_counted_until_the_log_has_it():
    async with running() as bench:
        bench.writer.gate.clear()
        told = [bench.ask(asked("first"), 0.0)]
        await until(lambda: bench.writer.appended)
        told += [bench.ask(asked(str(number)), 0.0) for number in range(20)]
        assert [bench.outbox.on_hand(partition) for partition in (0, 1)] == [21, 0]
        bench.writer.gate.set()
        await asyncio.gather(*told)
        await until(lambda: bench.outbox.on_hand(0) == 0)


async def test_an_append_without_an_outcome_is_on_hand_no_more():
    async with running() as bench:
        bench.writer.error = AppendUnknown("timeout")
        await bench.ask(asked())
        await until(lambda: bench.outbox.on_hand(0) == 0)


async def test_when_stopping_the_queue_is_emptied_and_nothing_more_is_taken():
    async with running() as bench:
        outcome = bench.ask(asked("last"), 0.0)
        bench.outbox.close()
        assert await bench.ask(asked("too late")) == STOPPING
        await bench.outbox.finish(2.0)
        assert len(bench.writer.appended) == 1
        assert await outcome == Undecided((0, 0, 0))


async def test_a_withdrawn_command_is_not_appended():
    async with running() as bench:
        one = asked()
        outcome = bench.ask(one)
        one.resolve(UNREACHABLE)
        assert await outcome == UNREACHABLE
        assert await bench.ask(asked("elsewhere", partition=1), 0.0) == Undecided((1, 0, 0))
    assert partitions(bench) == [1]
