"""Ending tasks for certain."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

_AGAIN_SECONDS: Final = 0.5


async def end_tasks(*tasks: "asyncio.Future[Any]") -> None:
    """Cancel these tasks and wait until all have ended; what they raise stays with them.

    They are cancelled again and again: `asyncio.wait_for` of Python 3.11, which aiokafka and PyMongo use, swallows a
    cancellation that comes in the moment in which what it waits for is done (bpo-42130).
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_AGAIN_SECONDS)


async def run_together(*loops: Coroutine[Any, Any, None]) -> None:
    """Run these until one of them ends, and end the others; raises what that one raised.

    Unlike a TaskGroup it does not wait for ever for one that has missed its cancellation.
    """
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_tasks(*tasks)
    for task in done:
        task.result()
