"""Tasks end, also those that miss a cancellation."""

import asyncio

import pytest

from contracts.operations import tasks
from contracts.operations.tasks import end_tasks, run_together


async def deaf_once(heard: list[str]) -> None:
    """Swallows its first cancellation, as `asyncio.wait_for` of Python 3.11 can."""
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            if len(heard) > 1:
                raise


async def test_a_task_that_misses_its_cancellation_is_cancelled_again(monkeypatch):
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    heard: list[str] = []
    task = asyncio.create_task(deaf_once(heard))
    await asyncio.sleep(0)
    await end_tasks(task)
    assert heard == ["cancelled", "cancelled"]
    assert task.cancelled()


async def test_what_a_task_raises_at_its_end_stays_with_it():
    async def fails() -> None:
        raise ValueError("mine")

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await end_tasks(task)
    with pytest.raises(ValueError, match="mine"):
        task.result()


async def test_loops_that_run_together_end_together(monkeypatch):
    monkeypatch.setattr(tasks, "_AGAIN_SECONDS", 0.01)
    heard: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("the first to end")

    with pytest.raises(ValueError, match="the first to end"):
        await run_together(deaf_once(heard), fails())
    assert len(heard) == 2
