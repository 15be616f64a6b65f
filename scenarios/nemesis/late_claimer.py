"""A decider whose first claim is held back until the nemesis has had time to stop it: a zombie's claim.

Run instead of `write_side.processor` by the nemesis.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from scenarios.nemesis.marks import mark
from scenarios.nemesis.planting import is_claim, plant
from write_side.processor.__main__ import main
from write_side.processor.kafka_logs import KafkaLogs

HELD_BACK_SECONDS: Final = 3.0
HELD_BACK: Final = "claims_held_back"


def hold_claims_back() -> None:
    """From now on the first claim of this process waits before it is sent."""
    append = KafkaLogs.append
    waiting = [HELD_BACK_SECONDS]

    async def claim_late(logs: KafkaLogs, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        if waiting and is_claim(records):
            seconds = waiting.pop()
            mark(HELD_BACK)
            await asyncio.sleep(seconds)
        return await append(logs, partition, records)

    plant(KafkaLogs, "append", claim_late)


if __name__ == "__main__":
    hold_claims_back()
    main()
