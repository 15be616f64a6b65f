"""README's walk by curl, walked: every command is run as it stands there, and says what stands there."""

import os
import re
import subprocess
from typing import NamedTuple

import pytest

from scenarios.stack.services import EVERYTHING
from scenarios.stack.stack import Stack
from tests.conftest import StartStack
from tests.documents import PROJECT, blocks, chapter

WALK = blocks(chapter((PROJECT / "README.md").read_text(encoding="utf-8"), "A walk by curl"))
GATEWAY = "http://127.0.0.1:8080"
MASKS = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
    (r"[0-9a-f]{64}|[0-9a-f]{16}…", "HASH"),
    (r"\d+:\d+:HASH", "RECEIPT"),
    (r"at=\d+\.\d+\.\d+", "PLACE"),
    (r"@\d+\s+", "@OFFSET "),
    (r"[\d,]+ events in [\d.]+ s, [\d,]+ a second", "SPEED"),
    (r"^(│ \d +│).*", r"\1"),  # a partition's figures: a decider may claim it more than once
)
"""What differs from one walk to the next."""


class Step(NamedTuple):
    """Commands, and the lines that they are said to print."""

    commands: str
    told: list[str]


def steps() -> list[Step]:
    made: list[Step] = []
    for block in WALK:
        if block.language == "sh":
            made.append(Step(block.text.replace("make up\n", "").replace("source .venv/bin/activate\n", ""), []))
        else:
            made[-1].told.extend(line for line in block.text.splitlines() if line.strip())
    return made


def masked(text: str) -> str:
    for pattern, mask in MASKS:
        text = re.sub(pattern, mask, text, flags=re.MULTILINE)
    return text


def missing_lines(step: Step, printed: str) -> list[str]:
    seen = {line.strip() for line in masked(printed).splitlines()}
    return [line for line in step.told if masked(line).strip() not in seen]


def walk(stack: Stack, walked: list[Step]) -> list[str]:
    """What each step prints."""
    mark = "<<<step>>>"
    script = "set -e\n" + "".join(f"echo '{mark}'\n{step.commands}\necho\n" for step in walked)
    told = {
        "PATH": f"{PROJECT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "SEATLOG_KAFKA": stack.kafka,
        "SEATLOG_TOKEN_SECRET": stack.token_secret,
        "COLUMNS": "100",
    }
    done = subprocess.run(
        ["bash", "-c", script.replace(GATEWAY, stack.url("gateway"))],
        cwd=PROJECT,
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split(f"{mark}\n")[1:]


def test_the_walk_says_what_the_readme_says(start_stack: StartStack):
    walked = steps()
    assert len(walked) == 9
    printed = walk(start_stack(EVERYTHING), walked)
    assert [missing_lines(step, text) for step, text in zip(walked, printed, strict=True)] == [[]] * len(walked)


@pytest.mark.parametrize(
    "line", ["HTTP/1.1 200 OK", '{"show_id":"tosca","version":2}', "location: /shows/carmen", "VERIFIED"]
)
def test_a_line_that_was_not_printed_is_found(line):
    printed = 'HTTP/1.1 201 Created\nlocation: /shows/tosca\n\n{"show_id":"tosca","version":1}\n'
    assert missing_lines(Step("", ["HTTP/1.1 201 Created", line]), printed) == [line]
