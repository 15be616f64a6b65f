"""Waiting for something to become true, with an end."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], object], within_seconds: float = 10.0) -> None:
    """Look every millisecond. Raises TimeoutError."""
    async with asyncio.timeout(within_seconds):
        while not true():  # noqa: ASYNC110 - what is looked at tells nobody when it changes
            await asyncio.sleep(0.001)
