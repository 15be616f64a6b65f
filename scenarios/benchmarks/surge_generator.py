"""A load generator for surges, in a process of its own: `python -m scenarios.benchmarks.surge_generator`, a SurgePlan
on stdin.

Each request is sent when it is due, as long as a connection is free; if none is, it is counted and not sent, since a
queue in the generator would hide how the server does. Every answer is noted.
"""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic, process_time
from typing import Final, NamedTuple

import msgspec
import uvloop

from contracts.identifiers import keyed_command_id
from contracts.operations.connections import room_for_connections
from scenarios import history
from scenarios.benchmarks.load_shapes import Request, requests
from scenarios.benchmarks.surge_plan import DECIDED, REFUSED, Phase, Second, SurgeFigures, SurgePlan
from scenarios.history import REQUESTS_FILE, json_or_null
from scenarios.http_client import KEY_HEADER, Client, Response, Unanswered

FIGURES_FILE: Final = "figures.json"
REFUSED_FILE: Final = "refused.txt"
"""The id of every command that was refused with 503, a line each."""
CONNECT_AT_ONCE: Final = 500
ANSWER_SECONDS: Final = 30.0
"""How long the last answers are waited for."""
TICK_SECONDS: Final = 0.001
"""What is due within this is sent together: a turn of the loop for each request would cost as much as the request."""


class Told(NamedTuple):
    """One request that was sent, and its answer if there was one."""

    request: Request
    came: Response | None


class Surge:
    """Sends the requests and notes what came of them."""

    def __init__(self, plan: SurgePlan, client: Client) -> None:
        self._plan = plan
        self._client = client
        length = sum(phase.seconds for phase in plan.phases)
        self._seconds = [Second() for _ in range(length)]
        self._decided_at = [0] * length
        self._under_way = 0
        self._began = 0.0
        self._sending = True
        self._all_told = asyncio.Event()
        self.told: list[Told] = []

    async def run(self) -> SurgeFigures:
        """All of it, and what is still under way then. Everything is made ready before the first is sent."""
        connections = self._plan.load.connections
        dues = list(_due(self._plan.phases))
        ready = [(request, self._encoded(request)) for request in islice(requests(self._plan.load), len(dues))]
        for opened in range(CONNECT_AT_ONCE, connections + CONNECT_AT_ONCE, CONNECT_AT_ONCE):
            await self._client.warm_up(min(opened, connections))
        self._began, spent = monotonic(), process_time()
        for (request, encoded), due in zip(ready, dues, strict=True):
            early = self._began + due - monotonic()
            if early > 0:
                await asyncio.sleep(max(early, TICK_SECONDS))
            second = self._seconds[int(due)]
            second.wanted += 1
            if self._client.send_now(encoded, partial(self._note, request, second, due)):
                self._under_way += 1
                continue
            second.unsent += 1
            if second.unsent % CONNECT_AT_ONCE == 0:
                await asyncio.sleep(0)  # answers are heard even if it is behind
        await self._rest()
        spent = process_time() - spent
        return SurgeFigures(began=self._began, seconds=self._seconds, decided_at=self._decided_at, cpu_seconds=spent)

    async def _rest(self) -> None:
        """Wait for the last answers; what has not come in time counts as unanswered."""
        self._sending = False
        if self._under_way:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_told.wait(), ANSWER_SECONDS)
        self._client.close()
        if self._under_way:
            await self._all_told.wait()

    def _encoded(self, request: Request) -> bytes:
        return self._client.encode(request.method, request.path, request.headers, request.body)

    def _note(self, request: Request, second: Second, due: float, came: Response | Unanswered) -> None:
        self._under_way -= 1
        if not self._under_way and not self._sending:
            self._all_told.set()
        if not isinstance(came, Response):
            second.answers["none"] = second.answers.get("none", 0) + 1
            self.told.append(Told(request, None))
            return
        status = str(came.status)
        second.answers[status] = second.answers.get(status, 0) + 1
        self.told.append(Told(request, came))
        if status in DECIDED:
            at = came.answered - self._began
            second.waits.append(at - due)
            if at < len(self._decided_at):
                self._decided_at[int(at)] += 1


def _due(phases: tuple[Phase, ...]) -> Iterator[float]:
    """When each request is due, in seconds from the beginning."""
    began = 0
    for phase in phases:
        for place in range(int(phase.seconds * phase.a_second)):
            yield began + place / phase.a_second
        began += phase.seconds


def write(folder: Path, told: list[Told]) -> None:
    """What was told, as the checkers read it: requests but for those refused, and the ids of these."""
    encode = msgspec.json.Encoder().encode
    with (folder / REQUESTS_FILE).open("wb") as noted, (folder / REFUSED_FILE).open("w", encoding="ascii") as refused:
        for request, came in told:
            if came is not None and str(came.status) == REFUSED:
                refused.write(_command_id(request) + "\n")
            else:
                noted.write(encode(_noted(request, came)) + b"\n")


def _command_id(request: Request) -> str:
    return keyed_command_id(request.buyer, request.path.split("/")[2], request.headers[KEY_HEADER])


def _noted(request: Request, came: Response | None) -> history.Request:
    return history.Request(
        buyer=request.buyer,
        method=request.method,
        path=request.path,
        key=request.headers[KEY_HEADER],
        body=json_or_null(request.body),
        sent=0.0 if came is None else came.sent,
        answered=None if came is None else came.answered,
        status=None if came is None else came.status,
        receipt=None if came is None else came.header(b"seatlog-receipt") or None,
        answer=json_or_null(b"" if came is None else came.body),
    )


async def _generate(plan: SurgePlan) -> SurgeFigures:
    async with Client(plan.load.url, plan.load.connections) as client:
        surge = Surge(plan, client)
        figures = await surge.run()
    write(Path(plan.folder), surge.told)
    return figures


def main() -> None:
    """Read the plan, load, note what was told and the figures."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=SurgePlan)
    if room_for_connections(plan.load.connections) < plan.load.connections:
        sys.exit(f"the limit of open files is too low for {plan.load.connections} connections")
    gc.disable()  # it does not live long enough to need it, and its pauses would be taken for the server's
    figures = uvloop.run(_generate(plan))
    (Path(plan.folder) / FIGURES_FILE).write_bytes(msgspec.json.encode(figures))


if __name__ == "__main__":
    main()
