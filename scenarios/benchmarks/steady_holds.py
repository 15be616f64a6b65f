"""Holds at an even pace for as long as somebody else measures: from a thread of its own, whatever comes back."""

import asyncio
from collections.abc import Iterator
from itertools import count
from random import Random
from time import monotonic
from typing import Final

import uvloop
from aiokafka import AIOKafkaProducer

from contracts.operations.kafka import PRODUCER_LIMITS
from contracts.topics import COMMANDS
from scenarios.benchmarks.failure import BenchmarkFailure
from scenarios.benchmarks.house import show_ids
from scenarios.benchmarks.kafka_ground import PARTITIONS, ToPartition
from scenarios.benchmarks.sold_houses import sold_side_by_side
from scenarios.beside import Beside

_TICK_SECONDS: Final = 0.01


class SteadyHolds(Beside):
    """So many holds of free seats a second, one a record, dealt out to all partitions; use it as a context manager."""

    def __init__(self, kafka: str, name: str, a_second: int) -> None:
        super().__init__(f"steady holds {name}")
        self._kafka = kafka
        self._name = name
        self._a_second = a_second

    def _go_on(self) -> None:
        try:
            uvloop.run(self._send())
        except Exception as error:
            raise BenchmarkFailure(f"the load broke off: {error!r}") from error

    async def _send(self) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self._kafka, linger_ms=0, **PRODUCER_LIMITS) as producer:
            waiting, sent, began = _holds_without_end(self._name), 0, monotonic()
            confirmations: list[asyncio.Future[object]] = []
            while not self._over.is_set():
                due = int((monotonic() - began) * self._a_second) - sent
                for _ in range(due):
                    record = next(waiting)
                    confirmations.append(await producer.send(COMMANDS, record.value, partition=record.partition))
                sent += due
                for confirmation in confirmations:
                    if confirmation.done():
                        confirmation.result()
                confirmations = [confirmation for confirmation in confirmations if not confirmation.done()]
                await asyncio.sleep(_TICK_SECONDS)
            await asyncio.gather(*confirmations)


def _holds_without_end(name: str) -> Iterator[ToPartition]:
    """A show in each partition and a hold of each of its seats, then the next shows."""
    random = Random(1)
    for number in count():
        yield from sold_side_by_side(show_ids(f"{name}-{number}", PARTITIONS, PARTITIONS), 1, random)
