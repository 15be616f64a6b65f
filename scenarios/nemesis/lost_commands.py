"""The commands topic was cut, or made anew, before everything in it was decided: deciders halt, and say so."""

import asyncio
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from contracts.operations.kafka import connected_admin, create_topics
from contracts.topics import COMMANDS
from read_side.replay.log_reader import open_log
from scenarios.checkers.findings import Finding
from scenarios.nemesis.halting import wait_for_halt
from scenarios.nemesis.judging import judge_documents, judge_told
from scenarios.nemesis.ran import Ran
from scenarios.nemesis.scene import Scene

GATHER_SECONDS: Final = 3.0
HISTORY_SECONDS: Final = 8.0
"""Until more is decided than comes in before anybody looks, as a rule: then the new topic is the shorter one."""
HALT_SECONDS: Final = 60.0
GROWN_SECONDS: Final = 30.0
CUT: Final = "the commands reach from"
STRANGER: Final = "which was decided there"
_TO_THE_END: Final = -1


def cut(scene: Scene) -> None:
    """Commands gather while the decider is away, and are deleted before it is back."""
    scene.stack.process("decider").lose()
    scene.wait(GATHER_SECONDS)
    asyncio.run(_delete_records(scene.stack.kafka, scene.partitions))
    scene.note("topics_cut")
    scene.stack.restart("decider", wait=False)
    wait_for_halt(scene, HALT_SECONDS, CUT)
    scene.wait(scene.seconds)


def make_anew(scene: Scene) -> None:
    """The topic is deleted and created again under a decider that is at work."""
    scene.wait(HISTORY_SECONDS)
    scene.begins()
    asyncio.run(_make_anew(scene.stack.kafka, scene.partitions))
    scene.note("topics_made_anew")
    wait_for_halt(scene, HALT_SECONDS, CUT, STRANGER)
    scene.wait(scene.seconds)


def make_anew_and_longer(scene: Scene) -> None:
    """The same while the decider is away: when it is back, the new topic is longer than the old one was."""
    scene.stack.end("decider")
    ends = asyncio.run(_ends(scene.stack.kafka, scene.partitions))
    asyncio.run(_make_anew(scene.stack.kafka, scene.partitions))
    scene.note("topics_made_anew")
    scene.until("the new topic is longer", lambda: _is_longer(scene.stack.kafka, ends), GROWN_SECONDS)
    scene.stack.restart("decider", wait=False)
    wait_for_halt(scene, HALT_SECONDS, STRANGER)
    scene.wait(scene.seconds)


def judge_halted(ran: Ran) -> list[Finding]:
    """Whatever was told is in the event log and stays there, and the replay tool says what is missing."""
    findings = [*ran.log.findings, *judge_told(ran)]
    if not ran.replayed.faults:
        findings.append(Finding("I3", "commands are missing, and the replay tool finds nothing", "the replay tool"))
    return [*findings, *judge_documents(ran)]


def _is_longer(kafka: str, than: list[int]) -> bool:
    ends = asyncio.run(_ends(kafka, len(than)))
    return all(new > old for new, old in zip(ends, than, strict=True))


async def _ends(kafka: str, partitions: int) -> list[int]:
    """Where the commands of each partition end."""
    async with open_log(kafka) as log:
        return [log.extent(COMMANDS, number).end for number in range(partitions)]


async def _delete_records(kafka: str, partitions: int) -> None:
    async with connected_admin(kafka) as admin:
        everything = RecordsToDelete(before_offset=_TO_THE_END)
        await admin.delete_records({TopicPartition(COMMANDS, number): everything for number in range(partitions)})


async def _make_anew(kafka: str, partitions: int) -> None:
    async with connected_admin(kafka) as admin:
        await admin.delete_topics([COMMANDS])
    await create_topics(kafka, partitions, 1)
