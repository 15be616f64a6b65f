"""What Faust's table life cycle asks of the fold."""

from collections import Counter

import pytest
from faust.types import TP

from contracts.topics import EVENTS
from write_side.processor.settings import Settings
from write_side.processor.worker import Worker


async def test_a_rebalance_while_the_log_is_read_does_not_end_the_recovery(monkeypatch: pytest.MonkeyPatch):
    """Faust hands over its own set of partitions, and changes it while they are read."""
    worker = Worker(Settings(), 3, "ann")
    table = worker.app.tables["shows"]
    assigned = {TP(EVENTS, 0), TP(EVENTS, 1)}
    folded: list[tuple[int, int]] = []

    async def ends(numbers: list[int]) -> dict[int, int]:
        assigned.add(TP(EVENTS, 2))
        return {number: 10 + number for number in numbers}

    async def fold_to(number: int, stop: int) -> None:
        folded.append((number, stop))
        assigned.clear()

    monkeypatch.setattr(worker._logs, "ends", ends)
    monkeypatch.setattr(worker.decider, "fold_to", fold_to)
    offsets: Counter[TP] = Counter()
    await table.catch_up(assigned, offsets)
    assert folded == [(0, 10), (1, 11)]
    assert offsets == {TP(EVENTS, 0): 9, TP(EVENTS, 1): 10}
