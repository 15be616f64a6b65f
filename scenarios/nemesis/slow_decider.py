"""A decider whose batches are delayed: each waits before it is sent, and again before it learns of its place.

So a pause or a rebalance nearly always meets a batch under way. Claims overtake it: they are not delayed. Run instead
of `write_side.processor` by the nemesis.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from scenarios.nemesis.marks import mark
from scenarios.nemesis.planting import is_claim, plant
from write_side.processor.__main__ import main
from write_side.processor.decider import Decider
from write_side.processor.kafka_logs import KafkaLogs

SEND_DELAY_SECONDS: Final = 0.25
CONFIRM_DELAY_SECONDS: Final = 0.1
TAKEN_BACK: Final = "batches_taken_back"
DELAYED: Final = "batches_delayed"


def be_slow() -> None:
    """From now on appends are slow; a batch that waits, and one that a rebalance takes back, leaves a mark."""
    append, stop_deciding = KafkaLogs.append, Decider.stop_deciding

    async def append_slowly(logs: KafkaLogs, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        if is_claim(records):
            return await append(logs, partition, records)
        mark(DELAYED)
        await asyncio.sleep(SEND_DELAY_SECONDS)
        offset = await append(logs, partition, records)
        await asyncio.sleep(CONFIRM_DELAY_SECONDS)
        return offset

    def stop_and_tell(decider: Decider) -> None:
        for _ in decider._flights:
            mark(TAKEN_BACK)
        stop_deciding(decider)

    plant(KafkaLogs, "append", append_slowly)
    plant(Decider, "stop_deciding", stop_and_tell)


if __name__ == "__main__":
    be_slow()
    main()
