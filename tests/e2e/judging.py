"""What must hold of both topics after whatever was done to the processes.

The judges: `replay verify` (folds both topics with the product's own domain) and `scenarios.oracle`, which shares no
code with it.
"""

import asyncio
import time
from typing import NamedTuple

from read_side.replay.log_reader import open_log
from read_side.replay.verify import verify
from scenarios.history import dump_topics
from scenarios.oracle.judge import judge_log
from scenarios.stack.stack import Stack


class Judgement(NamedTuple):
    """What each of the two judges has found, and how many commands have no event."""

    replay: list[str]
    oracle: list[str]
    pending: int


async def judge(kafka: str) -> Judgement:
    async with open_log(kafka) as log:
        certificate = await verify(log, range(log.partitions), {}, lambda _: None)
    commands, events = await dump_topics(kafka)
    pending = sum(partition.pending for partition in certificate.partitions)
    findings = judge_log(commands, events, drained=not pending)
    return Judgement([str(fault) for fault in certificate.faults], [str(finding) for finding in findings], pending)


def decided_and_verified(stack: Stack, within: float) -> None:
    """Wait until every command has its event; then every invariant that the record can show must hold."""
    deadline = time.monotonic() + within
    while True:
        judgement = asyncio.run(judge(stack.kafka))
        assert not judgement.replay
        assert not judgement.oracle
        if not judgement.pending:
            return
        assert time.monotonic() < deadline, f"{judgement.pending} commands are still without an event after {within} s"
