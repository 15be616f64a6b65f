"""A load generator in a process of its own: `python -m scenarios.benchmarks.load_generator`, a LoadPlan on stdin.

Plain asyncio on uvloop and the project's own lean client (scenarios/http_client.py), at about 15 microseconds of CPU a
request. It shares the machine with what it loads, so it tells how much CPU it took.
"""

import asyncio
import gc
import sys
import time
from collections import Counter
from contextlib import suppress
from time import monotonic, process_time
from typing import Final

import msgspec
import uvloop

from scenarios.benchmarks.load_plan import MEASURED, MEASURING, LoadFigures, LoadPlan
from scenarios.benchmarks.load_shapes import Request, requests
from scenarios.benchmarks.rows import percentile
from scenarios.http_client import Client, Response

EXAMPLES: Final = 5
WAITING_MOST: Final = 2
"""For each connection, so many requests may be under way or wait for it in an open loop; more are not sent."""
_MS: Final = 1000.0


class Load:
    """Sends the requests and notes what came of those answered within the measured window."""

    def __init__(self, plan: LoadPlan, client: Client) -> None:
        self._plan = plan
        self._client = client
        self._requests = requests(plan)
        self._opens = self._closes = 0.0
        self._all_answered = asyncio.Event()
        self._waits: list[float] = []
        self._answers: Counter[str] = Counter()
        self._unexpected: list[str] = []
        self._sent = self._unsent = self._under_way = 0
        self._last = 0.0

    async def run(self) -> LoadFigures:
        """All of it: warm-up, window, and what is still under way then."""
        await self._client.warm_up(self._plan.connections)
        began = monotonic()
        self._opens = began + self._plan.warm_up_seconds
        self._closes = self._opens + self._plan.measured_seconds
        window = asyncio.create_task(self._window())
        await (self._closed_loop() if self._plan.a_second is None else self._open_loop(began, self._plan.a_second))
        self._all_answered.set()
        cpu_seconds, seconds = await window
        return LoadFigures(
            answers=dict(self._answers),
            seconds=seconds,
            p50_ms=percentile(self._waits, 0.50) * _MS,
            p99_ms=percentile(self._waits, 0.99) * _MS,
            longest_ms=max(self._waits) * _MS,
            cpu_seconds=cpu_seconds,
            sent=self._sent,
            unsent=self._unsent,
            unexpected=tuple(self._unexpected),
            last_answer_at=time.time() - monotonic() + self._last,
        )

    async def _window(self) -> tuple[float, float]:
        """Tell when the window opens and closes, which is earlier when there is nothing left to ask; the CPU seconds
        of this process and the seconds between."""
        await asyncio.sleep(self._opens - monotonic())
        spent, opened = process_time(), monotonic()
        _tell(MEASURING)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_answered.wait(), self._closes - monotonic())
        spent, took = process_time() - spent, monotonic() - opened
        _tell(MEASURED)
        return spent, took

    async def _closed_loop(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._plan.connections):
                tasks.create_task(self._ask_on_and_on())

    async def _ask_on_and_on(self) -> None:
        for request in self._requests:
            if monotonic() >= self._closes:
                return
            await self._ask(request, monotonic())

    async def _open_loop(self, began: float, a_second: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            for place, request in enumerate(self._requests):
                due = began + place / a_second
                if due >= self._closes:
                    return
                early = due - monotonic()
                if early > 0:
                    await asyncio.sleep(early)
                if self._under_way >= WAITING_MOST * self._plan.connections:
                    self._unsent += 1
                    continue
                tasks.create_task(self._ask(request, due))

    async def _ask(self, request: Request, wanted: float) -> None:
        method, path, headers, body, expected, _ = request
        self._sent += 1
        self._under_way += 1
        came = await self._client.request(method, path, headers=headers, body=body)
        self._under_way -= 1
        self._last = now = monotonic()
        status = came.status if isinstance(came, Response) else 0
        if status != expected and len(self._unexpected) < EXAMPLES:
            self._unexpected.append(f"{status}: {came.body[:300]!r}" if isinstance(came, Response) else came.why)
        if self._opens <= now < self._closes:
            self._answers[str(status)] += 1
            self._waits.append(now - wanted)


def _tell(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


async def _generate(plan: LoadPlan) -> LoadFigures:
    async with Client(plan.url, plan.connections) as client:
        return await Load(plan, client).run()


def main() -> None:
    """Read the plan, load, print the figures."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=LoadPlan)
    gc.disable()  # it does not live long enough to need it, and its pauses would be taken for the server's
    _tell(msgspec.json.encode(uvloop.run(_generate(plan))))


if __name__ == "__main__":
    main()
