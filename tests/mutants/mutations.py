"""Faults in the code of a real process, beside those that the simulation knows. They last as long as the process."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from contracts.limits import SECOND_MS
from contracts.records import Instant
from scenarios.nemesis.planting import is_claim
from write_side.domain.partition import Decision, Partition
from write_side.processor.kafka_logs import KafkaLogs


class WhereExpected(int):
    """An offset that is always the one expected."""

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False

    __hash__ = int.__hash__


def no_contiguity_check(patch: pytest.MonkeyPatch) -> None:
    """Rule 7: the batch is taken to stand where it was expected."""
    append = KafkaLogs.append

    async def append_blindly(logs: KafkaLogs, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        offset = await append(logs, partition, records)
        return offset if is_claim(records) else WhereExpected(offset)

    patch.setattr(KafkaLogs, "append", append_blindly)


def send_not_awaited(patch: pytest.MonkeyPatch) -> None:
    """Rule 6: a batch counts as appended as soon as it is on its way; each waits only for the one before it."""
    append = KafkaLogs.append
    last: dict[int, asyncio.Future[int]] = {}

    async def after(before: "asyncio.Future[int] | None", sending: object) -> int:
        if before is not None:
            await before
        return await sending

    async def append_and_go_on(logs: KafkaLogs, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        if is_claim(records):
            return await append(logs, partition, records)
        last[partition] = asyncio.ensure_future(after(last.get(partition), append(logs, partition, records)))
        return WhereExpected(0)

    patch.setattr(KafkaLogs, "append", append_and_go_on)


def wall_clock(patch: pytest.MonkeyPatch) -> None:
    """Rule 4: what time it is, is what the decider's own clock says."""
    decide = Partition.decide

    def decide_now(
        partition: Partition, offset: int, _: Instant, value: bytes | None, log_offset: int
    ) -> list[Decision]:
        return decide(partition, offset, int(time.time() * SECOND_MS), value, log_offset)

    patch.setattr(Partition, "decide", decide_now)
