"""What a document tells people to type, typed: its commands, and the lines that they are said to print."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.documents import PROJECT, Block

_MASKS: Final = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
    (r"[0-9a-f]{64}|[0-9a-f]{16}…", "HASH"),
    (r"\d+:\d+:HASH", "RECEIPT"),
    (r"at=\d+\.\d+\.\d+", "PLACE"),
    (r"@\d+\s+", "@OFFSET "),
    (r"[\d,]+ events in [\d.]+ s, [\d,]+ a second", "SPEED"),
    (r"(EXPORTED|IMPORTED|all) [\d,]+ records", r"\1 N records"),
    (r"^(│ \d +│).*", r"\1"),  # a partition's figures: a decider may claim it more than once
)
"""What differs from one walk to the next."""
_MARK: Final = "<<<step>>>"


class Step(NamedTuple):
    """Commands, and the lines that they are said to print."""

    commands: str
    told: list[str]


def steps(blocks: Sequence[Block]) -> list[Step]:
    """Blocks of commands, each with what stands in the blocks after it."""
    made: list[Step] = []
    for block in blocks:
        if block.language == "sh":
            made.append(Step(block.text, []))
        else:
            made[-1].told.extend(line for line in block.text.splitlines() if line.strip())
    return made


def masked(text: str) -> str:
    """A text without what differs from one walk to the next."""
    for pattern, mask in _MASKS:
        text = re.sub(pattern, mask, text, flags=re.MULTILINE)
    return text


def missing_lines(step: Step, printed: str) -> list[str]:
    """The lines that were told and not printed."""
    seen = {line.strip() for line in masked(printed).splitlines()}
    return [line for line in step.told if masked(line).strip() not in seen]


def walk(walked: Sequence[Step], environment: Mapping[str, str], folder: Path, *, code: int = 0) -> list[str]:
    """What each step prints, typed into one shell in this folder; the first that fails must do so with this code."""
    script = "set -e\n" + "".join(f"echo '{_MARK}'\n{step.commands}\necho\n" for step in walked)
    told = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(PROJECT), **environment}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stderr
    return done.stdout.split(f"{_MARK}\n")[1:]
