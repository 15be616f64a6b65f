"""A decider that dies at a named step, by its own hand: each process at the next step of the plan, then none any more.

Run instead of `write_side.processor` by the nemesis; the marks say what was done.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from typing import Final, NamedTuple

import mode.loop

from scenarios.nemesis.marks import mark, marks
from scenarios.nemesis.planting import plant
from write_side.processor.__main__ import main
from write_side.processor.kafka_logs import KafkaLogs

APPENDS_BEFORE: Final = 40
"""Batches that a process appends before it strikes."""
ON_ITS_WAY_SECONDS: Final = 0.002
"""After so long an append has been sent, and may or may not be confirmed."""


class Strike(NamedTuple):
    """Where in the life of a batch, and how."""

    step: str
    how: str

    @property
    def name(self) -> str:
        """As the mark has it."""
        return f"struck_{self.step}_by_{self.how}"


PLAN: Final = tuple(
    Strike(step, how)
    for step in ("before_send", "when_sent", "when_confirmed", "before_commit")
    for how in ("kill", "exception")
)


class Struck(Exception):
    """The planted exception."""


class Striker:
    """Counts appends, and strikes when its step comes."""

    def __init__(self) -> None:
        done = sum(each.startswith("struck_") for each in marks())
        self._strike = PLAN[done] if done < len(PLAN) else None
        self._appends = 0

    def appended(self) -> None:
        """One more batch is in the log."""
        self._appends += 1

    def at(self, step: str) -> None:
        """Die here if it is time. Raises Struck, or does not return."""
        strike = self._strike
        if strike is None or strike.step != step or self._appends < APPENDS_BEFORE:
            return
        self._strike = None
        mark(strike.name)
        if strike.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise Struck(strike.name)


def strike(striker: Striker) -> None:
    """From now on appends and commits may strike."""
    mode.loop.use("uvloop")  # before Faust is imported, as write_side.processor.__main__ has it
    from write_side.processor.faust_group import FaustGroup

    append, commit = KafkaLogs.append, FaustGroup.commit

    async def append_or_die(logs: KafkaLogs, partition: int, records: Sequence[tuple[str, bytes]]) -> int:
        striker.at("before_send")
        sending = asyncio.ensure_future(append(logs, partition, records))
        await asyncio.wait({sending}, timeout=ON_ITS_WAY_SECONDS)
        striker.at("when_sent")
        offset = await sending
        striker.appended()
        striker.at("when_confirmed")
        return offset

    async def commit_or_die(group: FaustGroup, partition: int, offset: int, generation: int) -> bool:
        striker.at("before_commit")
        return await commit(group, partition, offset, generation)

    plant(KafkaLogs, "append", append_or_die)
    plant(FaustGroup, "commit", commit_or_die)


if __name__ == "__main__":
    strike(Striker())
    main()
