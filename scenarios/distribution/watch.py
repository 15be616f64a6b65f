"""What every process did over time: decisions, lag and partitions of the deciders by their /metrics, CPU and memory."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from math import nan
from time import monotonic
from typing import Final, NamedTuple

import psutil

from scenarios.distribution.fleet import Fleet
from scenarios.http_client import Client, Response
from scenarios.shown_metrics import ShownMetrics

LOOK_SECONDS: Final = 1.0


class Look(NamedTuple):
    """One decider at `at` (monotonic seconds): counts since its start, `lag` in records by partition."""

    at: float
    decider: str
    decisions: float
    cpu_seconds: float
    resident: int
    owned: int
    lag: Mapping[int, float]


class Spent(NamedTuple):
    """What deciders did in some time: decisions, those a second, and CPU seconds."""

    decisions: float
    a_second: float
    cpu_seconds: float

    @property
    def cpu_per_decision_us(self) -> float:
        """Microseconds; NaN when nothing was decided."""
        return self.cpu_seconds / self.decisions * 1e6 if self.decisions else nan


class Watch:
    """Looks once a second at every decider that runs. `run` it beside the sale."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.looks: list[Look] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            began = monotonic()
            await self.look()
            await asyncio.sleep(max(0.0, began + LOOK_SECONDS - monotonic()))

    async def look(self) -> Sequence[Look]:
        """One look at each, and what it showed; a decider that does not answer is left out."""
        running = dict(self._fleet.running)
        seen = await asyncio.gather(*(self._look_at(name, pid) for name, pid in running.items()))
        looks = [look for look in seen if look is not None]
        self.looks += looks
        return looks

    async def _look_at(self, name: str, pid: int) -> Look | None:
        async with Client(self._fleet.url(name), connections=1, timeout=5.0) as client:
            came = await client.request("GET", "/metrics")
        if not isinstance(came, Response) or came.status != 200:
            return None
        try:
            process = psutil.Process(pid)
            times, resident = process.cpu_times(), process.memory_info().rss
        except psutil.NoSuchProcess:
            return None
        return look_of(name, ShownMetrics(came.body.decode()), times.user + times.system, resident)


def look_of(decider: str, metrics: ShownMetrics, cpu_seconds: float, resident: int) -> Look:
    """A look, out of what the decider shows."""
    lag = metrics.by_label("seatlog_decider_lag_records", "partition")
    return Look(
        at=monotonic(),
        decider=decider,
        decisions=metrics.total("seatlog_decisions_total"),
        cpu_seconds=cpu_seconds,
        resident=resident,
        owned=int(metrics.total("seatlog_owned_partitions")),
        lag={int(partition): records for partition, records in lag.items()},
    )


def between(looks: Sequence[Look], began: float, ended: float) -> dict[str, list[Look]]:
    """The looks of this time, by decider."""
    return by_decider(look for look in looks if began <= look.at <= ended)


def by_decider(looks: Iterable[Look]) -> dict[str, list[Look]]:
    """The looks at each decider."""
    found: dict[str, list[Look]] = {}
    for look in looks:
        found.setdefault(look.decider, []).append(look)
    return found


def spent(looks: Sequence[Look], began: float, ended: float) -> Spent:
    """All deciders together, each from its first to its last look of this time."""
    ends = [(some[0], some[-1]) for some in between(looks, began, ended).values() if len(some) > 1]
    return Spent(
        decisions=sum(last.decisions - first.decisions for first, last in ends),
        a_second=sum((last.decisions - first.decisions) / (last.at - first.at) for first, last in ends),
        cpu_seconds=sum(last.cpu_seconds - first.cpu_seconds for first, last in ends),
    )
