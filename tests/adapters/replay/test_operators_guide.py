"""docs/operations.md, "A halted partition" and "Backup and restore": what an operator is told to type, typed.

What starts and stops the local stack is done by the test, with a stack of its own.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from read_side.replay.console import FAULTY
from scenarios.stack.stack import Stack
from tests.commands import BOB, book_hold, hold_seats, schedule_show
from tests.documents import PROJECT, blocks, chapter
from tests.log_writer import LogWriter, rewritten
from tests.recorded_topics import record
from tests.walks import Step, missing_lines, steps, walk

OPERATIONS = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
STACK_COMMANDS = {"make down", "make up", "python -m scenarios.stack up --only kafka"}
DAMAGED = 3


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A Kafka whose first partition has a record that is none, in the middle of a sale."""
    log, other = LogWriter(0, 2), LogWriter(1, 2)
    for name in ("brutus", "alceste"):
        log.send((f"schedule-{name}", schedule_show()), show_id=name)
    log.send(("h1", hold_seats("A-1-1")), ("h2", hold_seats("A-1-1", by=BOB)), show_id="alceste")
    log.send(("b1", book_hold("h1")), show_id="alceste")

    def damage(written: LogWriter) -> None:
        if written is log:
            written.events = rewritten(written.events, DAMAGED, b"\x00 gone")

    with Stack.start(tmp_path / "stack", services=("kafka",), supervised=False) as stack:
        asyncio.run(record(stack.kafka, log, other, damage=damage))
        yield stack


def typed(stack: Stack, step: Step, folder: Path, code: int = 0) -> list[str]:
    """Type the commands of a step but for those of the stack; gives the lines that they did not print."""
    lines = [line for line in step.commands.splitlines() if line not in STACK_COMMANDS]
    [printed] = walk([Step("\n".join(lines), [])], {"SEATLOG_KAFKA": stack.kafka, "COLUMNS": "120"}, folder, code=code)
    return missing_lines(step, printed)


def degraded(stack: Stack) -> list[str]:
    """What a decider says of the partitions that it does not decide for."""
    decider = stack.start_service("decider")
    answer: list[str] = httpx.get(f"{stack.url('decider')}/readyz").json().get("degraded", [])
    decider.kill()
    return answer


def test_a_halted_partition_is_repaired_and_backed_up_as_the_guide_says(stack: Stack, tmp_path: Path):
    assert f"partition 0 at offset {DAMAGED}" in str(degraded(stack))
    repair = steps(blocks(chapter(OPERATIONS, "A halted partition")))
    assert len(repair) == 7
    codes = [FAULTY, *[0] * 6]
    assert [typed(stack, step, tmp_path, code) for step, code in zip(repair, codes, strict=True)] == [[]] * 7
    assert degraded(stack) == []
    backup, restore = steps(blocks(chapter(OPERATIONS, "Backup and restore")))
    assert typed(stack, backup, tmp_path) == []
    lost = Step("python -m read_side.replay clear backup", [])
    assert typed(stack, lost, tmp_path) == []
    assert typed(stack, restore, tmp_path) == []
