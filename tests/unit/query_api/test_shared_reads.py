"""Readers share a read only if it began after they asked."""

import asyncio

import pytest

from read_side.queries.shared_reads import SharedReads


class Source:
    """Counts reads; each waits until it is let go, and answers with the number of the read."""

    def __init__(self) -> None:
        self.begun = 0
        self.at_once_most = 0
        self._running = 0
        self.gate = asyncio.Event()
        self.beginnings = asyncio.Semaphore(0)

    async def read(self, key: str) -> int:
        self.begun += 1
        self.beginnings.release()
        number = self.begun
        self._running += 1
        self.at_once_most = max(self.at_once_most, self._running)
        await self.gate.wait()
        self._running -= 1
        if key == "bad":
            raise LookupError(key)
        return number


class KeepsTheOldRead(SharedReads[str, int]):
    """Mutant: joins a read that is under way."""

    async def get(self, key: str) -> int:
        running = self._running.get(key)
        return await asyncio.shield(running) if running is not None else await super().get(key)


async def ask_before_and_during(reads: SharedReads[str, int], source: Source) -> list[int]:
    """Three ask at once, three more while the first read is under way."""
    early = [asyncio.create_task(reads.get("hamlet")) for _ in range(3)]
    await source.beginnings.acquire()
    late = [asyncio.create_task(reads.get("hamlet")) for _ in range(3)]
    for _ in range(3):
        await asyncio.sleep(0)
    source.gate.set()
    return await asyncio.gather(*early, *late)


async def test_late_readers_share_the_next_read():
    source = Source()
    answers = await ask_before_and_during(SharedReads(source.read), source)
    assert answers[0] == 1
    assert set(answers[3:]) == {2}
    assert (source.begun, source.at_once_most) == (2, 1)


async def test_the_check_catches_a_read_that_is_too_old():
    source = Source()
    assert (await ask_before_and_during(KeepsTheOldRead(source.read), source))[3:] != [2, 2, 2]


async def test_a_read_after_the_last_one_is_a_new_one():
    source = Source()
    source.gate.set()
    reads = SharedReads(source.read)
    assert [await reads.get("hamlet"), await reads.get("hamlet")] == [1, 2]


async def test_keys_do_not_wait_for_each_other():
    source = Source()
    reads = SharedReads(source.read)
    both = [asyncio.create_task(reads.get(key)) for key in ("hamlet", "macbeth")]
    for _ in both:
        await source.beginnings.acquire()
    source.gate.set()
    assert sorted(await asyncio.gather(*both)) == [1, 2]


async def test_an_error_reaches_all_who_shared_the_read_and_nobody_else():
    source = Source()
    source.gate.set()
    reads = SharedReads(source.read)
    for _ in range(2):
        with pytest.raises(LookupError):
            await reads.get("bad")
    assert await reads.get("hamlet") == 3
