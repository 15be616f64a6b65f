"""A decider between whose consumer and agent commands get lost, or come again: NEMESIS_DELIVERY says which.

Run instead of `write_side.processor` by the nemesis.
"""

import os
from collections import deque
from collections.abc import Sequence
from random import Random
from typing import Final

import mode.loop

from scenarios.nemesis.marks import mark
from scenarios.nemesis.planting import plant
from write_side.processor.__main__ import main
from write_side.processor.decider import Decider
from write_side.processor.ports import CommandMessage

DELIVERY: Final = "NEMESIS_DELIVERY"
LOSES: Final = "loses"
REPEATS: Final = "repeats"
DROPPED: Final = "commands_dropped"
DELIVERED_AGAIN: Final = "batches_delivered_again"
RESEEKS: Final = "reseeks"
DROP_SHARE: Final = 0.02
"""Of deliveries that lose one of their records."""
REPEATED_TIMES: Final = 4
REMEMBERED_RECORDS: Final = 64


def lose() -> None:
    """From now on some records never reach the decider, whose seeks leave marks."""
    mode.loop.use("uvloop")  # before Faust is imported, as write_side.processor.__main__ has it
    from write_side.processor.faust_group import FaustGroup

    decide, seek, random = Decider.decide, FaustGroup.seek, Random()

    async def decide_what_is_left(decider: Decider, number: int, messages: Sequence[CommandMessage]) -> None:
        left = list(messages)
        if random.random() < DROP_SHARE:
            del left[random.randrange(len(left))]
            mark(DROPPED)
        if left:
            await decide(decider, number, left)

    async def seek_and_tell(group: FaustGroup, partition: int, offset: int) -> None:
        mark(RESEEKS)
        await seek(group, partition, offset)

    plant(Decider, "decide", decide_what_is_left)
    plant(FaustGroup, "seek", seek_and_tell)


def repeat() -> None:
    """From now on every batch reaches the decider five times, older ones among the newer."""
    decide, random = Decider.decide, Random()
    before: dict[int, deque[CommandMessage]] = {}

    async def decide_again(decider: Decider, number: int, messages: Sequence[CommandMessage]) -> None:
        old = before.setdefault(number, deque(maxlen=REMEMBERED_RECORDS))
        await decide(decider, number, messages)
        old.extend(messages)
        for _ in range(REPEATED_TIMES):
            again = list(old)[random.randrange(len(old)) :] + list(messages)
            mark(DELIVERED_AGAIN)
            await decide(decider, number, again)

    plant(Decider, "decide", decide_again)


if __name__ == "__main__":
    {LOSES: lose, REPEATS: repeat}[os.environ[DELIVERY]]()
    main()
