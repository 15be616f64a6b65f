"""How far the projections are behind the log, seen from outside: by their checkpoints and the log's append times."""

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Self

import uvloop
from pymongo import MongoClient

from contracts.read_models import CHECKPOINTS, STATE, STATE_ID, collection_name
from contracts.topics import EVENTS
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.kafka_ground import ends, group_less_reader, records_from
from scenarios.beside import Beside
from scenarios.stack.stack import Stack

LOOK_SECONDS: Final = 0.05
"""Every lag is overstated by up to this."""
DRAINED_WITHIN_SECONDS: Final = 60.0
_MS: Final = 1000.0


class Seen(NamedTuple):
    """At `at` (seconds since 1970) the checkpoints covered these offsets."""

    at: float
    offsets: dict[int, int]


class ProjectionWatch(Beside):
    """Looks at the checkpoints while its `with` lasts; afterwards it tells the lags. Raises BenchmarkFailure."""

    def __init__(self, stack: Stack) -> None:
        super().__init__("projection watch")
        self._stack = stack
        self._seen: list[Seen] = []
        self._from: dict[int, int] = {}

    def __enter__(self) -> Self:
        self._from = uvloop.run(_ends(self._stack.kafka))
        return super().__enter__()

    def drained_at(self) -> float:
        """Wait until the checkpoints have reached the log's end as it is now; when that was seen first."""
        wanted = uvloop.run(_ends(self._stack.kafka))
        deadline = time.time() + DRAINED_WITHIN_SECONDS
        while time.time() < deadline:
            for seen in self._seen:
                if all(seen.offsets.get(number, -1) >= end - 1 for number, end in wanted.items()):
                    return seen.at
            time.sleep(LOOK_SECONDS)
        raise BenchmarkFailure(f"the projections have not caught up within {DRAINED_WITHIN_SECONDS:.0f} s")

    def wait_for(self, records: int) -> None:
        """Wait until so many records were projected since the beginning. Raises BenchmarkFailure."""
        before = sum(self._from.values())
        deadline = time.time() + DRAINED_WITHIN_SECONDS
        while not self._seen or sum(offset + 1 for offset in self._seen[-1].offsets.values()) - before < records:
            if time.time() > deadline:
                raise BenchmarkFailure(f"{records} records were not projected within {DRAINED_WITHIN_SECONDS:.0f} s")
            time.sleep(LOOK_SECONDS)

    def lags(self) -> list[float]:
        """Seconds from the append of each event since the beginning until a checkpoint covered it."""
        appended = uvloop.run(_append_times(self._stack.kafka, self._from))
        return [lag for number, times in appended.items() for lag in self._lags_of(number, times)]

    def _lags_of(self, number: int, appended: Sequence[tuple[int, float]]) -> list[float]:
        offsets = [seen.offsets.get(number, -1) for seen in self._seen]
        return [self._seen[bisect_left(offsets, offset)].at - at for offset, at in appended]

    def _go_on(self) -> None:
        try:
            with MongoClient[dict[str, object]](self._stack.mongo) as client:
                database = client[self._stack.mongo_database]
                state = database[STATE].find_one({"_id": STATE_ID})
                if state is None or not isinstance(state["in_force"], int):
                    raise BenchmarkFailure("no generation of the projections is in force")
                checkpoints = database[collection_name(CHECKPOINTS, state["in_force"])]
                while not self._over.is_set():
                    documents = list(checkpoints.find({}, {"offset": 1}))
                    self._seen.append(Seen(time.time(), {int(str(d["_id"])): int(str(d["offset"])) for d in documents}))
                    self._over.wait(LOOK_SECONDS)
        except Exception as error:
            raise BenchmarkFailure(f"the checkpoints could not be read: {error!r}") from error


async def _ends(kafka: str) -> dict[int, int]:
    async with group_less_reader(kafka) as reader:
        return await ends(reader, EVENTS)


async def _append_times(kafka: str, starts: Mapping[int, int]) -> dict[int, list[tuple[int, float]]]:
    """(offset, seconds since 1970) of every record from these offsets on."""
    times: dict[int, list[tuple[int, float]]] = {number: [] for number in starts}
    async with group_less_reader(kafka) as reader:
        async for records in records_from(reader, EVENTS, starts, await ends(reader, EVENTS)):
            times[records[0].partition] += [(record.offset, record.timestamp / _MS) for record in records]
    return times
